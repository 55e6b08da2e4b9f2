"""The generated dialplan, read as text and judged by the policy that the gate itself uses."""

import random
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmark.policy.numbering import (
    COSTLY,
    CallType,
    NumberingPlan,
    classify,
    emergency_numbers,
)
from callmark.policy.prompts import PromptLanguage
from callmark.switches.alone.account import AccountDialplan
from callmark.switches.alone.allow_list import LONGEST_EXPRESSION, AllowList, allow_list, posix
from callmark.switches.alone.emergency import emergency_forms, emergency_strings, service_number
from callmark.switches.asterisk.dialplan import write_configuration
from tests.cases import for_each
from tests.examples import examples

COUNTRIES = """
US CA GB IE DE FR ES IT PT NL BE LU CH AT DK SE NO FI PL CZ SK HU RO BG GR TR IL ZA NG KE EG MA
IN PK JP KR CN HK SG MY TH ID PH AU NZ BR AR CL MX CO PE JM BB
"""
PREFIXES = ("", "9", "0", "8", "12", "99")
CONNECTS = {CallType.INTERNAL, CallType.DOMESTIC, CallType.TOLL_FREE}


def text_of(tmp_path: Path, *accounts: AccountDialplan) -> str:
    write_configuration(tmp_path, accounts)
    return (tmp_path / "extensions_callmark.conf").read_text()


@pytest.mark.parametrize("prefix", PREFIXES)
@for_each(COUNTRIES.split())
def test_nothing_costly_is_on_the_allow_list(country: str, prefix: str) -> None:
    """Numbers made from the list's own expressions, and the same with a digit more or less."""
    plan = NumberingPlan(country, outside_prefix=prefix)
    numbers = allow_list(plan)
    chance = random.Random(f"{country}{prefix}")
    for expression in numbers.allowed:
        for _ in range(8):
            number = _matching(expression, chance)
            _check(number, plan)
            dialed = prefix + number
            _check(dialed, plan)
            _check(dialed[:-1], plan)
            _check(dialed + chance.choice("0123456789"), plan)


@given(st.text(alphabet="0123456789", max_size=16), st.sampled_from(PREFIXES), st.booleans())
@settings(max_examples=examples(1500))
def test_whatever_is_dialed_in_north_america(digits: str, prefix: str, plus: bool) -> None:
    plan = NumberingPlan("US", prefix, frozenset({"JM", "BS"}))
    _check(("+" if plus else "") + digits, plan)


def _check(dialed: str, plan: NumberingPlan) -> None:
    if not allow_list_of(plan).allows(dialed):
        return
    found = classify(dialed, plan)
    if found.call_type is CallType.EMERGENCY:
        return  # never comes so far
    assert found.types <= CONNECTS, f"{dialed} from {plan.country}, prefix {plan.outside_prefix!r}"


@cache
def allow_list_of(plan: NumberingPlan) -> AllowList:
    return allow_list(plan)


def _matching(expression: str, chance: random.Random) -> str:
    """A string that the expression matches, found by walking it."""
    text, rest = _alternatives(expression, chance)
    assert rest == "", expression
    return text


def _alternatives(rest: str, chance: random.Random) -> tuple[str, str]:
    choices = []
    while True:
        text = ""
        while rest and rest[0] not in "|)":
            part, rest = _one(rest, chance)
            text += part
        choices.append(text)
        if not rest.startswith("|"):
            return chance.choice(choices), rest
        rest = rest[1:]


@cache
def _inside(brackets: str) -> list[str]:
    return [one for one in "0123456789+" if re.fullmatch(f"[{brackets}]", one)]


def _one(rest: str, chance: random.Random) -> tuple[str, str]:
    start = rest
    if rest[0] == "(":
        text, rest = _alternatives(rest[1:], chance)
        rest = rest[1:]
    elif rest[0] == "[":
        inside, _, rest = rest[1:].partition("]")
        text = chance.choice(_inside(inside))
    else:
        text, rest = rest[0], rest[1:]
    if rest.startswith("?"):
        return (text if chance.random() < 0.5 else ""), rest[1:]
    if times := re.match(r"\{(\d+)(?:,(\d+))?\}", rest):
        count = chance.randint(int(times[1]), int(times[2] or times[1]))
        piece = start[: len(start) - len(rest)]
        more = [_one(piece, chance)[0] for _ in range(count)]
        return "".join(more), rest[times.end() :]
    return text, rest


