"""Calls as the gate tells them, for what follows from storing them."""

from callmark.calls.records import LegDecided
from callmark.calls.store import store
from tests.cast import LawFirm
from tests.factories import decided_call, tag_of


def tagged_call(firm: LawFirm) -> LegDecided:
    """Store a call that Ben has given the firm's code."""
    entry = decided_call(firm, "connected", tag=tag_of(firm))
    store([entry])
    return entry
