"""The code that a call is likely to be of, by what the account's calls had before."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, Subquery, UUIDField
from django.db.models.lookups import Exact
from django.utils import timezone
from phonenumbers import country_code_for_region

from callmark.accounts.models import Account
from callmark.calls.models import OTHER_PARTY, Call, Correction, CorrectionBatch
from callmark.calls.models.other_party import LastDigits, in_full
from callmark.codes.models import AccountCode, KnownNumber
from callmark.policy.numbering.written import e164_written

_LOOKED_BACK = timedelta(days=400)
_USERS_LOOKED_BACK = timedelta(days=30)


class Why(StrEnum):
    """Why a code is suggested. Programs read the values: they never change."""

    KNOWN_NUMBER = "known_number"
    SAME_NUMBER_SAME_USER = "same_number_same_user"
    SAME_NUMBER = "same_number"
    SAME_USER = "same_user"


WHY_IN_WORDS = {
    Why.KNOWN_NUMBER: "The number is known for this code",
    Why.SAME_NUMBER_SAME_USER: "The user's last call with this number had it",
    Why.SAME_NUMBER: "The last call with this number had it",
    Why.SAME_USER: "The user's last call had it",
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The code that a call is likely to be of."""

    code: AccountCode
    why: Why

    @property
    def in_words(self) -> str:
        """Why, in a sentence."""
        return WHY_IN_WORDS[self.why]


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
    number = _same_number(account)
    user = Q(user_id=OuterRef("user_id"))
    rows = Call.objects.of(account).filter(pk__in=[call.pk for call in calls]).order_by()
    rows = rows.annotate(other=OTHER_PARTY).annotate(
        of_both=_last_code(account, without, _LOOKED_BACK, number & user),
        of_number=_last_code(account, without, _LOOKED_BACK, number),
        of_user=_last_code(account, without, _USERS_LOOKED_BACK, user),
    )
    told = list(rows.values_list("pk", "other", "of_both", "of_number", "of_user"))
    known = _known(account, {one[1] for one in told if _WHOLE.fullmatch(one[1])})
    guesses = {
        pk: (known.get(other), of_both, of_number, of_user)
        if _WHOLE.fullmatch(other)
        else (None, None, None, of_user)
        for pk, other, of_both, of_number, of_user in told
    }
    wanted = {code for those in guesses.values() for code in those if code}
    codes = AccountCode.objects.of(account).in_bulk(list(wanted))
    found = {}
    for pk, those in guesses.items():
        for code_id, why in zip(those, Why, strict=True):
            if code_id in codes:
                found[pk] = Suggestion(codes[code_id], why)
                break
    return found


def _same_number(account: Account) -> Q:
    """With the number of the outer call, also where a trunk or a phone wrote it in another way."""
    code = str(country_code_for_region(account.country))
    other = OuterRef("other")
    # The end of it is what an index finds.
    ends_alike = Exact(LastDigits(OTHER_PARTY), LastDigits(other))
    return Q(ends_alike) & Q(Exact(in_full(OTHER_PARTY, code), in_full(other, code)))


def _known(account: Account, numbers: Iterable[str]) -> dict[str, UUID]:
    """The one code that each of these numbers is known for, by the number as it is written here."""
    written = {
        one: one if one.startswith("+") else e164_written(one, account.country) for one in numbers
    }
    rows = KnownNumber.objects.of(account).filter(e164__in=set(written.values()), code__active=True)
    codes: dict[str, list[UUID]] = {}
    for number, code_id in rows.values_list("e164", "code_id"):
        codes.setdefault(number, []).append(code_id)
    # Of a number that several codes know it says nothing.
    return {
        one: codes[number][0] for one, number in written.items() if len(codes.get(number, ())) == 1
    }


def _last_code(
    account: Account, without: CorrectionBatch | None, looked_back: timedelta, same: Q
) -> Subquery:
    """The code of the last call that has an active one: a look into an index for each call."""
    since = timezone.now() - looked_back
    found = Call.objects.of(account).filter(
        same,
        code__isnull=False,
        code__active=True,
        simulated=False,
        started_at__gt=since,
    )
    if without is not None:
        by_it = Correction.objects.of(account).filter(batch=without, call=OuterRef("pk"))
        found = found.exclude(Exists(by_it))
    last = found.order_by("-started_at", "-pk").values("code_id")[:1]
    return Subquery(last, output_field=UUIDField())
