"""Making versions of tariffs. All or nothing; raises :class:`Refused`."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Max
from django.utils.translation import gettext

from callmark.accounts.access import may_administer
from callmark.accounts.changes import change
from callmark.accounts.currencies import decimals_of
from callmark.accounts.locks import lock_account
from callmark.accounts.models import Account, User
from callmark.accounts.names import refuse_bad_name
from callmark.accounts.refused import Refused, refuse_if_invalid
from callmark.accounts.versions import refuse_if_changed
from callmark.audit.actions import Action
from callmark.local_formats import number
from callmark.money import DECIMALS, MOST
from callmark.policy.numbering import CallType
from callmark.policy.rating import INBOUND, Rate, Rounding
from callmark.policy.values import value_class
from callmark.tariffs.models import Tariff
from callmark.tariffs.stored_rates import to_store

MOST_RATES = 20_000
LABEL_LENGTH = 100
LONGEST = 86_400
"""Seconds of a block, and below which calls are free: a day."""
KINDS = (*(one.value for one in CallType), INBOUND)
_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}")
_MONEY = ("connection_fee", "first_price", "price", "minimum", "maximum")


class RateRefused(Refused):
    """What is wrong with one of the rates; ``row`` is its place in the list, from 1."""

    def __init__(self, row: int, field: str, message: str) -> None:
        super().__init__(
            gettext("Rate {number}: {problem}").format(number=row, problem=message),
            field,
            code="rate_refused",
        )
        self.row, self.message = row, message


@value_class
class NewVersion:
    """What a version is to say. ``valid_from`` None: for all calls, however old."""

    name: str
    currency: str
    rates: Sequence[Rate]
    valid_from: date | None = None
    decimals: int | None = None
    """None: as many as the currency has."""
    rounding: Rounding = Rounding.HALF_UP
    mark_up: Decimal = Decimal(0)


def make_version(
    account: Account | None,
    new: NewVersion,
    *,
    upon: int | None = None,
    actor: User | None,
) -> Tariff:
    """Make the next version of an account's rates, or the operator's (None).

    Calls that come from now on are rated by it, from its first day on; those on record when they
    are rated again. ``upon``: the number of the version that was edited (0: none); refused if there
    is a newer one. None: made in any case.
    """
    if account is not None and new.currency != account.currency:
        raise Refused(
            gettext("The rates are in another currency than the account's calls are charged in."),
            "currency",
            code="other_currency",
        )
    refuse_bad_name(new.name)
    _check(new.rates)
    tariff = Tariff(
        account=account,
        number=0,
        name=new.name,
        currency=new.currency,
        valid_from=new.valid_from,
        decimals=decimals_of(new.currency) if new.decimals is None else new.decimals,
        rounding=new.rounding.value,
        mark_up=new.mark_up,
        rates=to_store(new.rates),
        made_by=actor.name if actor else "command line",
    )
    with change(account, Action.TARIFF_MADE, tariff, actor=actor):
        if account is not None:
            # Two versions at once would have one number.
            lock_account(account.pk)
        last = _last_number(account, new.currency)
        refuse_if_changed(upon, last)
        tariff.number = last + 1
        refuse_if_invalid(lambda: tariff.full_clean(exclude=["account"]))
    return tariff


def may_set_rates(person: User, account: Account | None) -> bool:
    """Administrators for their account; operators for any, and the tariff for all."""
    return may_administer(person, account) if account else person.account_id is None


def check_rate(rate: Rate) -> tuple[str, str] | None:
    """What is wrong with a rate: the field and what to do; None: nothing."""
    if not rate.label.strip() or len(rate.label) > LABEL_LENGTH:
        return "label", gettext("Give the rate a name of at most {most} characters.").format(
            most=LABEL_LENGTH
        )
    if rate.prefix and not _PREFIX.fullmatch(rate.prefix):
        return "prefix", gettext("Write the beginning of the number as +44 or +4420.")
    if rate.call_type and rate.call_type not in KINDS:
        return "call_type", gettext("There is no such type of call.")
    for name in _MONEY:
        value = getattr(rate, name)
        if value is not None and (problem := _about_amount(value)):
            return name, problem
    if rate.mark_up is not None and (rate.mark_up > 1000 or _decimals(rate.mark_up) > 2):
        return "mark_up", gettext("Use at most 1000%, with two decimals.")
    for name in ("first_seconds", "block_seconds", "free_below"):
        if getattr(rate, name) > LONGEST:
            return name, gettext("Use at most {most} seconds.").format(most=number(LONGEST))
    if rate.valid_from and rate.valid_until and rate.valid_until < rate.valid_from:
        return "valid_until", gettext("This day is before the first one.")
    return None


def _check(rates: Sequence[Rate]) -> None:
    if len(rates) > MOST_RATES:
        raise Refused(
            gettext("Use at most {most} rates.").format(most=number(MOST_RATES)),
            "rates",
            code="too_many_rates",
        )
    for row, rate in enumerate(rates, start=1):
        if (problem := check_rate(rate)) is not None:
            raise RateRefused(row, *problem)


def _about_amount(value: Decimal) -> str:
    if value >= MOST:
        return gettext("Use less than {most}.").format(most=number(MOST))
    if _decimals(value) <= DECIMALS:
        return ""
    return gettext("Use at most {most} decimals.").format(most=DECIMALS)


def _decimals(value: Decimal) -> int:
    return -int(value.normalize().as_tuple().exponent)


def _last_number(account: Account | None, currency: str) -> int:
    rows = Tariff.objects.of_account_or_none(account)
    if account is None:
        rows = rows.filter(currency=currency)
    return rows.aggregate(last=Max("number"))["last"] or 0
