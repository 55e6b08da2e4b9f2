"""A spool drained in batches of any size, by a process that dies anywhere: as one by one.

Rows, totals, charges, what webhooks are told, and lockouts.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from callmark.audit.models import AuditEntry
from callmark.calls.models import Charge
from callmark.calls.records import CallCameIn, LegDecided, LegEnded, Record, to_line
from callmark.calls.reratings import set_currency
from callmark.calls.store import store
from callmark.gate import spool
from callmark.gate.drain import store_or_refuse
from callmark.gate.set_aside import count_set_aside
from callmark.gate.spool import SpoolDrain, count_waiting
from callmark.policy.rating import Rate
from callmark.tariffs.services import NewVersion, make_version
from callmark.webhooks.models import Event, WebhookMessage
from callmark.webhooks.services import add_endpoint
from tests.beginnings import begun_with
from tests.calls.conversations import Conversation, at
from tests.calls.test_records_in_any_order import on_record
from tests.calls.totals import stored as totals
from tests.cast import LawFirm, make_law_firm
from tests.examples import examples
from tests.factories import decided_call, tag_of
from tests.rows import every

pytestmark = pytest.mark.django_db


@begun_with
def firm() -> LawFirm:
    firm = make_law_firm()
    set_currency(firm.account, "USD", actor=None)
    rates = [Rate("abroad", prefix="+44", price=Decimal("0.02"), block_seconds=6)]
    make_version(firm.account, NewVersion("Rates", "USD", rates), actor=firm.olivia)
    events = [Event.CALL_TAGGED, Event.CALL_REFUSED, Event.LOCKED_OUT]
    add_endpoint(firm.account, url="https://example.com/calls", events=events, actor=None)
    return firm


class Crash(Exception):
    """The process is killed."""


@st.composite
def a_day(draw: st.DrawFn) -> list[tuple[str, int, tuple[str, ...], int]]:
    """Calls: what became of them, talk in seconds, which sides tell the end, and a star code."""
    outcome = st.sampled_from(["connected", "ended_after_max_retries", "not_gated", "came in"])
    ends = st.sampled_from([(), ("caller",), ("caller", "outside"), ("outside", "caller")])
    call = st.tuples(outcome, st.integers(0, 500), ends, st.integers(0, 1))
    return draw(st.lists(call, min_size=1, max_size=12))


def records_of(firm: LawFirm, day: Sequence[Any]) -> list[Record]:
    """As a gate writes them down, each call's ends a while after it; one is of nobody's account."""
    talk = Conversation(firm)
    lines: list[list[Record]] = []
    for number, (outcome, seconds, ends, star) in enumerate(day):
        begins = number * 60
        when = at(begins)
        if outcome == "came in":
            came: CallCameIn = talk.came_in("101", started=begins, answered=begins + 2)
            own: dict[str, Any] = {"id": str(UUID(int=number + 1)), "linked_id": f"in-{number}"}
            over = {**own, "ended_at": at(begins + 2 + seconds), "disposition": "ANSWERED"}
            lines.append([replace(came, **own), replace(came, **over)])
            continue
        tag = tag_of(firm) if outcome == "connected" else None
        guesses = 3 if outcome == "ended_after_max_retries" else 0
        decided = decided_call(firm, outcome, at=when, tag=tag, guesses=guesses)
        decided = replace(decided, id=str(UUID(int=number + 1)), call_id=f"c{number}")
        told: list[Record] = [decided]
        if star:
            pressed = talk.star_code(f"c{number}", begins + 9, "1234")
            told.append(replace(pressed, id=decided.id, linked_id=""))
        told += [
            LegEnded(
                id=decided.id,
                ended_at=when + timedelta(seconds=seconds + 5),
                answered_at=when + timedelta(seconds=5),
                seconds=seconds,
                disposition="ANSWERED",
                by="outside" if side == "outside" else "caller",
            )
            for side in ends
        ]
        lines.append(told)
    stranger = replace(decided_call(firm, "not_gated"), account_id=str(UUID(int=7)))
    lines.append([stranger])
    later = [[], *([one[1:] for one in lines])]
    return [
        record
        for one, before in zip([*lines, []], later, strict=True)
        for record in (*one[:1], *before)
    ]


def what_there_is(firm: LawFirm) -> Any:  # noqa: ANN401
    charges = every(Charge).order_by("pk").values_list("pk", "amount", "billed_seconds", "rate")
    told = every(WebhookMessage).values_list("event", "data")
    locked = every(AuditEntry).filter(action="user.locked_out").values_list("target_id", "after")
    return (
        on_record(),
        totals(firm.account),
        list(charges),
        sorted(f"{event} {data}" for event, data in told),
        sorted(map(str, locked)),
    )


class _Undo(Exception):
    pass


def one_by_one(firm: LawFirm, records: Sequence[Record]) -> Any:  # noqa: ANN401
    try:
        with transaction.atomic():
            for record in records:
                if getattr(record, "account_id", "") != str(UUID(int=7)):
                    store([record])
            found = what_there_is(firm)
            raise _Undo
    except _Undo:
        return found


def in_batches(
    firm: LawFirm, records: Sequence[Record], sizes: list[int], deaths: dict[int, str]
) -> Any:  # noqa: ANN401
    """``deaths``: in which transactions the process dies, before or after they are kept."""
    turns = iter(range(1000))

    def dies_sometimes(some: list[Record]) -> None:
        how = deaths.get(next(turns), "")
        with transaction.atomic():
            store_or_refuse(some)
            if how == "before":
                raise Crash
        if how == "after":
            raise Crash

    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patched:
        folder = Path(name)
        (folder / "000000000001.jsonl").write_bytes(b"".join(map(to_line, records)))
        try:
            with transaction.atomic():
                for size in [*sizes, 500]:
                    patched.setattr(spool, "BATCH", size)
                    try:
                        # A new process each time: it knows nothing of how far another came.
                        SpoolDrain(folder, dies_sometimes).drain()
                    except Crash:
                        continue
                assert count_waiting(folder) == 0
                assert count_set_aside(folder) >= 1
                found = what_there_is(firm)
                raise _Undo
        except _Undo:
            return found


@given(
    day=a_day(),
    sizes=st.lists(st.integers(1, 9), min_size=3, max_size=3),
    deaths=st.dictionaries(st.integers(0, 9), st.sampled_from(["before", "after"]), max_size=3),
)
@settings(max_examples=examples(6))
def test_any_batches_and_deaths_leave_what_one_by_one_leaves(
    firm: LawFirm, day: list[Any], sizes: list[int], deaths: dict[int, str]
) -> None:
    records = records_of(firm, day)
    assert in_batches(firm, records, sizes, deaths) == one_by_one(firm, records)


def test_two_lockouts_of_one_batch_are_both_told(firm: LawFirm) -> None:
    """A spool may hold hours."""
    calls: list[Record] = [
        decided_call(firm, "ended_after_max_retries", at=at(start + number), guesses=1)
        for start in (0, 3600)
        for number in range(10)
    ]
    store(calls)
    told = every(AuditEntry).filter(action="user.locked_out")
    ends = sorted(one.after["locked_until"] for one in told)
    assert ends == [f"{at(909):%Y-%m-%dT%H:%M:%S}Z", f"{at(3600 + 909):%Y-%m-%dT%H:%M:%S}Z"]


def test_what_many_records_name_is_looked_up_once(
    firm: LawFirm,
    django_assert_max_num_queries: Any,  # noqa: ANN401
) -> None:
    """So many queries for a batch of one, and of a hundred."""

    def calls(count: int) -> list[Record]:
        made: list[Record] = []
        for number in range(count):
            tag = tag_of(firm)
            decided: LegDecided = decided_call(firm, "connected", at=at(number), tag=tag)
            made += [
                decided,
                LegEnded(
                    id=decided.id,
                    ended_at=at(number + 30),
                    answered_at=at(number),
                    seconds=30,
                    disposition="ANSWERED",
                ),
            ]
        return made

    with django_assert_max_num_queries(45):
        store(calls(100))
