"""The code that a call is likely to be of, by what the account's calls had before."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from callmark.accounts.models import Account
from callmark.calls.models import OTHER_PARTY, Call, Correction, CorrectionBatch
from callmark.calls.models.other_party import spellings
from callmark.codes.models import AccountCode, KnownNumber
from callmark.policy.numbering.written import e164_written
from callmark.policy.values import value_class

_LOOKED_BACK = timedelta(days=400)
_USERS_LOOKED_BACK = timedelta(days=30)


class Why(StrEnum):
    """Why a code is suggested. Programs read the values: they never change."""

    KNOWN_NUMBER = "known_number"
    SAME_NUMBER_SAME_USER = "same_number_same_user"
    SAME_NUMBER = "same_number"
    SAME_USER = "same_user"


WHY_IN_WORDS = {
    Why.KNOWN_NUMBER: gettext_noop("The number is known for this code"),
    Why.SAME_NUMBER_SAME_USER: gettext_noop("The user's last call with this number had it"),
    Why.SAME_NUMBER: gettext_noop("The last call with this number had it"),
    Why.SAME_USER: gettext_noop("The user's last call had it"),
}


@value_class
class Suggestion:
    """The code that a call is likely to be of."""

    code: AccountCode
    why: Why

    @property
    def in_words(self) -> str:
        """Why, in a sentence."""
        return gettext(WHY_IN_WORDS[self.why])


_WHOLE = re.compile(r"\+?[0-9]{7,15}")
"""A number that is somebody's alone: no extension, no word for a withheld one."""


def suggestions(
    account: Account, calls: Sequence[Call], *, without: CorrectionBatch | None = None
) -> dict[UUID, Suggestion]:
    """The likely code of each call, by the call's id; three queries for a page of them.

    A number that is known for one code suggests it; then the code of the last call with the same
    number, either way, the same user's first; then that of the user's last call. Only
    active codes. What the batch ``without`` assigns says nothing: a job goes part by part, and what
    it has just assigned would suggest what comes next.
    """
    rows = Call.objects.of(account).filter(pk__in=[call.pk for call in calls]).order_by()
    numbers = spellings(OuterRef("other"), account.country)
    last = partial(_last, _calls_before(account, without))
    user = Q(user_id=OuterRef("user_id"))
    with_number = [Q(Exact(OTHER_PARTY, one)) for one in numbers]
    told = rows.annotate(other=OTHER_PARTY).values_list(
        "pk",
        "other",
        last(_USERS_LOOKED_BACK, user),
        *(last(_LOOKED_BACK, number & user) for number in with_number),
        *(last(_LOOKED_BACK, number) for number in with_number),
    )
    guesses = {pk: _Guess(other, found) for pk, other, *found in told}
    known = _known(account, {one.other for one in guesses.values() if one.is_number})
    wanted = {call for guess in guesses.values() for call in guess.calls}
    rows = Call.objects.of(account).select_related("code").only("started_at", "code")
    before = rows.in_bulk(list(wanted))
    found = {pk: _likely(guess, known, before) for pk, guess in guesses.items()}
    return {pk: one for pk, one in found.items() if one is not None}


@value_class
class _Guess:
    """Of a call: whom it was with, and the ids of calls before it with a code.

    The user's last one; then, for each spelling of the number, the user's last and anybody's.
    """

    other: str
    calls: list[UUID | None]

    @property
    def is_number(self) -> bool:
        return bool(_WHOLE.fullmatch(self.other))

    def by_why(self) -> Iterator[tuple[Why, list[UUID | None]]]:
        half = 1 + len(self.calls) // 2
        if self.is_number:
            yield Why.SAME_NUMBER_SAME_USER, self.calls[1:half]
            yield Why.SAME_NUMBER, self.calls[half:]
        yield Why.SAME_USER, self.calls[:1]


def _likely(
    guess: _Guess, known: Mapping[str, AccountCode], before: Mapping[UUID, Call]
) -> Suggestion | None:
    if guess.is_number and guess.other in known:
        return Suggestion(known[guess.other], Why.KNOWN_NUMBER)
    for why, ids in guess.by_why():
        calls = [before[pk] for pk in ids if pk is not None and pk in before]
        if calls:
            last = max(calls, key=lambda call: (call.started_at, call.pk))
            assert last.code is not None
            return Suggestion(last.code, why)
    return None


def _known(account: Account, numbers: Iterable[str]) -> dict[str, AccountCode]:
    """The one code that each of these numbers is known for, by the number as it is written here."""
    written = {
        one: one if one.startswith("+") else e164_written(one, account.country) for one in numbers
    }
    rows = KnownNumber.objects.of(account).filter(e164__in=set(written.values()), code__active=True)
    codes: dict[str, list[AccountCode]] = {}
    for row in rows.select_related("code"):
        codes.setdefault(row.e164, []).append(row.code)
    # Of a number that several codes know it says nothing.
    return {
        one: codes[number][0] for one, number in written.items() if len(codes.get(number, ())) == 1
    }


def _calls_before(account: Account, without: CorrectionBatch | None) -> QuerySet[Call, Any]:
    """Those with an active code, but for what a batch assigns; the last one first."""
    found = Call.objects.of(account).filter(code__isnull=False, code__active=True, simulated=False)
    if without is not None:
        by_it = Correction.objects.of(account).filter(batch=without, call=OuterRef("pk"))
        found = found.exclude(Exists(by_it))
    return found.order_by("-started_at", "-pk").values("pk")


def _last(calls: QuerySet[Call, Any], looked_back: timedelta, same: Q) -> Subquery:
    """The last of these calls: a look into an index for each call that a code is wanted for."""
    return Subquery(calls.filter(same & Q(started_at__gt=timezone.now() - looked_back))[:1])
