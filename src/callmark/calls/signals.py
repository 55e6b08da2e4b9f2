"""What others may want to hear of calls. Sent with ``call``, inside the transaction that stores it.

What a receiver raises undoes the storing, too.
"""

from django.dispatch import Signal

call_tagged = Signal()
"""The call now has an account code, or another one."""

call_refused = Signal()
"""The call did not go on, for want of a code or because Callmark was down."""

calls_corrected = Signal()
"""Sent with ``batch`` and ``call_ids``: what is on these calls was put right by a person."""