@pytest.mark.parametrize(
    ("country", "prefix", "dialed"),
    [
        ("US", "", "12125550100"),
        ("US", "", "2125550100"),
        ("US", "", "5550100"),
        ("US", "", "+12125550100"),
        ("US", "", "18005550100"),
        ("US", "", "14165550100"),
        ("US", "9", "912125550100"),
        ("US", "9", "95550100"),
        ("US", "9", "12125550100"),
        ("GB", "", "02079460958"),
        ("GB", "", "07400123456"),
        ("GB", "", "08001111"),
        ("GB", "9", "902079460958"),
        ("GB", "", "+442079460958"),
        ("DE", "0", "0030123456"),
        ("FR", "", "0123456789"),
        ("DK", "", "32123456"),
        ("AU", "", "0212345678"),
    ],
)
def test_everyday_numbers_are_on_it(country: str, prefix: str, dialed: str) -> None:
    assert allow_list(NumberingPlan(country, prefix)).allows(dialed)


NOT_ON_THE_LIST = """
411 0 00 1411 19005550100 9005550100 12129765550 9765550 12125551212 5551212 011442079460958
00442079460958 +442079460958 10102880115551 101028812125550100 *6712125550100 8765550100x
18765550100 16585550100 15005550100 17005550100 1 311 alice
"""


@pytest.mark.parametrize("dialed", NOT_ON_THE_LIST.split())
def test_these_are_not(dialed: str) -> None:
    plan = NumberingPlan("US", international_regions=frozenset({"JM"}))
    assert not allow_list(plan).allows(dialed)


def test_no_expression_is_longer_than_asterisk_reads() -> None:
    for country in COUNTRIES.split():
        for expression in allow_list(NumberingPlan(country, "99")).allowed:
            assert len(expression) < LONGEST_EXPRESSION + 100


def test_only_what_posix_knows_is_translated() -> None:
    assert posix(r"[2-9]\d{2}(?:0[\d]|1)") == "[2-9][0-9]{2}(0[0-9]|1)"
    assert posix(r"(?!1)\d") is None
    assert posix(r"\w") is None


def test_emergency_numbers_of_every_country_that_users_call_from_come_first(tmp_path: Path) -> None:
    account = AccountDialplan("acme", "US", frozenset({"GB", "DE"}), outside_prefix="8")
    strings = emergency_strings(account)
    for country in ("US", "GB", "DE"):
        for number in emergency_numbers(country):
            assert number in strings
            assert "8" + number in strings
    text = text_of(tmp_path, account)
    start = text.split("[callmark-acme]")[1].split("[callmark-acme.emergency]")
    before = start[0].split("exten => gate,")[0]
    emergency = start[1].split("\n[")[0]
    for waits in ("AGI", "Wait", "CURL", "DB(", "SHELL", "Playback", "Progress"):
        assert waits not in before + emergency
    for form, number in emergency_forms(account).items():
        assert f"exten => d{form},1,Goto(p{number},1)\n" in emergency


@for_each(COUNTRIES.split())
def test_the_own_calling_code_before_it_is_emergency_where_it_leads_nowhere_else(
    country: str,
) -> None:
    account = AccountDialplan("acme", country, outside_prefix="9")
    forms = emergency_forms(account)
    code = phonenumbers.country_code_for_region(country)
    for number in emergency_numbers(country):
        assert forms[number] == number
        assert forms[f"+{number}"] == number
        assert forms[f"+{code}{number}"] == number
        bare = f"{code}{number}"
        if bare in forms and bare not in emergency_numbers(country):
            assert classify(bare, account.plan(country)).types.isdisjoint(COSTLY | CONNECTS)
    assert service_number(account) in emergency_numbers(country)


def test_a_code_that_hides_the_caller_may_stand_before_it() -> None:
    assert emergency_forms(AccountDialplan("acme", "GB"))["141999"] == "999"
    assert emergency_forms(AccountDialplan("acme", "AU"))["1831000"] == "000"


