"""Rows that are written past Django's own way of it are the rows that it would have written."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import DataError, IntegrityError, connection, models, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from callmark.calls.models import Call, CallAttempt
from callmark.calls.upserts import add_each
from callmark.webhooks.models import WebhookMessage
from tests.cast import LawFirm
from tests.examples import examples
from tests.rows import every

pytestmark = pytest.mark.django_db

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


def a_call(firm: LawFirm, **values: object) -> Call:
    needed = {"account": firm.account, "dialed": "911", "outcome": "not_gated"}
    return Call(**{"started_at": datetime(2026, 3, 1, tzinfo=UTC), **needed, **values})


def as_stored(row: models.Model) -> dict[str, object]:
    """What is in the database, but for the key."""
    fields = [one.attname for one in row._meta.concrete_fields if not one.primary_key]
    stored: dict[str, object] = every(type(row)).values(*fields).get(pk=row.pk)
    return stored


@settings(max_examples=examples(20))
@given(data=st.data())
def test_a_row_is_stored_as_django_stores_it(firm: LawFirm, data: st.DataObject) -> None:
    def rows() -> list[models.Model]:
        call = {"caller": caller, "why": why, "started_at": at, "answered_at": answered}
        call |= {"user": firm.ben if with_user else None, "seconds": seconds, "simulated": test}
        message = {"event": caller, "at": at, "data": {"all": why}}
        return [a_call(firm, **call), WebhookMessage(account=firm.account, **message)]

    caller, why, at = data.draw(TEXT), data.draw(st.lists(JSON, max_size=3)), data.draw(MOMENTS)
    answered, seconds = (
        data.draw(st.none() | MOMENTS),
        data.draw(st.none() | st.integers(0, 2**31 - 1)),
    )
    with_user, test = data.draw(st.booleans()), data.draw(st.booleans())
    # Beside others: what they have alike is sent once.
    others = data.draw(st.lists(st.tuples(TEXT, st.none() | MOMENTS), max_size=2))
    for ours, djangos in zip(rows(), rows(), strict=True):
        if isinstance(ours, Call):
            beside = [a_call(firm, caller=text, answered_at=one) for text, one in others]
            add_each([*beside, ours])
        else:
            add_each([ours])
        every(type(djangos)).bulk_create([djangos])
        assert as_stored(ours) == as_stored(djangos)


def test_many_go_at_once_each_with_its_own_values(firm: LawFirm) -> None:
    calls = [a_call(firm, caller=str(number), seconds=number or None) for number in range(300)]
    add_each(calls)
    add_each(
        [
            CallAttempt(
                call=call, position=1, result="accepted", entered_by="keypad", at=call.started_at
            )
            for call in calls
        ]
    )
    stored = {call.pk: call for call in every(Call)}
    assert {pk: (call.caller, call.seconds) for pk, call in stored.items()} == {
        call.pk: (call.caller, call.seconds) for call in calls
    }
    assert every(CallAttempt).count() == len(calls)
    assert not any(call._state.adding for call in calls)


def test_one_that_the_database_refuses_refuses_all(firm: LawFirm) -> None:
    twice = [a_call(firm, pk=UUID(int=1)) for _ in range(2)]
    with pytest.raises(IntegrityError), transaction.atomic():
        add_each([a_call(firm), *twice])
    assert not every(Call).exists()


def test_what_is_too_long_is_refused_and_not_cut(firm: LawFirm) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite knows no lengths")
    with pytest.raises(DataError), transaction.atomic():
        add_each([a_call(firm, caller="9" * 81)])
