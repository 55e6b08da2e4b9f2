"""What a report tells an office manager, line by line."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from callmark.accounts.refused import Refused
from callmark.calls.corrections import set_not_billable
from callmark.calls.models import Call
from callmark.calls.months import close_month
from callmark.calls.records import LegEnded
from callmark.calls.store import store
from callmark.codes.models import AccountCode
from callmark.codes.services import add_code, delete_code, rename_code
from callmark.reports.definitions import Definition, Report, What, definition_from
from callmark.reports.making import make_report
from tests.cast import LawFirm
from tests.factories import decided_call, tag_of
from tests.rows import every

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 4, 10, 12, tzinfo=UTC)
MARCH = datetime(2026, 3, 10, 12, tzinfo=UTC)


def a_call(firm: LawFirm, *, seconds: int = 60, at: datetime = MARCH, **changes: Any) -> Call:  # noqa: ANN401
    """A call that was answered; with the firm's code unless told otherwise."""
    outcome = changes.pop("outcome", "connected")
    code = changes.pop("code", firm.code)
    tag = tag_of(firm, code.code, code) if outcome == "connected" else None
    record = replace(decided_call(firm, outcome, at=at, tag=tag), **changes)
    end = LegEnded(
        id=record.id,
        ended_at=at + timedelta(seconds=seconds),
        answered_at=at,
        seconds=seconds,
        disposition="ANSWERED",
        by="caller",
    )
    store([record, end])
    return every(Call).get(pk=record.id)


def told(firm: LawFirm, **asked: str) -> Report:
    return make_report(firm.account, definition_from(asked), person=firm.olivia, now=NOW)


def lines(report: Report) -> list[tuple[str, int, int]]:
    return [
        (line.label, line.figures.calls, line.figures.seconds)
        for line in (*report.lines, *report.rest)
    ]


def test_the_bill_is_of_last_month_and_has_calls_without_a_code_too(firm: LawFirm) -> None:
    a_call(firm, seconds=100)
    a_call(firm, seconds=200)
    a_call(firm, seconds=30, outcome="let_through_unasked")
    a_call(firm, seconds=5, outcome="not_gated")
    not_billable = a_call(firm, seconds=7)
    set_not_billable(firm.account, [not_billable.pk], not_billable=True, actor=firm.olivia)
    a_call(firm, seconds=999, at=NOW - timedelta(days=2))
    report = told(firm)
    assert report.title == "By code (the bill)"
    assert lines(report) == [
        ("Harper v. Castellan", 2, 300),
        ("To assign", 1, 30),
        ("No code needed", 1, 5),
        ("Not billable", 1, 7),
    ]
    assert (report.total.calls, report.total.seconds) == (5, 342)
    assert str(report.month) == "2026-03-01"


def test_a_code_that_was_renamed_or_deleted_is_one_line(firm: LawFirm) -> None:
    a_call(firm)
    rename_code(firm.code, name="Castellan", actor=firm.olivia)
    a_call(firm)
    assert lines(told(firm)) == [("Castellan", 2, 120)]
    add_code(firm.account, name="Another", code="4321", actor=firm.olivia)
    delete_code(firm.code, actor=firm.olivia)
    (line,) = told(firm).lines
    assert (line.id, line.figures.calls) == (None, 2)


def test_a_report_is_compared_with_the_month_before(firm: LawFirm) -> None:
    a_call(firm, seconds=50, at=MARCH - timedelta(days=28))
    a_call(firm, seconds=100)
    a_call(firm, seconds=9, outcome="let_through_unasked")
    report = told(firm)
    assert [line.before.seconds for line in report.lines if line.before] == [50]
    assert [line.before.calls for line in report.rest if line.before] == [0]
    assert report.total_before is not None
    assert report.total_before.seconds == 50
    assert told(firm, compare="no").total_before is None


@pytest.mark.parametrize("name", ["beech", "birch"])
def test_lines_are_in_the_order_of_any_column(firm: LawFirm, name: str) -> None:
    def calls(of: AccountCode, now: int, before: int = 0) -> None:
        for seconds, at in ((now, MARCH), (before, MARCH - timedelta(days=28))):
            if seconds:
                a_call(firm, code=of, seconds=seconds, at=at)

    first, *_, last = codes = [
        add_code(firm.account, name=one, code=f"200{number}", actor=firm.olivia)
        for number, one in enumerate(("beech", "Alder", "Cedar", "gone"))
    ]
    for code, talk in zip(codes, ((300, 100), (200, 400), (100, 0), (50, 200)), strict=True):
        calls(code, *talk)
    # With another name since, it is two totals of the month, and one line.
    calls(rename_code(first, name=name, actor=firm.olivia), 30)
    delete_code(last, actor=firm.olivia)
    for sort, order in {
        "label": ["Alder", name, "Cedar", "gone"],
        "-label": ["gone", "Cedar", name, "Alder"],
        "-seconds": [name, "Alder", "Cedar", "gone"],
        "calls": ["Alder", "Cedar", "gone", name],
        "-change": [name, "Alder", "gone", "Cedar"],
        "change": ["gone", "Alder", name, "Cedar"],
    }.items():
        found = [line.label for line in told(firm, sort=sort).lines]
        if sort == "calls":
            found = sorted(found[:3]) + found[3:]
        assert found == order, sort
        shown = make_report(
            firm.account, definition_from({"sort": sort}), person=firm.olivia, now=NOW, most=2
        )
        if sort != "calls":
            assert [line.label for line in shown.lines] == order[:2], sort
    by_type = told(firm, what="call_type", sort="-change")
    assert [line.label for line in by_type.lines] == ["International"]


