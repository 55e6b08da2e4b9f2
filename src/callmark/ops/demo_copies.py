"""The demo's calls by the thousand: conversations that the gate decided, again at other times."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection, models

from callmark.accounts.models import Account
from callmark.calls.calendars import AccountCalendar
from callmark.calls.counting import counting
from callmark.calls.ids import leg_id
from callmark.calls.models import Call, CallAttempt
from callmark.calls.upserts import insert_rows
from callmark.policy.values import value_class

_AT_ONCE = 2000
"""Conversations of one transaction: half a second, in which others may wait to write."""
SYSTEM = "demo"
_MOMENTS = ("started_at", "answered_at", "phone_answered_at", "ended_at")

Values = dict[str, Any]


@value_class
class _Conversation:
    """Legs and attempts, each as ready for the database, and with its values that will differ."""

    began: datetime
    ended: datetime
    legs: Sequence[tuple[Values, Values]]
    attempts: Mapping[UUID, Sequence[tuple[Values, Values]]]


def copy_conversations(
    account: Account, moments: Iterable[datetime], *, of: str, until: datetime, seed: int
) -> int:
    """Place conversations of the demo's system ``of`` again at these moments; how many legs.

    Only such as are over at ``until``. Each part is counted and rated in its own transaction.
    Nobody is told of them by webhook, and no star code waits for their legs.
    """
    patterns = list(_conversations(account, of))
    if not patterns:
        return 0
    dice = random.Random(seed)  # noqa: S311 - the demo must be the same every time
    chosen = ((at, dice.choice(patterns)) for at in moments)
    fitting = ((at, one) for at, one in chosen if at + (one.ended - one.began) <= until)
    made = number = 0
    while part := list(islice(fitting, _AT_ONCE)):
        with counting() as ledger:
            copies = _Copies(of, ledger.calendar(account.pk), number)
            for at, conversation in part:
                copies.add(at, conversation)
            insert_rows(Call, _names(Call), copies.calls)
            insert_rows(CallAttempt, _names(CallAttempt), copies.attempts)
            ledger.made_past_models(copies.ids)
        made, number = made + len(copies.ids), number + len(part)
    return made


class _Copies:
    """The rows of one part."""

    def __init__(self, system: str, calendar: AccountCalendar, number: int) -> None:
        self.ids: list[UUID] = []
        self.calls: list[Sequence[Any]] = []
        self.attempts: list[Sequence[Any]] = []
        self._system, self._calendar, self._number = f"{system}c", calendar, number

    def add(self, at: datetime, conversation: _Conversation) -> None:
        """One more conversation, which begins then."""
        self._number += 1
        by = at - conversation.began
        call_id = f"{self._system}-{at.timestamp():.0f}.{self._number}"
        for leg, ready in conversation.legs:
            pk = leg_id(leg["switch"], SYSTEM, call_id, leg["leg"])
            day, month = self._calendar.day_and_month(leg["started_at"] + by)
            copy = ready | {"id": pk, "switch_call_id": call_id, "day": day, "billing_month": month}
            copy |= {name: leg[name] + by for name in _MOMENTS if leg[name]}
            copy["linked_id"] = call_id if leg["linked_id"] else ""
            self.ids.append(pk)
            self.calls.append(tuple(copy.values()))
            for one, typed in conversation.attempts.get(leg["id"], ()):
                self.attempts.append(
                    tuple((typed | {"call_id": pk, "at": one["at"] + by}).values())
                )


def _conversations(account: Account, system: str) -> Iterator[_Conversation]:
    """Those of a system that are over, the first one first."""
    calls = Call.objects.of(account).filter(switch_call_id__startswith=f"{system}-")
    attempts: dict[UUID, list[tuple[Values, Values]]] = {}
    typed = CallAttempt.objects.of(account).filter(call__in=calls)
    for one in typed.values(*_names(CallAttempt)):
        attempts.setdefault(one["call_id"], []).append((one, _ready(CallAttempt, one)))
    together: dict[str, list[Values]] = {}
    for leg in calls.order_by("started_at", "pk").values(*_names(Call)):
        together.setdefault(leg["linked_id"] or leg["switch_call_id"], []).append(leg)
    for legs in together.values():
        ends = [leg["ended_at"] for leg in legs]
        if None not in ends:
            ready = [(leg, _ready(Call, leg)) for leg in legs]
            yield _Conversation(legs[0]["started_at"], max(ends), ready, attempts)


def _fields(model: type[models.Model]) -> "list[models.Field[Any, Any]]":
    """What is written: all but what the database makes itself."""
    fields = model._meta.concrete_fields
    return [one for one in fields if not one.generated and not isinstance(one, models.AutoField)]


def _names(model: type[models.Model]) -> list[str]:
    return [one.attname for one in _fields(model)]


def _ready(model: type[models.Model], values: Values) -> Values:
    """The same values as the database takes them."""
    fields = _fields(model)
    return {one.attname: one.get_db_prep_save(values[one.attname], connection) for one in fields}
