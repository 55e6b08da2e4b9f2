"""What a report or a file was asked to tell, as the pages say it: with names, not with ids."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from callmark.accounts.models import User
from callmark.calls.lengths import in_minutes
from callmark.calls.models import CallOutcome, CallTypeChoice, Direction, Payer
from callmark.codes.models import AccountCode
from callmark.portal.forms.calls import PERIODS, TAGS
from callmark.reports.definitions import TITLES

_CHOICES: dict[str, Mapping[Any, Any]] = {
    "what": {one.value: gettext_lazy(title) for one, title in TITLES.items()},
    "period": dict(PERIODS),
    "call_type": {**dict(CallTypeChoice.choices), "none": gettext_lazy("Without a call type")},
    "direction": dict(Direction.choices),
    "outcome": dict(CallOutcome.choices),
    "payer": dict(Payer.choices),
    "compare": {"no": gettext_lazy("Without a comparison")},
}
"""What says by itself what it is."""

_FLAGS: dict[tuple[str, bool], Any] = {
    ("untagged", True): dict(TAGS)["untagged"],
    ("untagged", False): dict(TAGS)["tagged"],
    ("to_assign", True): dict(TAGS)["to_assign"],
    ("not_billable", True): dict(TAGS)["not_billable"],
}

_LABELS = {
    "since": gettext_noop("Since"),
    "until": gettext_noop("Until"),
    "billing_month": gettext_noop("Billed in"),
    "number": gettext_noop("Number"),
    "other_parties": gettext_noop("Number"),
    "text": gettext_noop("Search"),
    "code_name": gettext_noop("Code"),
    "code_called": gettext_noop("Code"),
    "nobody_named": gettext_noop("User"),
    "user_called": gettext_noop("User"),
    "learned": gettext_noop("Learned later, closed months"),
    "at_least": gettext_noop("At least"),
    "at_least_seconds": gettext_noop("At least"),
    "at_most": gettext_noop("At most"),
    "at_most_seconds": gettext_noop("At most"),
    "users": gettext_noop("User"),
    "codes": gettext_noop("Code"),
    "others": gettext_noop("Not these codes"),
}
"""What everything else is called; what is not here arranges the answer and asks nothing."""

_USERS = ("user", "user_id", "user_ids")
_CODES = ("code_id", "code_ids")
_ALSO_NAMED = 10


def words_of(account_id: UUID | None, asked: Mapping[str, Any]) -> Iterator[str]:
    """Each thing that was asked, in words. ``asked``: as a report or a file of calls keeps it."""
    # In this order: PostgreSQL does not keep the one in which they were recorded.
    yield from (
        str(words.get(asked[name], "")) for name, words in _CHOICES.items() if name in asked
    )
    yield from (str(said) for (name, value), said in _FLAGS.items() if asked.get(name) is value)
    for name in _LABELS:
        if name in asked and name != "codes":
            yield _said(name, _shown(name, asked[name]))
    for name, rows, ids in _named(asked):
        if ids and account_id:
            yield _said(name, _names(rows, account_id, ids))


def _said(name: str, figure: str) -> str:
    return gettext("{name}: {figure}").format(name=gettext(_LABELS[name]), figure=figure)


def _shown(name: str, value: Any) -> str:  # noqa: ANN401
    if name.startswith("at_"):
        return in_minutes(int(value))
    month = value["month"] if name == "learned" else value
    if name in {"billing_month", "learned"} and (day := parse_date(str(month))):
        return date_format(day, "YEAR_MONTH_FORMAT")
    if name in {"since", "until"}:
        if day := parse_date(str(value)):
            return date_format(day)
        if moment := parse_datetime(str(value)):
            return date_format(localtime(moment), "DATETIME_FORMAT")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _named(asked: Mapping[str, Any]) -> Iterator[tuple[str, type, list[str]]]:
    """What is asked by ids: whose names tell it, and the ids."""
    of_report = [one for one in str(asked.get("codes", "")).split(",") if one]
    yield "users", User, [one for name in _USERS for one in _list(asked.get(name))]
    codes = [one for name in _CODES for one in _list(asked.get(name))]
    yield "codes", AccountCode, codes + [one for one in of_report if not one.startswith("!")]
    others = [one[1:] for one in of_report if one.startswith("!")]
    yield "others", AccountCode, _list(asked.get("other_than_code_ids")) + others


def _list(value: Any) -> list[str]:  # noqa: ANN401
    return list(map(str, value)) if isinstance(value, list) else [str(value)] if value else []


def _names(rows: Any, account_id: UUID, ids: Sequence[str]) -> str:  # noqa: ANN401
    """The names there are now; what was deleted has none any more."""
    some = ids[:_ALSO_NAMED]
    found = dict(rows.objects.of(account_id).filter(pk__in=some).values_list("pk", "name"))
    names = [found.get(UUID(one)) or gettext("deleted since") for one in some]
    return ", ".join([*names, *(["…"] if len(ids) > len(some) else [])])
