"""Call history over the API: filters, one call, and who sees the codes."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from callmark.accounts.models import User
from callmark.calls.models import Call
from callmark.switches.simulator import simulate
from tests.api.programs import Program, body_of, problem
from tests.cast import LawFirm
from tests.leaks import shows
from tests.rows import every

LONDON = "011442079460000"


@pytest.fixture
def calls(firm: LawFirm) -> dict[str, Call]:
    """Four calls of two people, an hour apart from each other."""
    simulate(firm.ben, LONDON, ["9999", "1234"])
    simulate(firm.ben, "2125550100", [])
    simulate(firm.ben, "102", [])
    simulate(firm.carla, LONDON, ["9999", "9998", "9997"])
    names = ("tagged", "domestic", "internal", "ended")
    found = dict(zip(names, every(Call).order_by("started_at"), strict=True))
    for hour, call in enumerate(found.values()):
        moment = datetime(2026, 11, 23, 9 + hour, tzinfo=UTC)
        every(Call).filter(pk=call.pk).update(started_at=moment, simulated=hour == 1)
    return found


def as_person(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"tagged", "domestic", "internal", "ended"}),
        ("since=2026-11-23T10:00:00Z", {"domestic", "internal", "ended"}),
        ("until=2026-11-23T10:00:00Z", {"tagged"}),
        ("since=2026-11-23T11:00:00%2B01:00&until=2026-11-23T11:00:00Z", {"domestic"}),
        ("user_id=BEN", {"tagged", "domestic", "internal"}),
        ("code_id=CODE", {"tagged"}),
        ("code_name=harper", {"tagged"}),
        ("untagged=true", {"domestic", "internal", "ended"}),
        ("untagged=false", {"tagged"}),
        ("call_type=international", {"tagged", "ended"}),
        ("direction=internal", {"internal"}),
        ("outcome=ended_after_max_retries", {"ended"}),
        ("number=20794", {"tagged", "ended"}),
        ("number=%2B442079460000", {"tagged", "ended"}),
        ("simulated=true", {"domestic"}),
        ("payer=unknown", set()),
        ("call_type=international&untagged=true", {"ended"}),
    ],
)
def test_each_filter_finds_what_it_says(
    query: str,
    expected: set[str],
    firm: LawFirm,
    calls: dict[str, Call],
    olivia: Program,
    at: str,
) -> None:
    query = query.replace("BEN", str(firm.ben.pk)).replace("CODE", str(firm.code.pk))
    found = {one["id"] for one in body_of(olivia.get(f"{at}/calls?{query}"))["items"]}
    assert found == {str(calls[name].pk) for name in expected}


def test_by_the_codes_digits_in_a_body(
    firm: LawFirm, calls: dict[str, Call], olivia: Program, at: str
) -> None:
    search = {"account_code": "1234", "call_type": "international"}
    found = body_of(olivia.post(f"{at}/calls/search", search))["items"]
    assert [one["id"] for one in found] == [str(calls["tagged"].pk)]
    assert body_of(olivia.post(f"{at}/calls/search", {"account_code": "9999"}))["items"] == []


def test_one_call_tells_everything_but_wrong_digits(
    calls: dict[str, Call], olivia: Program, at: str
) -> None:
    answer = olivia.get(f"{at}/calls/{calls['tagged'].pk}")
    call = body_of(answer)
    assert (call["account_code"], call["account_code_name"]) == ("1234", "Harper v. Castellan")
    assert [one["result"] for one in call["attempts"]] == ["unknown_code", "accepted"]
    assert call["why"][0].startswith("international")
    assert (call["e164"], call["entered_by"]) == ("+442079460000", "prompt")
    assert call["started_at"] == "2026-11-23T09:00:00Z"
    assert not shows("9999", answer.content)


def test_a_reporter_reads_every_call_with_masked_codes(
    firm: LawFirm, calls: dict[str, Call], at: str
) -> None:
    client = as_person(firm.rick)
    answer = client.get(f"/api/v1{at}/calls")
    assert len(body_of(answer)["items"]) == 4
    assert not shows("1234", answer.content)
    tagged = body_of(client.get(f"/api/v1{at}/calls/{calls['tagged'].pk}"))
    assert (tagged["account_code"], tagged["account_code_name"]) == ("••••", "Harper v. Castellan")
    by_digits = client.post(
        f"/api/v1{at}/calls/search", {"account_code": "1234"}, content_type="application/json"
    )
    assert problem(by_digits) == (403, "forbidden")
    by_name = client.post(
        f"/api/v1{at}/calls/search", {"code_name": "Harper"}, content_type="application/json"
    )
    assert len(body_of(by_name)["items"]) == 1


def test_a_user_reads_only_his_own_calls(firm: LawFirm, calls: dict[str, Call], at: str) -> None:
    client = as_person(firm.ben)
    found = {one["id"] for one in body_of(client.get(f"/api/v1{at}/calls"))["items"]}
    assert found == {str(calls[name].pk) for name in ("tagged", "domestic", "internal")}
    answer = client.get(f"/api/v1{at}/calls/{calls['ended'].pk}")
    assert problem(answer) == (404, "not_found")


def test_the_calls_as_a_file(
    firm: LawFirm, calls: dict[str, Call], olivia: Program, at: str
) -> None:
    answer = olivia.get(f"{at}/calls/export?call_type=international")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))
    assert [row["id"] for row in rows] == [str(calls["ended"].pk), str(calls["tagged"].pk)]
    assert rows[1]["started (UTC)"] == "2026-11-23 09:00:00"
    assert [row["account code"] for row in rows] == ["", "1234"]
    assert problem(olivia.get(f"{at}/calls/export?call_type=x")) == (422, "invalid_request")
    ben = as_person(firm.ben).get(f"/api/v1{at}/calls/export")
    assert str(calls["ended"].pk) not in ben.getvalue().decode()
    assert not shows("1234", ben.getvalue().decode())


def test_an_inbound_call_has_no_type(
    firm: LawFirm, calls: dict[str, Call], olivia: Program, at: str
) -> None:
    call = calls["internal"]
    every(Call).filter(pk=call.pk).update(direction="inbound", call_type="", caller="2125550100")
    (shown,) = body_of(olivia.get(f"{at}/calls?direction=inbound"))["items"]
    assert (shown["id"], shown["call_type"]) == (str(call.pk), None)
    assert body_of(olivia.get(f"{at}/calls/{call.pk}"))["caller"] == "2125550100"


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday",
        "since=2026-11-23T10:00:00",
        "since=0001-01-01T00:00:00Z",
        "billing_month=0",
        "billing_month=-86400",
        "call_type=x",
    ],
)
def test_a_wrong_filter_is_told_not_ignored(query: str, olivia: Program, at: str) -> None:
    answer = olivia.get(f"{at}/calls?{query}")
    assert problem(answer) == (422, "invalid_request")
    assert body_of(answer)["field"] == query.split("=", maxsplit=1)[0]


def test_lockouts_are_seen_and_lifted(
    firm: LawFirm, olivia: Program, at: str, calls: dict[str, Call]
) -> None:
    from callmark.calls.models import CallAttempt

    now = datetime.now(UTC)
    every(CallAttempt).bulk_create(
        CallAttempt(
            call=calls["tagged"],
            position=position,
            result="unknown_code",
            entered_by="prompt",
            counts_as_guess=True,
            at=now - timedelta(seconds=60 - position),
        )
        for position in range(10, 20)
    )
    (lockout,) = body_of(olivia.get(f"{at}/lockouts"))["items"]
    assert (lockout["user_id"], lockout["user_name"]) == (str(firm.ben.pk), "Ben")
    assert olivia.delete(f"{at}/lockouts/{firm.ben.pk}").status_code == 204
    assert body_of(olivia.get(f"{at}/lockouts"))["items"] == []


def test_a_leg_tells_its_payer_its_number_and_the_other_legs(
    firm: LawFirm, calls: dict[str, Call], olivia: Program, at: str
) -> None:
    talk = {"switch": "main", "linked_id": "main-17.1"}
    every(Call).filter(pk=calls["internal"].pk).update(**talk)
    unknown = {"leg": 2, "user": None, "user_name": "", "payer": "unknown"}
    every(Call).filter(pk=calls["ended"].pk).update(
        **talk, **unknown, outcome="refused_unasked", dialed="011-44-2079460000"
    )
    leg = body_of(olivia.get(f"{at}/calls/{calls['ended'].pk}"))
    assert (leg["payer"], leg["user_id"], leg["leg"]) == ("unknown", None, 2)
    assert (leg["dialed"], leg["number"]) == ("011-44-2079460000", LONDON)
    assert leg["outcome"] == "refused_unasked"
    assert leg["other_legs"] == [str(calls["internal"].pk)]
    found = body_of(olivia.get(f"{at}/calls?payer=unknown"))["items"]
    assert [one["id"] for one in found] == [leg["id"]]
