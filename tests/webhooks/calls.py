"""Calls as the gate tells them, for what follows from storing them."""

from typing import Any

from callmark.calls.recording import store_entry
from tests.factories import LawFirm, decided_call, tag_of


def tagged_call(firm: LawFirm) -> dict[str, Any]:
    """Store a call that Ben has given the firm's code."""
    entry = decided_call(firm, "connected", tag=tag_of(firm))
    store_entry(entry)
    return entry
