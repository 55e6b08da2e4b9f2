"""A statement: what a client is sent about the calls of one code in one month.

Times are the account's, with their offset; talk time and billed time are told apart, and what the
cost is based on is printed (ABA Formal Opinion 93-379: charges reflect the actual cost).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone

from callmark.calls.models import Adjustment, TagState
from callmark.calls.parties import international
from callmark.calls.periods import Month
from callmark.codes.models import AccountCode
from callmark.reports.charges import bases_of
from callmark.reports.handover.gathering import Billing, billed_calls, codes_to_bill
from callmark.reports.handover.models import FirmDetails
from callmark.reports.handover.units import UNIT_LABELS, TimeUnit, hours, plain, rounded_up
from callmark.reports.handover.values import BilledCall, Matter

PAPERS = {"US": "letter", "CA": "letter", "MX": "letter", "PH": "letter", "CL": "letter"}


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
    cost: str


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
    def paper(self) -> str:
        """The size of the page, as CSS calls it."""
        return PAPERS.get(self.firm.account.country, "A4")

    @property
    def address(self) -> list[str]:
        """The lines of the letter head below the name."""
        return self.firm.address.splitlines()


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
    learnt = Adjustment.objects.of(to_bill.account).filter(
        month=to_bill.month.first, account_code_lookup=code.code_lookup, state=TagState.TAGGED
    )
    later = [Later(one.of_month, one.calls, _clock(one.seconds), plain(one.cost)) for one in learnt]
    seconds = sum(one.seconds for one in calls) + sum(one.seconds for one in learnt)
    billed = sum(rounded_up(one.seconds, unit) for one in calls)
    rated = [one.cost for one in calls if one.cost is not None]
    bases = bases_of(to_bill.account, [one.call_id for one in calls]) if rated else []
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
        later=later,
        calls=len(calls) + sum(one.calls for one in later),
        talk=_clock(seconds),
        billed=_in_unit(billed, unit),
        cost=plain(sum(rated, sum((one.cost for one in learnt), Decimal(0)))) if rated else None,
        currency=", ".join(sorted({one.currency for one in bases})),
        unrated=len(calls) - len(rated),
        basis=_basis(unit, [one.sentence for one in bases]),
    )


def _line(call: BilledCall, unit: TimeUnit, *, masks: bool) -> Line:
    return Line(
        started=call.started,
        # A template would tell it in the reader's time zone.
        day=call.started.date(),
        clock=f"{call.started:%H:%M}",
        offset=call.started.isoformat()[-6:],
        number=call.number if masks else international(call.number)[0],
        who=call.who.user_name,
        talk=_clock(call.seconds),
        billed=_in_unit(rounded_up(call.seconds, unit), unit),
        cost=None if call.cost is None else plain(call.cost),
    )


def _basis(unit: TimeUnit, rates: Iterable[str]) -> list[str]:
    rounding = "not rounded" if unit is TimeUnit.EXACT else "each call rounded up"
    return [f"Billed time: {UNIT_LABELS[unit].lower()}, {rounding}.", *rates]


def _clock(seconds: int) -> str:
    """Talk time as 1:02:03, or 2:03."""
    sign, left = ("-" if seconds < 0 else ""), abs(seconds)
    minutes, rest = divmod(left, 60)
    whole, minutes = divmod(minutes, 60)
    return f"{sign}{whole}:{minutes:02}:{rest:02}" if whole else f"{sign}{minutes}:{rest:02}"


def _in_unit(seconds: int, unit: TimeUnit) -> str:
    if unit in {TimeUnit.SIX_MINUTES, TimeUnit.QUARTER_HOUR}:
        return f"{plain(hours(seconds), 1 if unit is TimeUnit.SIX_MINUTES else 2)} h"
    if unit is TimeUnit.MINUTE:
        return f"{seconds // 60} min"
    return _clock(seconds)
