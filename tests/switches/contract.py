"""What every switch adapter must make true, as stories: the caller's keys, and what becomes of it.

To add a switch, write an :class:`Adapter` (some twenty lines: place a call, say what was heard) and
a subclass of :class:`SwitchContract` that names it; ``test_contract.py`` has those there are.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import pytest

from callmark.accounts.models import User
from callmark.accounts.services import change_account, change_person
from callmark.calls.limits import add_limit
from callmark.calls.models import Call
from callmark.calls.queries import lockout_of
from callmark.calls.store import store
from callmark.codes.listed_numbers import add_listed_number
from callmark.codes.models import AccountCode, AccountCodeSettings
from callmark.codes.services import (
    SettingsChange,
    add_code,
    save_account_settings,
    save_user_settings,
)
from callmark.codes.use import StoredUse
from callmark.policy.number_list import CodeNeed
from callmark.policy.prompt_options import PromptOptions
from callmark.policy.rules import CodeRules
from tests.cast import OUTSIDE_CALLS, LawFirm
from tests.factories import decided_call
from tests.leaks import shows

OPENS_LOCAL_CALLS = StoredUse(call_types=("domestic",))
LONDON, LOCAL, EMERGENCY = "011442079460000", "2125550100", "911"
UNVALIDATED = CodeRules(international=True)
SILENCE = ""

ASKED, INVALID, LENGTH = "enter_code", "invalid_entry", "wrong_length"
SPLASH, MAX, GOODBYE, REFUSED = "splash", "max_attempts", "goodbye", "number_refused"
LOCKED_OUT, UNASKED, LIMIT = "locked_out", "call_refused", "limit_reached"


@dataclass(frozen=True, slots=True)
class Scene:
    """A caller dials, and at each question types the next of ``keys``; after the last, hangs up.

    ``alone``: whoever asks for the destination is not on the line, and nobody of the account is.
    ``unwritable``: no record can be made durable. ``star_code``: the call goes on without keys, and
    then the caller dials the star code and types them.
    """

    caller: User
    number: str
    keys: Sequence[str] = ()
    alone: bool = False
    unwritable: bool = False
    star_code: bool = False


@dataclass(slots=True)
class Heard:
    """What came of it at the switch: prompts in order, and how the call went on.

    ``went`` is 'connect', 'end', 'hung up', or 'failed' where the switch's fail policy decides;
    after a star code 'resume'. Then ``prompts`` are those of the star code. ``languages`` are those
    that the prompts were played in.
    """

    prompts: list[str] = field(default_factory=list)
    went: str = ""
    number: str = ""
    languages: set[str] = field(default_factory=set, compare=False)


class Adapter(ABC):
    """One kind of switch. ``cannot`` names what its switches have no way to do, and why."""

    cannot: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def place(self, scene: Scene) -> Heard:
        """Place a call over the adapter as it is, and take its records to the database."""


class Stories:
    """What stories of the contract have in common. Nothing here knows a switch."""

    adapter: ClassVar[Adapter]

    def call(self, firm: LawFirm, number: str, *keys: str, **more: bool) -> Heard:
        """Ben's call."""
        for needed, given in more.items():
            if given and needed in self.adapter.cannot:
                pytest.skip(self.adapter.cannot[needed])
        return self.adapter.place(Scene(firm.ben, number, keys, **more))


