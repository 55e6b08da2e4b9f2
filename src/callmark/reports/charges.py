"""What calls cost, and the basis of it in words: what a bill prints."""

from collections.abc import Collection
from uuid import UUID

from django.utils.translation import gettext

from callmark.accounts.models import Account
from callmark.calls.models import Charge
from callmark.policy.values import value_class
from callmark.reports.rated_by import RatedBy
from callmark.tariffs.models import RoundingChoice, Tariff

_AT_ONCE = 500


@value_class
class Basis:
    """By which rates calls were rated, as a sentence, to how many decimals, in which currency."""

    currency: str
    sentence: str
    decimals: int = 2


def charges_of(account: Account, calls: Collection[UUID]) -> dict[UUID, Charge]:
    """The charges of these calls, by their ids; of those that fall under a rate."""
    ids, found = list(calls), {}
    for start in range(0, len(ids), _AT_ONCE):
        some = Charge.objects.of(account).filter(call__in=ids[start : start + _AT_ONCE])
        found.update({one.pk: one for one in some})
    return found


def bases_of(account: Account, kinds: Collection[RatedBy]) -> list[Basis]:
    """What costs are based on: tariff, version, rounding and mark-up."""
    ids = [one.tariff_id for one in kinds if one.tariff_id]
    own = Tariff.objects.of(account).filter(pk__in=ids)
    operators = Tariff.objects.of_no_account().filter(pk__in=ids)
    tariffs = {one.pk: one for one in (*own, *operators)}
    found = [
        (currency, tariffs.get(tariff) if tariff else None, version)
        for tariff, version, currency in sorted(kinds, key=lambda one: (one[1], str(one[0])))
    ]
    return [
        Basis(currency, _sentence(tariff, version), tariff.decimals if tariff else 2)
        for currency, tariff, version in found
    ]


def _sentence(tariff: Tariff | None, version: str) -> str:
    if tariff is None:
        return gettext("Rates: version {version}.").format(version=version)
    rounding = str(RoundingChoice(tariff.rounding).label).lower()
    words = gettext(
        "Rates: {name}, version {version}; each call rounded {how}, to {decimals} decimals; "
        "no mark-up."
    )
    if tariff.mark_up:
        words = gettext(
            "Rates: {name}, version {version}; each call rounded {how}, to {decimals} decimals; "
            "with a mark-up of {percent}%."
        )
    return words.format(
        name=tariff.name,
        version=tariff.number,
        how=rounding,
        decimals=tariff.decimals,
        percent=f"{tariff.mark_up.normalize():f}",
    )
