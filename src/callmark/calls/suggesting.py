"""The code that a call is likely to be of, by what the account's calls had before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import Case, CharField, Exists, OuterRef, Q, Subquery, UUIDField, Value, When
from django.utils import timezone

from callmark.accounts.models import Account
from callmark.calls.models import Call, Correction, CorrectionBatch, Direction
from callmark.codes.models import AccountCode, KnownNumber

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


_OTHER_NUMBER = Case(
    When(direction=Direction.INBOUND, caller__startswith="+", then="caller"),
    When(direction=Direction.INBOUND, then=Value("")),
    default="e164",
    output_field=CharField(),
)
"""The number of the other party, in E.164; '' where it is not known as such."""


def suggestions(
    account: Account, calls: Sequence[Call], *, without: CorrectionBatch | None = None
) -> dict[UUID, Suggestion]:
    """The likely code of each call, by the call's id; three queries for a page of them.

    A number that is known for one code suggests it; then the code of the last call with the same
    number, the same user's first; then that of the user's last call. Only active codes. What the
    batch ``without`` assigns says nothing: a job goes part by part, and what it has just assigned
    would suggest what comes next.
    """
    number = {"e164": OuterRef("number_of_other")}
    user = {"user_id": OuterRef("user_id")}
    rows = Call.objects.of(account).filter(pk__in=[call.pk for call in calls]).order_by()
    rows = rows.annotate(number_of_other=_OTHER_NUMBER).annotate(
        of_both=_last_code(account, without, _LOOKED_BACK, ~Q(e164=""), **number, **user),
        of_number=_last_code(account, without, _LOOKED_BACK, ~Q(e164=""), **number),
        of_user=_last_code(account, without, _USERS_LOOKED_BACK, Q(), **user),
    )
    names = ("pk", "number_of_other", "of_both", "of_number", "of_user")
    told = list(rows.values_list(*names))
    known = _known(account, {one[1] for one in told})
    guesses = {
        pk: (known.get(other), of_both, of_number, of_user)
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


def _known(account: Account, numbers: Iterable[str]) -> dict[str, UUID]:
    rows = KnownNumber.objects.of(account).filter(e164__in=numbers, code__active=True)
    codes: dict[str, list[UUID]] = {}
    for number, code_id in rows.values_list("e164", "code_id"):
        codes.setdefault(number, []).append(code_id)
    # Of a number that several codes know it says nothing.
    return {number: those[0] for number, those in codes.items() if len(those) == 1}


def _last_code(
    account: Account,
    without: CorrectionBatch | None,
    looked_back: timedelta,
    condition: Q,
    **same: OuterRef,
) -> Subquery:
    """The code of the last call that has an active one: a look into an index for each call."""
    since = timezone.now() - looked_back
    found = Call.objects.of(account).filter(
        condition,
        code__isnull=False,
        code__active=True,
        simulated=False,
        started_at__gt=since,
        **same,
    )
    if without is not None:
        by_it = Correction.objects.of(account).filter(batch=without, call=OuterRef("pk"))
        found = found.exclude(Exists(by_it))
    last = found.order_by("-started_at", "-pk").values("code_id")[:1]
    return Subquery(last, output_field=UUIDField())
