"""Numbers that never or always need a code, and what no list may ever do."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmark.policy.code_entry import Collect, EntryTerms
from callmark.policy.number_list import CodeNeed, ListedNumber, NumberList, read_pattern
from callmark.policy.numbering import CallType, NumberingPlan, classify
from callmark.policy.outbound import Connect, LegContext, OutboundFlow, Outcome
from callmark.policy.rules import CodeRules
from callmark.policy.settings import EffectiveSettings, code_requirement

NEVER, ALWAYS = CodeNeed.NEVER, CodeNeed.ALWAYS
PLAN = NumberingPlan(
    "US",
    "9",
    extensions={"101"},
    internal_numbers={"+12125550201"},
    international_regions=frozenset({"JM"}),
)
COSTLY_ASKED = CodeRules(validate=True, international=True, directory_assistance=True, premium=True)
EVERYTHING_ASKED = CodeRules(*[True] * len(CodeRules.__dataclass_fields__))
LONDON, COURT = "+442079460000", "+12125550100"


def listing(**entries: CodeNeed) -> NumberList:
    return NumberList.of(ListedNumber(pattern, need, "Court") for pattern, need in entries.items())


def needs_code(dialed: str, entries: NumberList, rules: CodeRules = COSTLY_ASKED) -> bool:
    terms = EffectiveSettings(active=True, code_length=4, max_retries=3, rules=rules)
    found = classify(dialed, PLAN)
    return code_requirement(terms, found, entries.deciding(found, PLAN)).required


@pytest.mark.parametrize(
    "dialed",
    [
        "2125550100",
        "12125550100",
        "92125550100",
        "9 1 (212) 555-0100",
        "+1 212 555 0100",
        "9+12125550100",
        "*672125550100",
        "tel:+1-212-555-0100",
        "sip:12125550100@pbx.example",
        "1 212 555 0100 #",
        "2125550100,,22",
        "10102882125550100",
    ],
)
def test_an_entry_counts_in_every_form_that_people_dial(dialed: str) -> None:
    assert needs_code(dialed, listing(**{COURT: ALWAYS}))
    assert needs_code(dialed, listing(**{"+1212*": ALWAYS}))
    assert not needs_code(dialed, listing(**{COURT: NEVER}), EVERYTHING_ASKED)
    assert not needs_code(dialed, NumberList())


def test_the_entry_with_the_most_digits_decides() -> None:
    but_london = listing(**{"+44*": ALWAYS, "+4420*": NEVER, LONDON: ALWAYS})
    assert needs_code("011442079460000", but_london)
    assert not needs_code("011442079460001", but_london)
    assert needs_code("011441214960000", but_london)


@pytest.mark.parametrize(
    ("dialed", "prefix", "number"),
    [
        ("19005551234", "+1*", "+19005551234"),
        ("12125551212", "+1212*", "+12125551212"),
        ("011449098790000", "+44*", "+449098790000"),
    ],
)
def test_a_prefix_opens_nothing_costly_but_the_number_itself_may_be_listed(
    dialed: str, prefix: str, number: str
) -> None:
    assert needs_code(dialed, listing(**{prefix: NEVER}))
    assert not needs_code(dialed, listing(**{number: NEVER}))


def test_a_prefix_that_opens_nothing_leaves_the_decision_to_the_next() -> None:
    assert needs_code("19005551234", listing(**{"+1900*": NEVER, "+1*": ALWAYS}), CodeRules())


@pytest.mark.parametrize("dialed", ["442079460000", "0442079460000", "+4420794600001"])
def test_what_can_be_read_in_two_ways_or_reaches_nobody_is_asked_as_before(dialed: str) -> None:
    assert needs_code(dialed, listing(**{LONDON: NEVER, "+44*": NEVER}), EVERYTHING_ASKED)


@pytest.mark.parametrize("dialed", ["101", "2125550201"])
def test_an_internal_call_follows_its_own_rule(dialed: str) -> None:
    for need in CodeNeed:
        entries = listing(**{"+12125550201": need, "+1*": need})
        assert not needs_code(dialed, entries, CodeRules())
        assert needs_code(dialed, entries, CodeRules(require_internal=True))


def test_where_account_codes_are_off_nothing_is_asked() -> None:
    off = EffectiveSettings(False, 4, 3, EVERYTHING_ASKED)
    found = classify("2125550100", PLAN)
    listed = listing(**{COURT: ALWAYS}).deciding(found, PLAN)
    assert listed is not None
    assert not code_requirement(off, found, listed).required


def test_the_reason_names_the_entry() -> None:
    found = classify("011442079460000", PLAN)
    listed = listing(**{"+4420*": NEVER}).deciding(found, PLAN)
    terms = EffectiveSettings(True, 4, 3, COSTLY_ASKED)
    why = code_requirement(terms, found, listed).why
    assert why == "no code: 'Court' (+4420*) is listed as never needing one"


@pytest.mark.parametrize(
    ("written", "pattern"),
    [
        ("+44 20 7946 0000", LONDON),
        ("9 011 44 20 7946 0000", LONDON),
        ("(212) 555-0100", COURT),
        (" +44 20 * ", "+4420*"),
        ("+1-900-*", "+1900*"),
    ],
)
def test_an_entry_is_written_as_people_write_numbers(written: str, pattern: str) -> None:
    assert read_pattern(written, replace(PLAN, extensions=frozenset())) == pattern


@pytest.mark.parametrize(
    "written",
    ["", "*", "+*", "20*", "+44*20*", "+0*", "+44x*", "911", "+1911", "9911", "411", "12", "x",
     "2125550100&PJSIP/1", "+1234567890123456*", "\u0664\u0664*", "44*\n"],
)  # fmt: skip
def test_what_cannot_be_reached_or_is_an_emergency_is_not_listed(written: str) -> None:
    with pytest.raises(ValueError, match=r"Write|Emergency"):
        read_pattern(written, NumberingPlan("US", "9"))


PATTERNS = st.from_regex(r"\+(1|44|1212555|1911|911|112|[1-9][0-9]{0,12})\*", fullmatch=True)
NUMBERS = st.sampled_from([LONDON, COURT, "+19005551234", "+12125551212", "+1911", "+449098790000"])
LISTS = st.dictionaries(PATTERNS | NUMBERS, st.sampled_from(list(CodeNeed)), max_size=6).map(
    lambda entries: listing(**entries)
)
DIALED = st.one_of(
    st.sampled_from(
        [
            "911",
            "9911",
            "+1911",
            "*67911",
            "112",
            "988",
            "sip:911@pbx",
            "urn:service:sos",
            "911#",
            "2125550100",
            "19005551234",
            "011442079460000",
            "411",
            "101",
            "2125550201",
            "77",
            "011449098790000",
            "911,1234",
            "911&101",
        ]
    ),
    st.from_regex(r"(9|\*67|1010288|011|\+|1)*[0-9]{0,12}[#,&]?", fullmatch=True),
)
RULES_ON = st.builds(CodeRules, *[st.booleans()] * len(CodeRules.__dataclass_fields__))


def flow(dialed: str, rules: CodeRules, entries: NumberList) -> OutboundFlow:
    found = classify(dialed, PLAN)
    terms = EntryTerms(EffectiveSettings(True, 4, 3, rules), {})
    return OutboundFlow(LegContext(terms, found, listed=entries.deciding(found, PLAN)))


@given(DIALED, RULES_ON, LISTS)
def test_no_list_ever_asks_or_refuses_an_emergency_call_nor_lets_a_refused_string_through(
    dialed: str, rules: CodeRules, entries: NumberList
) -> None:
    leg = flow(dialed, rules, entries)
    actions = leg.start()
    if leg.classification.call_type is CallType.EMERGENCY:
        assert actions == (Connect(Outcome.NOT_GATED),)
    if leg.classification.refused:
        assert leg.outcome is Outcome.REFUSED_NUMBER


@given(DIALED, RULES_ON, LISTS)
def test_never_opens_no_premium_or_unroutable_number_that_is_not_the_entry_itself(
    dialed: str, rules: CodeRules, entries: NumberList
) -> None:
    found = classify(dialed, PLAN)
    listed = entries.deciding(found, PLAN)
    if listed is None or listed.need is ALWAYS:
        return
    assert CallType.UNROUTABLE not in found.types
    if CallType.PREMIUM in found.types:
        assert listed.pattern == found.e164
        # The number as it is, and not digits that may be it or another.
        assert CallType.PREMIUM in classify(listed.pattern, PLAN).types


@given(DIALED, RULES_ON)
def test_without_a_list_every_decision_is_as_before(dialed: str, rules: CodeRules) -> None:
    found = classify(dialed, PLAN)
    before = OutboundFlow(LegContext(EntryTerms(EffectiveSettings(True, 4, 3, rules), {}), found))
    now = flow(dialed, rules, NumberList())
    assert before.start() == now.start()
    assert before.why == now.why


@given(DIALED, LISTS)
def test_always_asks_wherever_it_decides(dialed: str, entries: NumberList) -> None:
    leg = flow(dialed, CodeRules(), entries)
    listed = entries.deciding(leg.classification, PLAN)
    asked = isinstance(leg.start()[0], Collect)
    assert asked is (listed is not None and listed.need is ALWAYS)