class SwitchContract(Stories):
    """The stories of calls and star codes; ``contract_at_the_prompt.py`` has more."""

    def test_a_right_code_connects_with_it(self, firm: LawFirm) -> None:
        heard = self.call(firm, LONDON, "1234")
        assert heard == Heard([ASKED, SPLASH], "connect", LONDON)
        call = the_call(firm)
        assert (call.outcome, call.account_code, call.entered_by) == ("connected", "1234", "prompt")
        assert call.account_code_name == "Harper v. Castellan"
        assert (call.user, call.dialed, call.number) == (firm.ben, LONDON, LONDON)
        assert (call.direction, call.call_type) == ("outbound", "international")
        assert entries(call) == [("accepted", False)]

    def test_wrong_then_right(self, firm: LawFirm) -> None:
        heard = self.call(firm, LONDON, "9999", "1234")
        assert heard == Heard([ASKED, INVALID, SPLASH], "connect", LONDON)
        assert entries(the_call(firm)) == [("unknown_code", True), ("accepted", False)]

    def test_each_wrong_entry_is_answered_in_its_own_words(self, firm: LawFirm) -> None:
        heard = self.call(firm, LONDON, SILENCE, "12", "9999")
        assert heard == Heard([ASKED, INVALID, LENGTH, MAX, GOODBYE], "end")
        call = the_call(firm)
        assert call.outcome == "ended_after_max_retries"
        # Silence has tried nothing.
        assert entries(call) == [
            ("no_digits", False),
            ("wrong_length", True),
            ("unknown_code", True),
        ]
        assert call.account_code == ""

    def test_after_max_retries_it_goes_on_untagged_where_that_is_allowed(
        self, firm: LawFirm
    ) -> None:
        set_rules(firm, replace(OUTSIDE_CALLS, proceed_after_max_retries=True))
        heard = self.call(firm, LONDON, "9999", "9998", "9997")
        assert heard == Heard([ASKED, INVALID, INVALID, MAX], "connect", LONDON)
        call = the_call(firm)
        assert (call.outcome, call.account_code) == ("proceeded_after_max_retries", "")

    @pytest.mark.parametrize("keys", [(), (SILENCE,), ("9999",), ("9999", "12")])
    def test_hanging_up_at_any_question_is_on_record(
        self, firm: LawFirm, keys: tuple[str, ...]
    ) -> None:
        heard = self.call(firm, LONDON, *keys)
        assert heard.went == "hung up"
        assert len(heard.prompts) == 1 + len(keys)
        call = the_call(firm)
        assert (call.outcome, call.account_code) == ("abandoned", "")
        assert len(entries(call)) == len(keys)

    def test_any_digits_of_the_right_length_where_codes_are_not_validated(
        self, firm: LawFirm
    ) -> None:
        set_rules(firm, UNVALIDATED)
        assert self.call(firm, LONDON, "123", "8086").prompts == [ASKED, LENGTH, SPLASH]
        call = the_call(firm)
        assert (call.account_code, call.account_code_name, call.code) == ("8086", "", None)
        assert entries(call) == [("wrong_length", False), ("accepted", False)]

    def test_callers_are_spoken_to_in_their_own_language_or_the_accounts(
        self, firm: LawFirm
    ) -> None:
        before = self.call(firm, LONDON, "9999", "1234").languages
        assert before <= {"", "en"}, "nobody has chosen one"
        change_account(firm.account, {"language": "es"}, actor=firm.olivia)
        assert self.call(firm, LONDON, "9999", "1234").languages == {"es"}
        assert self.call(firm, "none at all").languages == {"es"}
        change_person(firm.ben, {"language": "fr"}, actor=firm.olivia)
        assert self.call(firm, LONDON, "9999", "1234").languages == {"fr"}

    def test_the_star_code_speaks_the_users_language(self, firm: LawFirm) -> None:
        change_person(firm.ben, {"language": "fr"}, actor=firm.olivia)
        heard = self.call(firm, LOCAL, "9999", "1234", star_code=True)
        assert (heard.went, heard.languages) == ("resume", {"fr"})

    def test_a_call_that_needs_no_code_connects_at_once(self, firm: LawFirm) -> None:
        assert self.call(firm, LOCAL, "1234") == Heard([], "connect", LOCAL)
        call = the_call(firm)
        assert (call.outcome, call.account_code, entries(call)) == ("not_gated", "", [])

    def test_a_colleague_is_an_internal_call(self, firm: LawFirm) -> None:
        assert self.call(firm, "102") == Heard([], "connect", "102")
        assert the_call(firm).direction == "internal"

    def test_what_is_judged_is_what_is_dialed(self, firm: LawFirm) -> None:
        heard = self.call(firm, "011 44 (20) 7946-0000", "1234")
        assert (heard.went, heard.number) == ("connect", LONDON)
        assert the_call(firm).number == LONDON

    def test_the_list_of_numbers_decides_before_the_types_of_calls(self, firm: LawFirm) -> None:
        list_number(firm, LONDON, CodeNeed.NEVER)
        list_number(firm, LOCAL, CodeNeed.ALWAYS)
        assert self.call(firm, LONDON, "1234") == Heard([], "connect", LONDON)
        heard = self.call(firm, f"1-{LOCAL}", "1234")
        assert heard == Heard([ASKED, SPLASH], "connect", f"1{LOCAL}")
        never, always = calls(firm)
        assert (never.outcome, never.account_code) == ("not_gated", "")
        assert "'Court' (+442079460000) is listed as never needing one" in never.why[-1]
        assert (always.outcome, always.account_code) == ("connected", "1234")

    def test_the_call_after_the_last_one_that_a_limit_allows_is_refused(
        self, firm: LawFirm
    ) -> None:
        limit_calls(firm, 1)
        store([decided_call(firm, "connected")])
        heard = self.call(firm, LONDON, "1234")
        assert (heard.prompts, heard.went) == ([LIMIT, GOODBYE], "end")
        assert self.call(firm, EMERGENCY).went == "connect"
        assert self.call(firm, LOCAL).went == "connect"
        refused = calls(firm)[1]
        assert (refused.outcome, refused.account_code) == ("refused_limit", "")
        assert refused.why[-1] == "refused: the limit 'Abroad' is reached"

    def test_of_which_no_number_can_be_made_is_refused_with_a_reason(self, firm: LawFirm) -> None:
        heard = self.call(firm, "12125551234&PJSIP/L", "1234")
        assert heard == Heard([REFUSED], "end")
        call = the_call(firm)
        assert (call.outcome, call.number) == ("refused_number", "")

    @pytest.mark.parametrize("number", [EMERGENCY, "9911", "+911"])
    def test_an_emergency_call_is_never_asked(self, firm: LawFirm, number: str) -> None:
        heard = self.call(firm, number)
        assert (heard.prompts, heard.went) == ([], "connect")
        assert heard.number
        call = the_call(firm)
        assert (call.call_type, call.outcome) == ("emergency", "not_gated")

    def test_an_emergency_call_goes_on_though_it_cannot_be_recorded(self, firm: LawFirm) -> None:
        assert self.call(firm, EMERGENCY, unwritable=True) == Heard([], "connect", EMERGENCY)

    def test_any_other_call_that_cannot_be_recorded_is_the_switchs_to_decide(
        self, firm: LawFirm
    ) -> None:
        heard = self.call(firm, LONDON, "1234", unwritable=True)
        assert (heard.went, heard.number) == ("failed", "")
        assert not calls(firm)

    def test_too_many_wrong_entries_over_calls_lock_the_user_out(self, firm: LawFirm) -> None:
        if "lock out" in self.adapter.cannot:
            pytest.skip(self.adapter.cannot["lock out"])
        for _ in range(4):
            heard = self.call(firm, LONDON, "9999", "9998", "9997")
        assert heard.prompts[-2:] == [LOCKED_OUT, GOODBYE]
        assert lockout_of(firm.ben) is not None
        assert self.call(firm, LONDON, "1234").prompts == [LOCKED_OUT, GOODBYE]
        last = calls(firm)[-1]
        assert (last.outcome, entries(last)) == (
            "ended_after_max_retries",
            [("locked_out", False)],
        )

    def test_where_nobody_can_be_asked_the_account_has_chosen(self, firm: LawFirm) -> None:
        assert self.call(firm, LONDON, "1234", alone=True) == Heard([UNASKED], "end")
        call = the_call(firm)
        assert (call.outcome, call.user, call.payer) == ("refused_unasked", firm.ben, "user")

    def test_a_code_that_somebody_is_told_of_at_once_counts_at_once(self, firm: LawFirm) -> None:
        add_code(firm.account, name="New", code="2086", actor=None)
        assert self.call(firm, LONDON, "2086").went == "connect"
        assert the_call(firm).account_code_name == "New"

    def test_a_code_that_may_not_be_used_on_the_call_is_unknown_and_a_guess(
        self, firm: LawFirm
    ) -> None:
        add_code(firm.account, name="Local", code="2086", use=OPENS_LOCAL_CALLS, actor=None)
        heard = self.call(firm, LONDON, "2086", "1234")
        assert heard == Heard([ASKED, INVALID, SPLASH], "connect", LONDON)
        assert entries(the_call(firm)) == [("unknown_code", True), ("accepted", False)]

    def test_a_default_code_stands_in_only_where_it_could_be_entered(self, firm: LawFirm) -> None:
        local = add_code(firm.account, name="Local", code="2086", use=OPENS_LOCAL_CALLS, actor=None)
        set_default(firm, local)
        assert self.call(firm, LONDON, alone=True).went == "end"
        set_default(firm, firm.code)
        assert self.call(firm, LONDON, alone=True).went == "connect"
        assert [one.account_code for one in calls(firm)] == ["", "1234"]

    def test_a_star_code_tags_the_call_under_way(self, firm: LawFirm) -> None:
        heard = self.call(firm, LOCAL, "9999", "1234", star_code=True)
        assert (heard.prompts, heard.went) == ([INVALID, SPLASH], "resume")
        call = the_call(firm)
        assert (call.outcome, call.account_code) == ("not_gated", "1234")
        assert call.entered_by == "star_code"
        assert entries(call) == [("unknown_code", True), ("accepted", False)]

    def test_wrong_entries_by_star_code_never_end_the_call(self, firm: LawFirm) -> None:
        heard = self.call(firm, LOCAL, "12", SILENCE, "9999", star_code=True)
        assert (heard.prompts, heard.went) == ([INVALID, INVALID, MAX], "resume")
        call = the_call(firm)
        assert (call.outcome, call.account_code, call.ended_at) == ("not_gated", "", None)
        assert len(entries(call)) == 3

    def test_hanging_up_in_a_star_code_keeps_what_was_entered(self, firm: LawFirm) -> None:
        self.call(firm, LOCAL, "9999", star_code=True)
        assert entries(the_call(firm)) == [("unknown_code", True)]

    def test_no_wrong_digits_are_on_record(self, firm: LawFirm) -> None:
        self.call(firm, LONDON, "7531", "1234")
        call = the_call(firm)
        assert not shows("7531", [call.why, *call.attempts.values()])


