"""Tagging an answered call by star code: reference section 6. The call is never ended."""

from hypothesis import given
from hypothesis import strategies as st

from callmark.policy.code_entry import (
    Attempted,
    Collect,
    Digits,
    EntryResult,
    EntryTerms,
    HungUp,
    Play,
    Tag,
)
from callmark.policy.code_use import KnownCode
from callmark.policy.prompts import Prompt
from callmark.policy.rules import CodeRules
from callmark.policy.settings import EffectiveSettings
from callmark.policy.tagging import Resume, TaggingFlow

CODES = {"1234": KnownCode("1", "Harper v. Castellan")}


def tagging(*, active: bool = True, validate: bool = True, left: int | None = None) -> TaggingFlow:
    settings = EffectiveSettings(
        active=active, code_length=4, max_retries=3, rules=CodeRules(validate=validate)
    )
    return TaggingFlow(EntryTerms(settings, CODES, left))


def test_the_code_is_collected_at_once_without_a_prompt() -> None:
    assert tagging().start() == (Collect(None, max_digits=4),)


def test_a_known_code_is_tagged_with_a_tone_and_the_talk_goes_on() -> None:
    one = tagging()
    one.start()
    assert one.receive(Digits("1234")) == (
        Attempted(EntryResult.ACCEPTED),
        Tag("1234", CODES["1234"]),
        Play(Prompt.SPLASH),
        Resume(),
    )


def test_a_wrong_code_is_asked_again_up_to_the_limit_then_the_talk_goes_on() -> None:
    one = tagging()
    one.start()
    for _ in range(2):
        _, ask = one.receive(Digits("9999"))
        assert ask == Collect(Prompt.INVALID_ENTRY, max_digits=4)
    assert one.receive(Digits("9999"))[1:] == (Play(Prompt.MAX_ATTEMPTS), Resume())


def test_a_cheap_call_is_no_place_to_guess_codes() -> None:
    assert tagging(left=0).start()[-1] == Resume()
    one = tagging(left=5)
    one.start()
    assert one.receive(Digits("9999", wrong_entries_left=1))[-1] == Resume()


def test_users_without_the_feature_just_go_on_talking() -> None:
    assert tagging(active=False).start() == (Resume(),)


@given(st.lists(st.one_of(st.text("0123456789*#", max_size=6), st.none()), min_size=9))
def test_it_always_gives_the_user_back_and_asks_at_most_n_times(entries: list[str | None]) -> None:
    one = tagging()
    one.start()
    asked = 0
    for entry in entries:
        if one.finished:
            break
        asked += 1
        one.receive(HungUp() if entry is None else Digits(entry))
    assert one.finished
    assert asked <= 3
