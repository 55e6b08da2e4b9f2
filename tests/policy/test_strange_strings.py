"""Letters, junk, pauses, addresses, and numbers that are too short or too long."""

import time

import pytest

from callmark.policy.numbering import CallType, Classification, NumberingPlan, classify


def _dial(dialed: str, country: str = "US", prefix: str = "") -> Classification:
    return classify(dialed, NumberingPlan(country, prefix))


@pytest.mark.parametrize(
    "dialed",
    [
        "",
        " ",
        "abc",
        "s",
        "hello",
        "i",
        "t",
        "h",
        "anonymous",
        "-",
        "+",
        "tel:",
        "sip:@",
        "\0",
        "😀",
        "1",
        "12",
        "123",
        "1234",
        "12345",
        "123456",
        "1" * 30,
        "2" * 30,
        "0.5.0.0",
    ],
)
def test_what_reaches_nobody(dialed: str) -> None:
    found = _dial(dialed)
    assert found.call_type is CallType.UNROUTABLE
    assert found.dialed == dialed
    assert found.e164 is None


def test_thirty_digits_after_the_international_prefix_are_still_gated() -> None:
    assert CallType.INTERNATIONAL in _dial("011" + "4" * 30).types


def test_something_endless_is_gated_like_the_costliest_call() -> None:
    for endless in ("1" * 300, "1" + "-" * 100_000 + "9005550123", "a" * 1_000_000):
        found = _dial(endless)
        assert found.call_type is CallType.UNROUTABLE
        assert found.types >= {CallType.PREMIUM, CallType.INTERNATIONAL}


@pytest.mark.parametrize("country", ["US", "GB", "JP", "DE", "HK"])
@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "11",
        "112",
        "1167",
        "1010321",
        "184",
        "141",
        "133",
        "01013",
        "*1",
        "*67",
        "00",
        "9",
        "+",
    ],
)
def test_repeated_codes_do_not_take_long(piece: str, country: str) -> None:
    plan = NumberingPlan(country, "9")
    started = time.process_time()
    for length in (40, 60, 250):
        classify((piece * 250)[:length], plan)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("word", "e164"),
    [
        ("1-800-FLOWERS", "+18003569377"),
        ("1-800-MATTRESS", "+18006288737"),
        ("800-Go-FedEx", "+18004633339"),
        ("1-800-TEXTNOW", "+18008398669"),
        ("1-800-WWW-PPPP", "+18009997777"),
    ],
)
def test_words_on_the_keypad(word: str, e164: str) -> None:
    found = _dial(word)
    assert found.call_type is CallType.TOLL_FREE
    assert found.e164 == e164


@pytest.mark.parametrize(
    "dialed",
    [
        "212-555-0123",
        "(212) 555 0123",
        "212.555.0123",
        "２１２ ５５５ ０１２３",
        "٢١٢٥٥٥٠١٢٣",
        "212\u2013555\u20130123",
        "\u200e212 555 0123",
        "212\u00a0555\u00a00123",
        "tel:+1-212-555-0123",
        "sip:+12125550123@example.com",
        "<sip:2125550123@pbx:5060>",
        "sips:2125550123@pbx;transport=tls",
        "tel:2125550123;phone-context=+1",
        "2125550123#",
        "sip:%2B12125550123@pbx",
        "callto:2125550123",
        "212-555-0123 ext. 77",
        "2125550123x77",
    ],
)
def test_the_same_number_in_many_spellings(dialed: str) -> None:
    found = _dial(dialed)
    assert found.call_type is CallType.DOMESTIC
    assert found.e164 == "+12125550123"
    assert found.number in ("2125550123", "+12125550123")


def test_a_conference_code_after_a_pause_does_not_matter() -> None:
    assert _dial("1-800-555-0199,,12345#").types == {CallType.TOLL_FREE}


@pytest.mark.parametrize("dialed", ["1,9005550123", "1;9005550123", "1p9005550123", "1x9005550123"])
def test_behind_digits_for_a_line_a_pause_does_not_hide_the_number(dialed: str) -> None:
    found = _dial(dialed)
    assert (found.call_type, found.number) == (CallType.PREMIUM, "9005550123")


@pytest.mark.parametrize("pause", [",", ",,", ";", "p", "w", "x", "#", "ext. "])
def test_a_pause_and_what_follows_is_not_dialed(pause: str) -> None:
    found = _dial(f"212 555 0123{pause}19005550123")
    assert found.types == {CallType.DOMESTIC}
    assert found.number == "2125550123"


@pytest.mark.parametrize("country", ["us", "", "XX", "USA", "001"])
def test_an_unknown_home_country_is_refused_with_a_clear_message(country: str) -> None:
    with pytest.raises(ValueError, match="not a supported home country"):
        NumberingPlan(country)
