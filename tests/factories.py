"""Calls of the cast for tests, as the gate writes them."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from callmark.calls.records import Attempt, CodeTag, LegDecided, LegEnded
from callmark.codes.models import AccountCode
from callmark.keys.installed import keyring
from callmark.policy.code_entry import EntryResult
from tests.cast import LawFirm


def tag_of(firm: LawFirm, digits: str = "1234", code: AccountCode | None = None) -> CodeTag:
    """The firm's code on a call, or another, as the gate writes it."""
    code = code or firm.code
    return CodeTag(code=keyring().encrypt(digits), code_id=str(code.pk), code_name=code.name)


def decided_call(
    firm: LawFirm,
    outcome: str,
    *,
    at: datetime | None = None,
    tag: CodeTag | None = None,
    guesses: int = 0,
    simulated: bool = False,
    typed: bool = False,
) -> LegDecided:
    """The gate's word on a call of Ben's to London, to store; its wrong entries a second apart.

    ``typed``: the entry of its code is on the record, too.
    """
    start = at or datetime.now(UTC)
    moments = [start + timedelta(seconds=number) for number in range(guesses)]
    accepted = [Attempt(result=EntryResult.ACCEPTED, at=start)] if typed else []
    return LegDecided(
        id=str(uuid4()),
        switch="main",
        call_id=uuid4().hex,
        linked_id="",
        account_id=str(firm.account.pk),
        user_id=str(firm.ben.pk),
        direction="outbound",
        caller="101",
        dialed="011442079460000",
        number="011442079460000",
        e164="+442079460000",
        call_type="international",
        started_at=start,
        outcome=outcome,
        attempts=(
            *(
                Attempt(result=EntryResult.UNKNOWN_CODE, at=one, counts_as_guess=True)
                for one in moments
            ),
            *accepted,
        ),
        tag=tag,
        simulated=simulated,
    )


def ended_call(
    firm: LawFirm, *, at: datetime, seconds: int, tag: CodeTag | None = None
) -> list[LegDecided | LegEnded]:
    """A call of Ben's to London with the firm's code, from its beginning to its end."""
    decided = decided_call(firm, "connected", at=at, tag=tag or tag_of(firm))
    return [
        decided,
        LegEnded(
            id=decided.id,
            answered_at=at + timedelta(seconds=5),
            ended_at=at + timedelta(seconds=5 + seconds),
            seconds=seconds,
            disposition="ANSWERED",
        ),
    ]