def test_the_first_by_name_are_those_of_all_however_codes_were_called_then(firm: LawFirm) -> None:
    codes = [
        add_code(firm.account, name=name, code=f"200{number}", actor=firm.olivia)
        for number, name in enumerate(("beech", "Alder", "Cedar", "Elm", "fir", "GORSE", "hazel"))
    ]
    for code in codes:
        a_call(firm, code=code)
    definition = {"sort": "label"}, {"sort": "-label"}

    def are_the_same() -> None:
        for asked, most in product(definition, (1, 2, 3, 5, 7)):
            first, every_one = (
                make_report(
                    firm.account,
                    definition_from(asked),
                    person=firm.olivia,
                    now=NOW,
                    most=some,
                ).lines
                for some in (most, None)
            )
            assert [one.label for one in first] == [one.label for one in every_one][:most]

    are_the_same()
    # Each stands elsewhere than it was called; one is not in the list any more.
    rename_code(codes[0], name="Zelkova", actor=firm.olivia)
    rename_code(codes[-1], name="acacia", actor=firm.olivia)
    are_the_same()
    delete_code(codes[1], actor=firm.olivia)
    delete_code(codes[5], actor=firm.olivia)
    are_the_same()


def test_the_first_users_by_change_are_those_of_all(firm: LawFirm) -> None:
    ben, carla, nobody = str(firm.ben.pk), str(firm.carla.pk), None
    for who, now, before in ((ben, 300, 100), (carla, 200, 400), (nobody, 100, 50)):
        a_call(firm, user_id=who, seconds=now)
        a_call(firm, user_id=who, seconds=before, at=MARCH - timedelta(days=28))
    for sort in ("change", "-change"):
        asked = definition_from({"what": "user", "sort": sort})
        first, every_one = (
            make_report(firm.account, asked, person=firm.olivia, now=NOW, most=most).lines
            for most in (2, None)
        )
        assert list(first) == list(every_one)[:2]
        assert len({line.label for line in every_one}) == 3


def test_what_is_learned_of_a_closed_month_is_in_the_open_one_whatever_is_asked(
    firm: LawFirm,
) -> None:
    call = a_call(firm, seconds=100)
    close_month(firm.account, MARCH.date().replace(day=1), actor=firm.olivia)
    end = LegEnded(
        id=str(call.pk),
        ended_at=MARCH + timedelta(seconds=160),
        answered_at=MARCH,
        seconds=160,
        disposition="ANSWERED",
        by="outside",
    )
    store([end])
    april = {"period": "this_month"}
    assert lines(told(firm, **april)) == [("Harper v. Castellan", 0, 60)]
    for what in ("call_type", "number", "day"):
        assert lines(told(firm, what=what, **april)) == [("Learned later of closed months", 0, 60)]
        assert told(firm, what=what).total.seconds == 100


def test_codes_are_chosen_and_left_out(firm: LawFirm) -> None:
    other = add_code(firm.account, name="Whitlock", code="4321", actor=firm.olivia)
    a_call(firm, seconds=10)
    a_call(firm, seconds=20, outcome="let_through_unasked")
    assert lines(told(firm, codes=str(firm.code.pk))) == [("Harper v. Castellan", 1, 10)]
    assert lines(told(firm, codes=f"!{firm.code.pk}")) == [("To assign", 1, 20)]
    assert lines(told(firm, codes=f"{other.pk}, !{firm.code.pk}")) == []


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"what": "weather"}, "what"),
        ({"period": "some_time"}, "period"),
        ({"since": "2026-03-01"}, "until"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "until"),
        ({"codes": "1234"}, "codes"),
        ({"codes": "00000000-0000-0000-0000-000000000001"}, "codes"),
        ({"user": "00000000-0000-0000-0000-000000000001"}, "user"),
        ({"number": "1234"}, "number"),
        ({"at_least": "9", "at_most": "8"}, "at_most"),
        ({"at_least": "a minute"}, "at_least"),
        ({"at_least": "9" * 5000}, "at_least"),
        ({"call_type": "loud"}, "call_type"),
        ({"sort": "weight"}, "sort"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_field(
    firm: LawFirm, asked: dict[str, str], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        told(firm, **asked)
    assert refused.value.field == field


def test_a_definition_is_kept_as_it_was_asked(firm: LawFirm) -> None:
    asked = {
        "what": "number",
        "since": "2026-03-01",
        "until": "2026-03-09",
        "codes": f"{firm.code.pk},!{firm.ben.pk}",
        "user": str(firm.ben.pk),
        "number": "+4420",
        "at_least": "0",
        "at_most": "90",
        "call_type": "international",
        "direction": "outbound",
        "compare": "no",
        "sort": "-calls",
    }
    definition = definition_from(asked)
    assert definition.asked() == asked
    assert definition_from(definition.asked()) == definition
    assert definition_from({}) == Definition(what=What.CODE, preset="last_month")


def test_who_only_places_calls_gets_reports_of_their_own(firm: LawFirm) -> None:
    a_call(firm, seconds=10)
    a_call(firm, seconds=20, user_id=str(firm.uma.pk))
    for what in What:
        report = make_report(firm.account, Definition(what=what), person=firm.uma, now=NOW)
        assert report.total.seconds == (0 if what is What.UNTAGGED else 20), what
