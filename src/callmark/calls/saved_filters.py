"""Views of the call history that people keep under a name: their own, or shared on the account."""

from urllib.parse import parse_qsl, urlencode

from django.db.models import QuerySet
from django.utils.translation import gettext

from callmark.accounts.changes import change
from callmark.accounts.kept import (
    name_to_keep,
    refuse_one_too_many,
    refuse_to_delete,
    refuse_to_share,
    seen_by,
)
from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused, refuse_if_invalid
from callmark.audit.actions import Action
from callmark.calls.models import SavedFilter
from callmark.codes.models import AccountCodeSettings

_PLACES = {"older", "newer", "cursor", "limit", "page", "account_code"}
"""Of a query: what says where in a list somebody is, or holds digits."""
_ENCRYPTED = {"find", "line"}
"""May hold digits: a change of keys would not reach them here."""
_NEVER_A_CODE = {"at_least", "at_most", "at_least_seconds", "at_most_seconds"}
"""Numbers that are lengths of talk."""
_MOST_FIELDS = 60


def filters_of(account: Account, person: User) -> QuerySet[SavedFilter]:
    """The saved filters that this person sees: their own, and those shared on the account."""
    return seen_by(SavedFilter.objects.of(account), person)


def save_filter(
    account: Account, *, name: str, query: str, shared: bool = False, actor: User
) -> SavedFilter:
    """Keep a filter under a name; one of the same person and name is replaced.

    ``query`` is that of the page's address. Raises :class:`Refused` for an empty name, for sharing
    without the right to, and for a query that could hold an account code.
    """
    name = name_to_keep(name)
    refuse_to_share(account, "filters", shared=shared, actor=actor)
    mine = SavedFilter.objects.of(account).filter(owner=actor)
    stored = mine.filter(name=name).first() or SavedFilter(account=account, owner=actor, name=name)
    with change(account, Action.FILTER_SAVED, stored, actor=actor):
        if stored._state.adding:
            refuse_one_too_many(mine, "filters")
        stored.query, stored.shared = _clean(account, query), shared
        refuse_if_invalid(stored.full_clean, "query")
    return stored


def delete_filter(saved: SavedFilter, *, actor: User) -> None:
    """Delete one's own filter; a shared one also as an administrator."""
    refuse_to_delete(saved, "filter", actor=actor)
    with change(saved.account, Action.FILTER_DELETED, saved, actor=actor):
        saved.delete()


def _clean(account: Account, query: str) -> str:
    try:
        asked = parse_qsl(query.removeprefix("?"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Refused(gettext("This asks for too much to be kept."), "query") from None
    pairs = [(name, value) for name, value in asked if name not in _PLACES and value]
    length = code_length_of(account)
    if any(
        name in _ENCRYPTED or (name not in _NEVER_A_CODE and may_be_a_code(value, length))
        for name, value in pairs
    ):
        raise Refused(
            gettext(
                "What is searched for could be an account code, which is not kept: search by the "
                "code's name."
            ),
            "query",
        )
    return urlencode(pairs)


def code_length_of(account: Account) -> int | None:
    """How many digits the account's codes have; None: it has none yet."""
    settings = AccountCodeSettings.objects.of(account).first()
    return settings.code_length if settings else None


def may_be_a_code(text: str, length: int | None) -> bool:
    """Whether this is nothing but as many digits as a code has, however they are set apart."""
    digits = [one for one in text if one.isdigit()]
    return len(digits) == length and not any(one.isalpha() for one in text)
