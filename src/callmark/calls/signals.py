"""What others may want to hear of calls. Sent with ``calls``, in the transaction that stores them.

What a receiver raises undoes the storing, too.
"""

from django.dispatch import Signal

calls_tagged = Signal()
"""Each of the calls now has an account code, or another one."""

calls_refused = Signal()
"""The calls did not go on, for want of a code or because Callmark was down."""

calls_corrected = Signal()
"""Sent with ``batch`` and ``call_ids``: what is on these calls was put right by a person."""
