"""A statement: what a client is sent about the calls of one code in one month.

Times are the account's, with their offset; talk time and billed time are told apart, and what the
cost is based on is printed (ABA Formal Opinion 93-379: charges reflect the actual cost).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum
from django.utils import timezone
from django.utils.formats import date_format

from callmark.accounts.models import Account
from callmark.calls.lengths import clock
from callmark.calls.models import Adjustment, TagState
from callmark.calls.parties import international
from callmark.calls.periods import Month
from callmark.codes.models import AccountCode
from callmark.reports.charges import bases_of
from callmark.reports.handover.gathering import Billing, billed_calls, codes_to_bill
from callmark.reports.handover.models import FirmDetails
from callmark.reports.handover.units import UNIT_LABELS, TimeUnit, hours, plain, rounded_up
from callmark.reports.handover.values import BilledCall, Matter


@dataclass(frozen=True, slots=True)
class Line:
    """A call as it is printed; ``cost`` None: it has not been rated."""

    started: datetime
    day: date
    clock: str
    offset: str
    number: str
    who: str
    talk: str
    billed: str
    cost: str | None


@dataclass(frozen=True, slots=True)
class Later:
    """What was learnt of calls of a month after it was closed, and is billed here."""

    of_month: date
    calls: int
    talk: str
    billed: str
    cost: str

    @property
    def title(self) -> str:
        """What it is, and of which month."""
        return f"Learned later of {date_format(self.of_month, 'YEAR_MONTH_FORMAT')}"


@dataclass(frozen=True, slots=True)
class Statement:
    """Everything on it. ``digits`` '' : the account does not print them."""

    firm: FirmDetails
    matter: Matter
    digits: str
    month: Month
    is_open: bool
    zone: str
    made_on: date
    unit: str
    lines: list[Line]
    later: list[Later]
    calls: int
    talk: str
    billed: str
    cost: str | None
    currency: str
    unrated: int
    basis: list[str]

    @property
    def address(self) -> list[str]:
        """The lines of the letter head below the name."""
        return self.firm.address.splitlines()

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What it is about, below the letter head."""
        matter = self.matter
        every = (
            ("Matter", matter.name),
            ("Client id", matter.client_id),
            ("Matter id", matter.matter_id),
            ("Your reference", matter.external_id),
            ("Account code", self.digits),
        )
        return [(name, value) for name, value in every if value]

    @property
    def notes(self) -> list[str]:
        """What stands below the basis."""
        notes = [f"Times are those of {self.zone}, with their offset from UTC."]
        if self.cost is None:
            return ["Time only: these calls have not been rated.", *notes]
        if self.unrated == 1:
            return ["1 call has not been rated.", *notes]
        return [f"{self.unrated} calls have not been rated.", *notes] if self.unrated else notes


@dataclass(frozen=True, slots=True)
class Heading:
    """One line of the list of statements."""

    code: AccountCode
    calls: int
    seconds: int


def statements_of(to_bill: Billing) -> list[Heading]:
    """The codes that have a statement in the month, by name."""
    matters = codes_to_bill(to_bill)
    sums = _sums(to_bill, list(matters))
    codes = AccountCode.objects.of(to_bill.account).filter(code_lookup__in=matters)
    return [Heading(one, *sums.get(one.code_lookup, (0, 0))) for one in codes]


def _sums(to_bill: Billing, lookups: list[str]) -> dict[str, tuple[int, int]]:
    totals = to_bill.account.code_totals.filter(
        month=to_bill.month.first, state=TagState.TAGGED, account_code_lookup__in=lookups
    )
    rows = totals.order_by().values_list("account_code_lookup")
    return {
        lookup: (calls or 0, seconds or 0)
        for lookup, calls, seconds in rows.annotate(Sum("calls"), Sum("seconds"))
    }


