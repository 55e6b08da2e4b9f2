"""The calls of a month as they are handed over: those with a code that somebody is billed for.

Matter by matter, so that a month of a million calls needs the memory of its largest matter.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet, Sum

from callmark.accounts.currencies import decimals_of
from callmark.accounts.models import Account
from callmark.calls.counted import Amounts
from callmark.calls.counting import amounts_of
from callmark.calls.models import (
    Adjustment,
    Call,
    ClosedMonth,
    CodeTotal,
    Direction,
    TagState,
)
from callmark.calls.parties import other_party
from callmark.calls.periods import Month
from callmark.codes.models import AccountCode
from callmark.policy.values import value_class
from callmark.reports.handover.cents import in_cents
from callmark.reports.handover.contents import LeftOuts
from callmark.reports.handover.learned import adjustments_of, learned_lines
from callmark.reports.handover.models import FirmDetails, Timekeeper
from callmark.reports.handover.services import firm_of
from callmark.reports.handover.texts import masked_number
from callmark.reports.handover.values import BilledCall, Keeper, Matter, WhyNot
from callmark.reports.rated_by import RatedBy

_AT_ONCE = 2000
_NOTHING = Amounts(0, 0, 0, Decimal(0))
# What a line tells of a call.
_NEEDED = (
    "pk",
    "started_at",
    "seconds",
    "direction",
    "caller",
    "e164",
    "number",
    "dialed",
    "user_id",
    "user_name",
    "account_code_lookup",
    "account_code_name",
    "not_billable",
)


@value_class
class Billing:
    """A month to bill: the firm, the days, and whether it is closed."""

    account: Account
    firm: FirmDetails
    month: Month
    closed: ClosedMonth | None

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of its days: that of then, if it is closed."""
        return ZoneInfo(self.closed.time_zone) if self.closed else self.account.zone

    @property
    def currency(self) -> str:
        """What it is billed in, all of it: that of then, if it is closed."""
        return (self.closed and self.closed.currency) or self.account.currency

    @property
    def decimals(self) -> int:
        """Those of its currency."""
        return decimals_of(self.currency)

    @property
    def last_day(self) -> date:
        """Its last day."""
        return self.month.last


def billing(account: Account, month: date) -> Billing:
    """What is to know of the month that begins on this day."""
    closed = ClosedMonth.objects.of(account).filter(month=month).first()
    return Billing(account, firm_of(account), Month(month), closed)


def calls_to_bill(to_bill: Billing, lookups: Sequence[str]) -> QuerySet[Call]:
    """The month's calls with one of these codes (by their hash), in the order they began.

    Also those that had one when the month was closed, and have lost it since.
    """
    has_one = Q(account_code_lookup__in=lookups, not_billable=False)
    lost = _learned_of(to_bill).filter(account_code_lookup__in=lookups, calls__lt=0)
    if ids := [pk for pk in lost.values_list("call", flat=True) if pk]:
        has_one |= Q(pk__in=ids)
    calls = Call.objects.of(to_bill.account).filter(
        has_one, billing_month=to_bill.month.first, simulated=False
    )
    return calls.order_by("started_at", "pk")


def _learned_of(to_bill: Billing) -> QuerySet[Adjustment]:
    """What was learned of the month's calls since, and is billed in another."""
    return adjustments_of(to_bill.account).filter(of_month=to_bill.month.first)


def learned_in(to_bill: Billing) -> QuerySet[Adjustment]:
    """What was learned of closed months' calls, and is billed in this one."""
    return adjustments_of(to_bill.account).filter(month=to_bill.month.first)


def codes_to_bill(to_bill: Billing) -> dict[str, Matter]:
    """The codes with lines in the month, by their hash; matters in the order of their ids."""
    totals = CodeTotal.objects.of(to_bill.account).filter(
        month=to_bill.month.first, state=TagState.TAGGED
    )
    names = dict(
        totals.exclude(calls=0, seconds=0, cost=0).values_list(
            "account_code_lookup", "account_code_name"
        )
    )
    names |= dict(learned_in(to_bill).values_list("account_code_lookup", "account_code_name"))
    codes = AccountCode.objects.of(to_bill.account).filter(code_lookup__in=names)
    found = {
        one.code_lookup: Matter(one.name, one.client_id, one.matter_id, one.external_id, one.pk)
        for one in codes.defer("code_encrypted").iterator()
    }
    every = {lookup: found.get(lookup, Matter(name)) for lookup, name in names.items()}
    return dict(sorted(every.items(), key=lambda one: (*_key(one[1]), one[1].name, one[0])))


def _key(matter: Matter) -> tuple[str, str]:
    return matter.client_id, matter.matter_id


def groups(to_bill: Billing) -> Iterator[list[BilledCall]]:
    """The calls of each matter: several codes of one client and matter are one."""
    codes = codes_to_bill(to_bill)
    keepers = _keepers(to_bill.account)
    for ids, matters in groupby(codes.items(), key=lambda one: _key(one[1])):
        of_it = dict(matters)
        # Codes without a client and matter have nothing in common.
        several = [of_it] if all(ids) else [{lookup: one} for lookup, one in of_it.items()]
        for some in several:
            calls = list(billed_calls(to_bill, some, keepers))
            if calls:
                yield calls


