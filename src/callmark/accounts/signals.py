"""What others may want to hear of accounts and people, in the transaction that changes them."""

from django.dispatch import Signal

calendar_changed = Signal()
"""Sent with ``account``: its time zone or its billing day has changed."""

person_leaves = Signal()
"""Sent with ``person`` and ``actor``, while all of the person is there."""