def statement(to_bill: Billing, code: AccountCode, *, with_digits: bool = True) -> Statement:
    """The statement of a code, whose account chooses what it tells of numbers and digits.

    ``with_digits`` False: without the code's digits, whatever the account chooses.
    """
    firm, unit = to_bill.firm, TimeUnit(to_bill.firm.time_unit)
    matter = Matter(code.name, code.client_id, code.matter_id, code.external_id, code.pk)
    calls = list(billed_calls(to_bill, {code.code_lookup: matter}))
    learnt_rows = Adjustment.objects.of(to_bill.account).filter(
        month=to_bill.month.first, account_code_lookup=code.code_lookup, state=TagState.TAGGED
    )
    learnt = list(learnt_rows.select_related("call"))
    more = _more_units(to_bill.account, learnt, unit)
    seconds = sum(one.seconds for one in calls) + sum(one.seconds for one in learnt)
    billed = sum(rounded_up(one.seconds, unit) for one in calls) + sum(more.values())
    rated = [one for one in calls if one.cost is not None]
    adjusted = [one for one in learnt if one.cost or one.billed_seconds]
    ids = {one.call_id for one in rated} | {one.call_id for one in adjusted if one.call_id}
    bases = bases_of(to_bill.account, ids)
    charged = sum(one.billed_seconds or 0 for one in rated)
    charged += sum(one.billed_seconds for one in adjusted)
    costs = [*(one.cost for one in rated if one.cost), *(one.cost for one in adjusted)]
    is_rated = bool(rated or adjusted)
    return Statement(
        firm=firm,
        matter=matter,
        digits=code.code if firm.show_codes and with_digits else "",
        month=to_bill.month,
        is_open=to_bill.closed is None,
        zone=to_bill.zone.key.replace("_", " "),
        made_on=timezone.now().astimezone(to_bill.zone).date(),
        unit=UNIT_LABELS[unit],
        lines=[_line(one, unit, masks=firm.mask_numbers) for one in calls],
        later=[_later(one, more[one.pk], unit) for one in learnt],
        calls=len(calls) + sum(one.calls for one in learnt),
        talk=clock(seconds),
        billed=_in_unit(billed, unit),
        cost=plain(sum(costs, Decimal(0))) if is_rated else None,
        currency=", ".join(sorted({one.currency for one in bases})),
        unrated=len(calls) - len(rated),
        basis=_basis(unit, [one.sentence for one in bases], charged if is_rated else None),
    )


def _more_units(account: Account, learnt: Iterable[Adjustment], unit: TimeUnit) -> dict[UUID, int]:
    """The seconds in whole units that each adds: what its call comes to after it, less before."""
    more = {one.pk: rounded_up(one.seconds, unit) for one in learnt}
    after = {
        one.call.pk: (one.call.seconds or 0)
        if one.call.account_code_lookup == one.account_code_lookup and not one.call.not_billable
        else 0
        for one in learnt
        if one.call
    }
    lookups = {one.account_code_lookup for one in learnt}
    of_them = Adjustment.objects.of(account).filter(
        call__in=after, account_code_lookup__in=lookups, state=TagState.TAGGED
    )
    for one in of_them.order_by("-at", "-pk"):
        assert one.call_id is not None
        before = after[one.call_id] - one.seconds
        if one.pk in more:
            more[one.pk] = rounded_up(after[one.call_id], unit) - rounded_up(before, unit)
        after[one.call_id] = before
    return more


def _later(one: Adjustment, seconds: int, unit: TimeUnit) -> Later:
    billed = _in_unit(seconds, unit)
    return Later(one.of_month, one.calls, clock(one.seconds), billed, plain(one.cost))


def _line(call: BilledCall, unit: TimeUnit, *, masks: bool) -> Line:
    return Line(
        started=call.started,
        # A template would tell it in the reader's time zone.
        day=call.started.date(),
        clock=f"{call.started:%H:%M}",
        offset=call.started.isoformat()[-6:],
        number=call.number if masks else international(call.number)[0],
        who=call.who.user_name,
        talk=clock(call.seconds),
        billed=_in_unit(rounded_up(call.seconds, unit), unit),
        cost=None if call.cost is None else plain(call.cost),
    )


def _basis(unit: TimeUnit, rates: Iterable[str], charged: int | None) -> list[str]:
    """``charged``: the seconds that the rates count, which have blocks of their own."""
    rounding = "not rounded" if unit is TimeUnit.EXACT else "each call rounded up"
    basis = [f"Billed time: {UNIT_LABELS[unit].lower()}, {rounding}.", *rates]
    return basis if charged is None else [*basis, f"The rates charge for {clock(charged)}."]


def _in_unit(seconds: int, unit: TimeUnit) -> str:
    if unit in {TimeUnit.SIX_MINUTES, TimeUnit.QUARTER_HOUR}:
        return f"{plain(hours(seconds), 1 if unit is TimeUnit.SIX_MINUTES else 2)} h"
    if unit is TimeUnit.MINUTE:
        return f"{seconds // 60} min"
    return clock(seconds)
