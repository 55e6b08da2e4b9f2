"""Which field of the switch's CDR gets the code's name."""

import pytest

from callmark.switches.asterisk.cdr.field import DEFAULT, CdrField
from callmark.switches.asterisk.cdr.rows import marks_of


@pytest.mark.parametrize(
    ("choice", "variable"),
    [
        ("accountcode", "CHANNEL(accountcode)"),
        ("userfield", "CDR(userfield)"),
        (" Matter_1 ", "CDR(Matter_1)"),
        ("none", None),
        (DEFAULT, "CDR(callmark)"),
    ],
)
def test_each_choice_is_a_variable_of_the_dialplan(choice: str, variable: str | None) -> None:
    assert CdrField.parse(choice).variable == variable


@pytest.mark.parametrize("choice", ["", "billsec", "linkedid", "a b", "x)", "1st", "ä", "a" * 41])
def test_what_asterisk_fills_itself_or_no_name_is_refused(choice: str) -> None:
    with pytest.raises(ValueError, match=r"is (a field|neither)"):
        CdrField.parse(choice)


def test_a_name_cannot_look_like_a_mark_of_the_dialplan() -> None:
    name = "x;callmark:emergency:other:911:phone"

    assert marks_of(CdrField.parse("userfield").value(name)) == ()


@pytest.mark.parametrize("choice", ["accountcode", "userfield", "matter"])
def test_a_name_is_one_line_that_has_room(choice: str) -> None:
    value = CdrField.parse(choice).value("  Ärger\nund\0" + "€" * 300)

    assert value.startswith("Ärger und €")
    assert len(value.encode()) <= 200
