"""Codes in clear: a right of its own, and in the activity."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import time_machine

from callmark.audit.models import AuditEntry
from callmark.sign_in.api_tokens import Scope
from callmark.switches.simulator import simulate
from tests.api.conftest import LONDON
from tests.api.programs import Program, body_of, problem, program_of
from tests.beginnings import begun_with
from tests.cast import LawFirm, make_law_firm
from tests.leaks import shows
from tests.rows import every

DIGITS = "7391"
READS = ("account_codes.read", "account_codes.exported")


@begun_with
def firm() -> LawFirm:
    firm = make_law_firm(digits=DIGITS)
    simulate(firm.ben, LONDON, [DIGITS])
    return firm


@pytest.fixture
def reader(firm: LawFirm) -> Program:
    """A program that reads everything but digits."""
    return program_of(firm.olivia, scopes=(Scope.READ,))


def told() -> list[tuple[str, str, dict[str, str]]]:
    """What the activity says of reading codes, the oldest first."""
    entries = every(AuditEntry).filter(action__in=READS).order_by("at")
    return [(one.action, one.token_name, one.after) for one in entries]


def places(firm: LawFirm, at: str) -> list[str]:
    """Wherever a code is to be read."""
    call = firm.ben.calls.get()
    return ["/codes", f"/codes/{firm.code.pk}", "/calls", f"/calls/{call.pk}", "/calls/export"]


def test_who_may_only_read_sees_no_digits_anywhere(firm: LawFirm, reader: Program, at: str) -> None:
    for place in places(firm, at):
        answer = reader.get(at + place)
        assert answer.status_code == 200
        assert not shows(DIGITS, answer.content.decode()), place
        assert "Harper v. Castellan" in answer.content.decode(), place
    assert body_of(reader.get(f"{at}/codes"))["items"][0]["code"] == "••••"
    assert told() == []


def test_whoever_may_read_codes_sees_them(firm: LawFirm, olivia: Program, at: str) -> None:
    for place in places(firm, at):
        assert DIGITS in olivia.get(at + place).content.decode(), place


@pytest.mark.parametrize(
    "ask",
    [
        lambda program, at: program.get(f"{at}/codes/export"),
        lambda program, at: program.post(f"{at}/codes/search", {"code": DIGITS}),
        lambda program, at: program.post(f"{at}/calls/search", {"account_code": DIGITS}),
    ],
)
def test_without_the_scope_nobody_finds_out_whether_digits_are_a_code(
    ask: Callable[[Program, str], object], firm: LawFirm, at: str
) -> None:
    everything_else = program_of(firm.olivia, scopes=tuple(set(Scope) - {Scope.CODES_READ}))
    assert problem(ask(everything_else, at)) == (403, "scope_missing")  # type: ignore[arg-type]


def test_without_it_no_webhook_gets_the_digits_either(firm: LawFirm, at: str) -> None:
    writer = program_of(firm.olivia, scopes=(Scope.READ, Scope.WRITE))
    whole = program_of(firm.olivia)
    new = {"url": "https://hooks.example/", "events": ["call.tagged"], "include_codes": True}
    assert problem(writer.post(f"{at}/webhooks", new)) == (403, "scope_missing")
    plain = writer.post(f"{at}/webhooks", new | {"include_codes": False})
    one = f"{at}/webhooks/{body_of(plain)['id']}"
    change = {"include_codes": True}
    etag = plain["ETag"]
    assert problem(writer.patch(one, change, If_Match=etag)) == (403, "scope_missing")
    etag = whole.patch(one, change, If_Match=etag)["ETag"]
    elsewhere = {"url": "https://elsewhere.example/"}
    assert problem(writer.patch(one, elsewhere, If_Match=etag)) == (403, "scope_missing")
    assert writer.patch(one, {"name": "Billing"}, If_Match=etag).status_code == 200


def test_reading_is_told_once_an_hour_for_each_token_and_place(
    firm: LawFirm, olivia: Program, at: str
) -> None:
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False) as clock:
        for _ in range(3):
            olivia.get(f"{at}/codes")
            olivia.get(f"{at}/calls")
        codes = ("account_codes.read", "test", {"where": "codes"})
        calls = ("account_codes.read", "test", {"where": "calls"})
        assert told() == [codes, calls]
        clock.shift(3601)
        olivia.get(f"{at}/codes")
        assert told() == [codes, calls, codes]


def test_every_export_is_told(firm: LawFirm, olivia: Program, at: str) -> None:
    for _ in range(2):
        olivia.get(f"{at}/codes/export")
        olivia.get(f"{at}/calls/export")
    assert (
        told()
        == [
            ("account_codes.exported", "test", {"where": "codes"}),
            ("account_codes.exported", "test", {"where": "calls"}),
        ]
        * 2
    )
