"""What gates write down of one conversation, for tests that store it in several ways."""

from datetime import UTC, datetime, timedelta

from callmark.calls.ids import inbound_id, leg_id
from callmark.calls.records import (
    Attempt,
    CallCameIn,
    CodeTag,
    Direction,
    EnteredBy,
    LegDecided,
    LegEnded,
    LegTagged,
    Side,
)
from callmark.keys.installed import keyring
from callmark.policy.code_entry import EntryResult
from tests.cast import LawFirm
from tests.factories import tag_of

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CONVERSATION = "1700000000.1"
MATTERS = {"1234": "Harper v. Castellan", "2086": "Estate of Whitlock", "5555": "Pro bono"}


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class Conversation:
    """What several gates write down of one conversation."""

    def __init__(self, firm: LawFirm) -> None:
        self.firm = firm
        self.people = {"101": firm.ben, "102": firm.carla}
        self.sealed = {digits: keyring().encrypt(digits) for digits in MATTERS}

    def tag(self, digits: str, entered_by: EnteredBy) -> CodeTag:
        known = tag_of(self.firm) if digits == "1234" else None
        return CodeTag(
            code=self.sealed[digits],
            code_id=known.code_id if known else None,
            code_name=MATTERS[digits],
            entered_by=entered_by,
        )

    def asked(
        self,
        call: str,
        seconds: float,
        *,
        who: str = "101",
        code: str = "",
        direction: Direction = "outbound",
    ) -> LegDecided:
        """A leg: to London, with a code at the prompt, or to a colleague."""
        payer = self.people[who]
        accepted = Attempt(
            result=EntryResult.ACCEPTED, at=at(seconds + 1), account_code_name=MATTERS.get(code, "")
        )
        return LegDecided(
            id=str(leg_id("main", "", call)),
            switch="main",
            call_id=call,
            linked_id=CONVERSATION,
            account_id=str(self.firm.account.pk),
            user_id=str(payer.pk),
            user_name=payer.name,
            direction=direction,
            caller=who,
            dialed="011442079460000",
            e164="+442079460000",
            call_type="international",
            started_at=at(seconds),
            outcome="connected" if code else "not_gated",
            attempts=(accepted,) if code else (),
            tag=self.tag(code, "prompt") if code else None,
        )

    def star_code(
        self, call: str, seconds: float, code: str, *, who: str = "101", wrong: int = 0
    ) -> LegTagged:
        """Wrong entries, then the code, '' for none; ``call`` is the channel that dialed it."""
        results = [EntryResult.UNKNOWN_CODE] * wrong + [EntryResult.ACCEPTED] * bool(code)
        attempts = [
            Attempt(
                result=result,
                at=at(seconds + number / 10),
                entered_by="star_code",
                account_code_name=MATTERS[code] if result is EntryResult.ACCEPTED else "",
                user_id=str(self.people[who].pk),
            )
            for number, result in enumerate(results)
        ]
        return LegTagged(
            id=str(leg_id("main", "", call)),
            switch="main",
            call_id=call,
            linked_id=CONVERSATION,
            account_id=str(self.firm.account.pk),
            user_id=str(self.people[who].pk),
            user_name=self.people[who].name,
            extension=who,
            tagged_at=at(seconds + 1),
            attempts=tuple(attempts),
            tag=self.tag(code, "star_code") if code else None,
        )

    def ended(
        self, call: str, seconds: float, answered: float | None, *, by: Side, how: str = "ANSWERED"
    ) -> LegEnded:
        """One side's report; ``seconds`` and ``answered`` since the start of the conversation."""
        return LegEnded(
            id=str(leg_id("main", "", call)),
            switch="main",
            call_id=call,
            ended_at=at(seconds),
            answered_at=None if answered is None else at(answered),
            seconds=0 if answered is None else int(seconds - answered),
            disposition=how,
            by=by,
        )

    def came_in(
        self,
        who: str | None,
        *,
        started: float = 0,
        answered: float | None = None,
        ended: float | None = None,
    ) -> CallCameIn:
        """A report of a call from outside: of the trunk, or of a phone that rang."""
        user = self.people[who] if who else None
        return CallCameIn(
            id=str(inbound_id("main", "", CONVERSATION)),
            switch="main",
            linked_id=CONVERSATION,
            account_id=str(self.firm.account.pk),
            user_id=str(user.pk) if user else None,
            user_name=user.name if user else "",
            caller="+442079460000",
            dialed="2125550100",
            started_at=at(started),
            answered_at=None if answered is None else at(answered),
            ended_at=None if ended is None else at(ended),
            disposition="" if ended is None else "NO ANSWER" if answered is None else "ANSWERED",
        )
