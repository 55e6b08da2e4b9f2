"""Calls as the gate tells them, for what follows from storing them."""

from typing import Any
from uuid import uuid4

from callmark.calls.recording import store_entry
from callmark.codes.secrecy import keyring
from callmark.gate.driver import now_iso
from callmark.gate.records import AttemptRecord, CallDecided, TagRecord, to_json
from tests.factories import LawFirm


def tag_of(firm: LawFirm, digits: str = "1234") -> TagRecord:
    """The firm's code, as the gate writes it."""
    return TagRecord(keyring().encrypt(digits), str(firm.code.pk), firm.code.name)


def decided(
    firm: LawFirm,
    outcome: str,
    *,
    tag: TagRecord | None = None,
    guesses: int = 0,
    simulated: bool = False,
) -> dict[str, Any]:
    """The gate's word on a call of Ben's to London."""
    attempts = [AttemptRecord("unknown_code", now_iso(), counts_as_guess=True)] * guesses
    return to_json(
        CallDecided(
            id=str(uuid4()),
            switch="main",
            call_id=uuid4().hex,
            linked_id="",
            account_id=str(firm.account.pk),
            user_id=str(firm.ben.pk),
            direction="outbound",
            caller="101",
            dialed="011442079460000",
            e164="+442079460000",
            call_type="international",
            started_at=now_iso(),
            outcome=outcome,
            attempts=tuple(attempts),
            tag=tag,
            simulated=simulated,
        )
    )


def tagged_call(firm: LawFirm) -> dict[str, Any]:
    """Store a call that Ben has given the firm's code."""
    entry = decided(firm, "connected", tag=tag_of(firm))
    store_entry(entry)
    return entry