def billed_calls(
    to_bill: Billing, matters: dict[str, Matter], keepers: dict[UUID, Keeper] | None = None
) -> Iterator[BilledCall]:
    """The month's lines of these codes, with what they cost where they have been rated.

    First its calls, then what was learned of calls of closed months and is billed in this one.
    """
    keepers = _keepers(to_bill.account) if keepers is None else keepers
    yield from in_cents(_exact(to_bill, matters, keepers))


def _exact(
    to_bill: Billing, matters: dict[str, Matter], keepers: dict[UUID, Keeper]
) -> Iterator[BilledCall]:
    """With costs as they were rated: to as many decimals as the tariff has."""
    zone, masks = to_bill.zone, to_bill.firm.mask_numbers
    since = _learned_since(to_bill, list(matters))
    # Rows, no models, with their charges beside them: of thousands a statement has but a page.
    calls = calls_to_bill(to_bill, list(matters))
    rows = calls.values_list(*_NEEDED, *_OF_THE_CHARGE, named=True)
    for row in rows.iterator(_AT_ONCE):
        lookup, of_call = _as_billed(row, since.get(row.pk, ()))
        if lookup not in matters:
            continue
        is_charged = row.charge__amount is not None
        number = other_party(row)
        yield BilledCall(
            call_id=row.pk,
            started=row.started_at.astimezone(zone),
            number=masked_number(number) if masks else number,
            who=(row.user_id and keepers.get(row.user_id))
            or Keeper(row.user_name or "Unknown", row.user_id),
            matter=matters[lookup],
            seconds=of_call.seconds,
            is_internal=row.direction == Direction.INTERNAL,
            cost=of_call.cost if is_charged or of_call.cost else None,
            billed_seconds=of_call.billed_seconds if is_charged or of_call.cost else None,
            decimals=to_bill.decimals,
            rated_by=_rated_by(row) if is_charged else None,
        )
    learned = learned_in(to_bill)
    for one in learned_lines(to_bill.account, learned, matters, keepers, zone, masks=masks):
        yield replace(one, decimals=to_bill.decimals)


_OF_THE_CHARGE = (
    "charge__amount",
    "charge__billed_seconds",
    "charge__tariff_id",
    "charge__tariff_version",
    "charge__currency",
)


def _rated_by(row: Any) -> RatedBy:  # noqa: ANN401
    return RatedBy(row.charge__tariff_id, row.charge__tariff_version, row.charge__currency)


def _learned_since(to_bill: Billing, lookups: Sequence[str]) -> dict[UUID, list[Adjustment]]:
    """What was learned of the calls that have one of these codes, or had it, by the call's id."""
    of_these = _learned_of(to_bill).filter(account_code_lookup__in=lookups)
    found: dict[UUID, list[Adjustment]] = {}
    for one in _learned_of(to_bill).filter(call__in=of_these.order_by().values("call")):
        assert one.call_id is not None
        found.setdefault(one.call_id, []).append(one)
    return found


def _as_billed(row: Any, since: Iterable[Adjustment]) -> tuple[str, Amounts]:  # noqa: ANN401
    """The code that a call is billed to in its month ('': none), and what of it is.

    That is what is known of it now, less what was learned ``since`` and is billed elsewhere.
    """
    billed, amount = row.charge__billed_seconds or 0, row.charge__amount or Decimal(0)
    now = Amounts(1, row.seconds or 0, billed, amount)
    code = "" if row.not_billable else row.account_code_lookup
    if not since:
        return code, now
    found = {code: now}
    for one in since:
        had = found.get(one.account_code_lookup, _NOTHING)
        found[one.account_code_lookup] = had.plus(amounts_of(one).times(-1))
    return next(((code, one) for code, one in found.items() if code and one.calls == 1), ("", now))


def _keepers(account: Account) -> dict[UUID, Keeper]:
    rows = Timekeeper.objects.of(account).select_related("user")
    return {
        one.user_id: Keeper(
            one.user.name,
            one.user_id,
            one.timekeeper_id,
            one.timekeeper_name,
            one.classification,
            one.hourly_rate,
        )
        for one in rows
    }


def not_to_bill(to_bill: Billing, left_out: LeftOuts) -> None:
    """Tell which calls of the month are on no line, for they have no code yet."""
    unassigned = (
        CodeTotal.objects.of(to_bill.account)
        .filter(month=to_bill.month.first, state=TagState.TO_ASSIGN)
        .aggregate(calls=Sum("calls"), seconds=Sum("seconds"))
    )
    if unassigned["calls"]:
        seconds = unassigned["seconds"] or 0
        left_out.count(WhyNot.NO_CODE, calls=unassigned["calls"], seconds=seconds)