def set_rules(firm: LawFirm, rules: CodeRules, options: PromptOptions | None = None) -> None:
    """The administrator saves other rules, for everybody; ``options`` None: as they are."""
    save_account_settings(
        firm.account,
        SettingsChange(max_retries=3, rules=rules, options=options),
        enable_everyone=True,
        expected_version=AccountCodeSettings.objects.of(firm.account).get().version,
        actor=firm.olivia,
    )


def set_default(firm: LawFirm, code: AccountCode) -> None:
    """The administrator gives Ben a default code."""
    save_user_settings(firm.ben, enabled=True, override=None, default_code=code, actor=firm.olivia)


def list_number(firm: LawFirm, number: str, need: CodeNeed) -> None:
    """The administrator lists a number, as 'Court'."""
    add_listed_number(firm.account, number=number, need=need, name="Court", actor=firm.olivia)


def limit_calls(firm: LawFirm, amount: int) -> None:
    """The administrator limits calls abroad, each day."""
    values = {
        "name": "Abroad",
        "scope": "account",
        "call_type": "international",
        "amount": amount,
        "unit": "calls",
        "per": "day",
        "then": "refuse",
    }
    add_limit(firm.account, values, actor=firm.olivia)


def calls(firm: LawFirm) -> list[Call]:
    """All on record, oldest first."""
    return list(Call.objects.of(firm.account).order_by("started_at"))


def the_call(firm: LawFirm) -> Call:
    """The only call on record."""
    (call,) = calls(firm)
    return call


def entries(call: Call) -> list[tuple[str, bool]]:
    """What became of each, and whether it counts towards the lockout."""
    return [(one.result, one.counts_as_guess) for one in call.attempts.all()]
