"""A filter of calls as words that can be kept in the database: never with the digits of a code."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from callmark.accounts.models import Account
from callmark.accounts.refused import Refused
from callmark.calls.filters import CallFilter
from callmark.calls.learned import LearnedLater
from callmark.calls.saved_filters import code_length_of, may_be_a_code

_MOMENTS = frozenset({"since", "until"})
_IDS = frozenset({"user_id", "code_id"})
_SETS_OF_IDS = frozenset({"user_ids", "code_ids", "other_than_code_ids"})
_NEVER_KEPT = ("account_code", "code_lookup")
_TYPED = ("text", "number", "code_name", "code_called", "nobody_named", "user_called")


def kept(search: CallFilter, account: Account) -> dict[str, Any]:
    """The filter as JSON, which :func:`filter_of` reads. Raises :class:`Refused` for digits."""
    length = code_length_of(account)
    typed = [*(getattr(search, name) or "" for name in _TYPED), *search.other_parties]
    if any(getattr(search, name) for name in _NEVER_KEPT) or any(
        may_be_a_code(text, length) for text in typed
    ):
        raise Refused(
            gettext(
                "What is searched for could be an account code, which is not kept: choose the "
                "code by its name."
            ),
            "asked",
        )
    nothing = CallFilter()
    return {
        one.name: _as_json(getattr(search, one.name))
        for one in fields(search)
        if getattr(search, one.name) != getattr(nothing, one.name)
    }


def filter_of(words: Mapping[str, Any]) -> CallFilter:
    """The filter that :func:`kept` was given."""
    return CallFilter(**{name: _read(name, value) for name, value in words.items()})


def _as_json(value: object) -> object:
    match value:
        case frozenset():
            return sorted(map(str, value))
        case datetime() | date():
            return value.isoformat()
        case UUID():
            return str(value)
        case LearnedLater():
            return value.words
    return value


def _read(name: str, value: Any) -> Any:  # noqa: ANN401
    if name in _MOMENTS:
        return datetime.fromisoformat(value)
    if name == "billing_month":
        return date.fromisoformat(value)
    if name == "learned":
        return LearnedLater.read(value)
    if name in _IDS:
        return UUID(value)
    if name in _SETS_OF_IDS:
        return frozenset(map(UUID, value))
    return frozenset(value) if isinstance(value, list) else value
