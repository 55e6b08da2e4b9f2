"""Which version of which tariff an account's calls of a day are rated by."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from uuid import UUID

from django.db.models import Q, QuerySet

from callmark.accounts.models import Account
from callmark.policy import rating
from callmark.policy.values import value_class
from callmark.tariffs.models import Tariff


@value_class
class InForce:
    """A version, and from which day it is for."""

    id: UUID
    own: bool
    valid_from: date
    number: int


@value_class
class Book:
    """Every version that an account's calls may be rated by, the one that goes first first.

    The account's own goes before the operator's on days for which it has one; the one that begins
    later before an earlier one; of two that begin on one day the newer.
    """

    versions: tuple[InForce, ...]

    def on(self, day: date) -> UUID | None:
        """The version for calls of this day of the account, if any."""
        return next((one.id for one in self.versions if one.valid_from <= day), None)


@value_class
class Stretch:
    """Which days a version is for, beside the others of the same owner and currency."""

    tariff: Tariff
    until: date | None = None
    """The last of them; None: no later version takes over."""
    replaced_by: int | None = None
    """The number of the version that goes first on all of its days; None: none does."""

    def is_for(self, day: date) -> bool:
        """Whether calls of this day are charged by it, if their account has no rates before it."""
        begun = self.tariff.valid_from is None or self.tariff.valid_from <= day
        return begun and not self.replaced_by and (self.until is None or day <= self.until)


def stretches(versions: Iterable[Tariff]) -> list[Stretch]:
    """All versions of one owner, each with its days, in the order given."""
    every = list(versions)
    newest: dict[str, dict[date, int]] = {}
    for one in every:
        begins = one.valid_from or date.min
        same = newest.setdefault(one.currency, {})
        same[begins] = max(one.number, same.get(begins, 0))
    return [_stretch(one, newest[one.currency]) for one in every]


def _stretch(tariff: Tariff, newest: dict[date, int]) -> Stretch:
    begins = tariff.valid_from or date.min
    if newest[begins] != tariff.number:
        return Stretch(tariff, replaced_by=newest[begins])
    later = min((day for day in newest if day > begins), default=None)
    return Stretch(tariff, until=later - timedelta(days=1) if later else None)


def stretch_of(tariff: Tariff) -> Stretch:
    """Which days a version is for."""
    same = Tariff.objects.of_account_or_none(tariff.account).filter(currency=tariff.currency)
    found = stretches(same.only("number", "valid_from", "currency", "account"))
    return next(one for one in found if one.tariff.pk == tariff.pk)


def book_of(account_id: UUID, currency: str) -> Book:
    """The versions for an account that is billed in this currency; '' : none."""
    if not currency:
        return Book(())
    found = [
        InForce(pk, own is not None, valid_from or date.min, number)
        for pk, own, valid_from, number in _for(account_id, currency)
        .order_by()
        .values_list("pk", "account_id", "valid_from", "number")
    ]
    found.sort(key=lambda one: (one.own, one.valid_from, one.number), reverse=True)
    return Book(tuple(found))


def _for(account_id: UUID, currency: str) -> QuerySet[Tariff]:
    every = Tariff.objects.of_every_account("the account's own, and the operator's")
    return every.filter(Q(account_id=account_id) | Q(account=None), currency=currency)


@lru_cache(maxsize=16)
def value_of(tariff_id: UUID) -> rating.Tariff:
    """A version as the policy's value; kept in memory, for it never changes."""
    rows = Tariff.objects.of_every_account("the version of a call that names its account")
    return rows.get(pk=tariff_id).value


def has_tariff(account: Account) -> bool:
    """Whether the account's calls have a cost at all."""
    return bool(account.currency) and _for(account.pk, account.currency).exists()


def versions_of(account: Account | None) -> QuerySet[Tariff]:
    """The versions that an account, or the operator (None), has made; the newest first."""
    return Tariff.objects.of_account_or_none(account).order_by("currency", "-number")


def in_force(account: Account, day: date) -> Tariff | None:
    """The version for calls of this day of the account."""
    pk = book_of(account.pk, account.currency).on(day)
    if pk is None:
        return None
    return Tariff.objects.of_every_account("its own, or the operator's").get(pk=pk)
