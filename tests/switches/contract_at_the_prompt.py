"""More of the contract: what an account allows at the prompt beside entering a code."""

from datetime import timedelta

import pytest

from callmark.calls.queries import lift_lockout
from callmark.calls.records import now
from callmark.calls.store import store
from callmark.codes.models import AccountCodeSettings, UserCodeSettings
from callmark.codes.services import add_code, change_code
from callmark.policy.prompt_options import PromptOptions
from tests.cast import OUTSIDE_CALLS, LawFirm
from tests.factories import decided_call, tag_of
from tests.leaks import shows
from tests.switches.contract import (
    ASKED,
    EMERGENCY,
    GOODBYE,
    INVALID,
    LENGTH,
    LOCKED_OUT,
    LONDON,
    OPENS_LOCAL_CALLS,
    SILENCE,
    SPLASH,
    UNVALIDATED,
    Heard,
    Stories,
    calls,
    entries,
    set_rules,
    the_call,
)


class AtThePromptContract(Stories):
    """The stories of the account's options; each adapter keeps them, too."""

    def test_a_pound_key_alone_goes_on_without_a_code_where_that_is_allowed(
        self, firm: LawFirm
    ) -> None:
        assert self.call(firm, LONDON, "#").prompts == [ASKED, INVALID]
        set_rules(firm, UNVALIDATED, PromptOptions(decline=True))
        assert self.call(firm, LONDON, "#") == Heard([ASKED], "connect", LONDON)
        call = calls(firm)[-1]
        assert (call.outcome, call.account_code, call.needs_code) == ("declined", "", False)
        assert entries(call) == [("declined", False)]
        assert self.call(firm, LONDON, SILENCE).prompts == [ASKED, INVALID]
        set_rules(firm, OUTSIDE_CALLS)
        assert self.call(firm, LONDON, "#").prompts == [ASKED, INVALID], "codes are validated"

    def test_a_star_key_is_the_code_of_the_last_call(self, firm: LawFirm) -> None:
        set_rules(firm, OUTSIDE_CALLS, PromptOptions(same_code=True))
        assert self.call(firm, LONDON, "*", "1234").prompts == [ASKED, INVALID, SPLASH]
        store([decided_call(firm, "connected", tag=tag_of(firm), typed=True)])
        assert self.call(firm, LONDON, "*") == Heard([ASKED, SPLASH], "connect", LONDON)
        first, *_, last = calls(firm)
        assert entries(first) == [("no_last_code", False), ("accepted", False)]
        assert (last.account_code, last.entered_by, last.code) == ("1234", "last_call", firm.code)
        assert entries(last) == [("accepted", False)]
        assert self.call(firm, LONDON, "1234").went == "connect", "typing goes on as before"

    def test_the_code_of_the_last_call_must_be_one_that_could_be_typed(self, firm: LawFirm) -> None:
        set_rules(firm, OUTSIDE_CALLS, PromptOptions(same_code=True))
        add_code(firm.account, name="Other", code="5678", actor=None)
        store([decided_call(firm, "connected", tag=tag_of(firm), typed=True)])
        change_code(
            firm.code, name=firm.code.name, ids={}, use=OPENS_LOCAL_CALLS, actor=firm.olivia
        )
        assert self.call(firm, LONDON, "*").prompts == [ASKED, INVALID]
        assert entries(calls(firm)[-1]) == [("no_last_code", False)]

    @pytest.mark.parametrize("separator", ["*", "**", "#"])
    def test_number_and_code_in_one_go(self, firm: LawFirm, separator: str) -> None:
        set_rules(firm, UNVALIDATED, PromptOptions(separator=separator))
        heard = self.call(firm, f"{LONDON}{separator}8086")
        assert heard == Heard([SPLASH], "connect", LONDON)
        call = the_call(firm)
        assert (call.outcome, call.account_code, call.entered_by) == ("connected", "8086", "dialed")
        assert (call.dialed, call.number) == (LONDON, LONDON)
        assert [one.entered_by for one in call.attempts.all()] == ["dialed"]
        assert not shows("8086", [call.why, call.dialed])

    def test_a_wrong_code_behind_the_number_is_asked_for_again(self, firm: LawFirm) -> None:
        set_rules(firm, UNVALIDATED, PromptOptions(separator="*"))
        assert self.call(firm, f"{LONDON}*75314", "8086").prompts == [LENGTH, SPLASH]
        call = the_call(firm)
        assert (call.dialed, call.account_code) == (LONDON, "8086")
        assert [(one.result, one.entered_by) for one in call.attempts.all()] == [
            ("wrong_length", "dialed"),
            ("accepted", "prompt"),
        ]
        assert not shows("75314", [call.why, call.dialed])

    def test_where_codes_are_validated_one_behind_the_number_is_left_off(
        self, firm: LawFirm
    ) -> None:
        set_rules(firm, OUTSIDE_CALLS, PromptOptions(separator="*"))
        assert self.call(firm, f"{LONDON}*1234", "1234").prompts == [ASKED, SPLASH]
        call = the_call(firm)
        assert (call.dialed, call.entered_by) == (LONDON, "prompt")

    @pytest.mark.parametrize("behind", ["*1234", "*", "#1234", "*12*34", "**99999999"])
    def test_an_emergency_number_with_anything_behind_it_is_one(
        self, firm: LawFirm, behind: str
    ) -> None:
        set_rules(firm, OUTSIDE_CALLS, PromptOptions(separator="*"))
        assert self.call(firm, f"{EMERGENCY}{behind}") == Heard([], "connect", EMERGENCY)
        call = the_call(firm)
        assert (call.call_type, call.account_code) == ("emergency", "")
        assert call.dialed.rstrip("*") == EMERGENCY

    def test_a_code_is_kept_for_some_minutes(self, firm: LawFirm) -> None:
        set_rules(firm, OUTSIDE_CALLS, PromptOptions(kept_minutes=10))
        store([decided_call(firm, "connected", tag=tag_of(firm), typed=True)])
        assert self.call(firm, LONDON) == Heard([], "connect", LONDON)
        kept = calls(firm)[-1]
        assert (kept.outcome, kept.account_code, kept.entered_by) == ("connected", "1234", "kept")
        assert entries(kept) == []

    def test_a_code_that_was_entered_too_long_ago_is_asked_for(self, firm: LawFirm) -> None:
        set_rules(firm, OUTSIDE_CALLS, PromptOptions(kept_minutes=10))
        at = now() - timedelta(minutes=11)
        store([decided_call(firm, "connected", at=at, tag=tag_of(firm), typed=True)])
        assert self.call(firm, LONDON, "1234").prompts == [ASKED, SPLASH]

    def test_a_kept_code_ends_when_somebody_saves_the_settings(self, firm: LawFirm) -> None:
        set_rules(firm, OUTSIDE_CALLS, PromptOptions(kept_minutes=10))
        store([decided_call(firm, "connected", tag=tag_of(firm), typed=True)])
        set_rules(firm, OUTSIDE_CALLS)
        assert self.call(firm, LONDON, "1234").prompts == [ASKED, SPLASH]

    def test_a_kept_code_ends_when_its_user_is_locked_out(self, firm: LawFirm) -> None:
        if "lock out" in self.adapter.cannot:
            pytest.skip(self.adapter.cannot["lock out"])
        set_rules(firm, OUTSIDE_CALLS, PromptOptions(kept_minutes=480))
        long_ago = now() - timedelta(hours=1)
        AccountCodeSettings.objects.of(firm.account).update(updated_at=long_ago)
        UserCodeSettings.objects.of(firm.account).update(updated_at=long_ago)
        typed, locked = now() - timedelta(minutes=9), now() - timedelta(minutes=8)
        store([decided_call(firm, "connected", at=typed, tag=tag_of(firm), typed=True)])
        assert self.call(firm, LONDON).went == "connect"
        store([decided_call(firm, "ended_after_max_retries", at=locked, guesses=10)])
        assert self.call(firm, LONDON, "1234").prompts == [LOCKED_OUT, GOODBYE]
        lift_lockout(firm.ben, firm.olivia)
        assert self.call(firm, LONDON, "1234").prompts == [ASKED, SPLASH]