def test_where_it_is_an_extension_or_a_number_it_is_that() -> None:
    assert emergency_forms(AccountDialplan("acme", "US"))["1911"] == "911"
    own = AccountDialplan("acme", "US", outside_prefix="9", extensions=("1911",))
    assert "1911" not in emergency_forms(own)
    assert "91911" not in emergency_forms(own)
    assert "3317" not in emergency_forms(AccountDialplan("acme", "FR"))  # a premium short code


def test_an_extension_that_looks_like_a_habit_is_no_emergency() -> None:
    assert "9911" in emergency_strings(AccountDialplan("acme", "US"))
    assert "9911" not in emergency_strings(AccountDialplan("acme", "US", extensions=("9911",)))


@pytest.mark.parametrize(
    ("country", "prefix"),
    [("JP", "010"), ("AU", "0011"), ("RU", "810"), ("US", ""), ("GB", ""), ("BR", "")],
)
def test_a_colleague_abroad_is_one_as_the_country_dials_there(
    tmp_path: Path, country: str, prefix: str
) -> None:
    account = AccountDialplan("acme", country, outside_prefix="9", phone_numbers=(COLLEAGUE,))
    text = text_of(tmp_path, account)
    found = set(re.findall(r"d(9?[0-9]+)442079460100,", text))
    theirs = {prefix, f"9{prefix}"} if prefix else set()
    assert found - {"00", "900", "9011"} == theirs
    if country == "JP":
        assert "exten => d9010442079460100,1,Goto(s,ask)" in text, "nor is it shed as a call abroad"


COLLEAGUE = "+442079460100"


def test_where_codes_are_not_used_every_call_connects_when_the_gate_is_down(tmp_path: Path) -> None:
    text = text_of(tmp_path, AccountDialplan("acme", "US", allowed=False))
    down = text.split("[callmark-acme.down]")[1].split("[callmark-acme.accepted]")[0]
    assert "exten => _d!,1,Goto(keep,1)" in down
    assert "REGEX" not in down
    assert '"${clean}" = ""]?refuse' in down  # what is no number goes nowhere even then


def test_the_reason_of_a_refusal_is_given_in_the_accounts_language(tmp_path: Path) -> None:
    account = AccountDialplan("acme", "US")
    spanish = text_of(tmp_path, replace(account, language=PromptLanguage.SPANISH))
    refused = re.findall(r"Playback\(([^,]+),noanswer\)", spanish)
    assert refused == ["es/callmark/call-refused", *_REFUSED]
    assert re.findall(r"Playback\(([^,]+),noanswer\)", text_of(tmp_path, account)) == _REFUSED


_REFUSED = ["callmark/call-refused", "cannot-complete-as-dialed"]


def test_one_account_can_be_called_by_a_short_name(tmp_path: Path) -> None:
    one, two = AccountDialplan("one", "US"), AccountDialplan("two", "GB")
    assert "\n[callmark]\n" in text_of(tmp_path, one)
    assert "\n[callmark]\n" not in text_of(tmp_path, one, two)


def test_the_star_code_belongs_to_the_phone_that_dials_it(tmp_path: Path) -> None:
    write_configuration(tmp_path, [AccountDialplan("acme", "US", star_code="*77")])
    features = (tmp_path / "features_callmark.conf").read_text()
    assert "callmark-acme => *77,self/" in features
    # With two underscores it would be handed to the called party as well.
    assert "__DYNAMIC_FEATURES" not in (tmp_path / "extensions_callmark.conf").read_text()


@pytest.mark.parametrize(
    "values",
    [
        {"slug": "a]\n[default"},
        {"slug": "a,b"},
        {"slug": "${SHELL(x)}"},
        {"slug": ""},
        {"outside_prefix": "9)"},
        {"star_code": "*5,self"},
        {"extensions": ("10${X}",)},
        {"extensions": ("_X.",)},
        {"phone_numbers": ("+1;2125550100",)},
    ],
)
def test_nothing_that_asterisk_would_carry_out_gets_in(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="cannot be written into a dialplan"):
        AccountDialplan(**{"slug": "acme", "country": "US", **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url", ["http://x", "agi://h:1/p", "agi://h,x", "agi://h:1)", "agi://", "x"]
)
def test_the_agi_url_is_a_host_and_a_port(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValueError, match="nothing may follow"):
        write_configuration(tmp_path, [], url)
