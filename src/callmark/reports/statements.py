"""A statement: what a client is sent about the calls of one code in one month.

Times are the account's, with their offset; talk time and billed time are told apart, and what the
cost is based on is printed (ABA Formal Opinion 93-379: charges reflect the actual cost).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from callmark.calls.lengths import clock
from callmark.calls.models import CodeTotal, TagState
from callmark.calls.parties import international
from callmark.calls.periods import Month
from callmark.codes.models import AccountCode
from callmark.languages import in_language
from callmark.local_formats import decimal_point, in_readers_language, number
from callmark.policy.values import value_class
from callmark.reports.charges import Basis, bases_of
from callmark.reports.handover.cents import basis as basis_of_lines
from callmark.reports.handover.gathering import Billing, billed_calls, learned_in
from callmark.reports.handover.models import FirmDetails
from callmark.reports.handover.units import UNIT_LABELS, TimeUnit, hours, plain
from callmark.reports.handover.values import BilledCall, Matter
from callmark.reports.rated_by import RatedBy


@value_class
class Line:
    """A call as it is printed; ``cost`` None: no rate applies to it, or nobody answered.

    ``of_month``: not a call, but what was learned of one after that month was closed.
    """

    call_id: UUID
    started: datetime
    day: date
    clock: str
    offset: str
    number: str
    who: str
    talk: str
    billed: str
    cost: str | None
    of_month: date | None = None

    @property
    def title(self) -> str:
        """Who called, and which month it adjusts."""
        if self.of_month is None:
            return self.who
        month = date_format(self.of_month, "YEAR_MONTH_FORMAT")
        return gettext("{name}: adjustment of {month}").format(name=self.who, month=month)


@value_class
class Statement:
    """Everything on it. ``digits`` '' : the account does not print them.

    ``lines`` may be those of a page, of ``count``; all else is of all of them. ``before``: the call
    of the line before the first of them. ``unrated``: calls with talk that no rate applies to. One
    that nobody answered needs none.
    """

    firm: FirmDetails
    matter: Matter
    digits: str
    month: Month
    is_open: bool
    zone: str
    made_on: date
    unit: str
    lines: list[Line]
    count: int
    calls: int
    talk: str
    billed: str
    cost: str | None
    currency: str
    unrated: int
    basis: list[str]
    before: UUID | None = None

    @property
    def is_part(self) -> bool:
        """Whether there are lines on other pages."""
        return len(self.lines) < self.count

    @property
    def address(self) -> list[str]:
        """The lines of the letter head below the name."""
        return self.firm.address.splitlines()

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What it is about, below the letter head."""
        matter = self.matter
        every = (
            (gettext("Matter"), matter.name),
            (gettext("Client id"), matter.client_id),
            (gettext("Matter id"), matter.matter_id),
            (gettext("Your reference"), matter.external_id),
            (gettext("Account code"), self.digits),
        )
        return [(name, value) for name, value in every if value]

    @property
    def notes(self) -> list[str]:
        """What stands below the basis."""
        notes = [
            gettext("Times are those of {zone}, with their offset from UTC.").format(zone=self.zone)
        ]
        if self.cost is None:
            return [gettext("Time only: no rates were applied to these calls."), *notes]
        if not self.unrated:
            return notes
        unrated = ngettext(
            "No rate applied to {count} call; it is not in the cost.",
            "No rate applied to {count} calls; they are not in the cost.",
            self.unrated,
        )
        return [unrated.format(count=number(self.unrated)), *notes]


@value_class
class Heading:
    """One line of the list of statements."""

    code: AccountCode
    calls: int
    seconds: int
    cost: Decimal


def statements_of(to_bill: Billing, most: int | None = None) -> list[Heading]:
    """The codes that have a statement in the month, by name; ``most``: the first of them."""
    codes = list(codes_with_statements(to_bill)[:most])
    return headings(to_bill, codes, are_all=most is None)


def headings(
    to_bill: Billing, codes: Sequence[AccountCode], *, are_all: bool = False
) -> list[Heading]:
    """The lines of these codes in the list of statements; ``are_all``: no code is left out."""
    sums = _sums(to_bill, None if are_all else [one.code_lookup for one in codes])
    return [Heading(one, *sums.get(one.code_lookup, (0, 0, Decimal(0)))) for one in codes]


def codes_with_statements(to_bill: Billing) -> QuerySet[AccountCode]:
    """Those of the list that have lines in the month, by name."""
    of_it = _totals(to_bill).filter(account_code_lookup=OuterRef("code_lookup"))
    codes = AccountCode.objects.of(to_bill.account)
    has_lines = Exists(of_it.exclude(calls=0, seconds=0, cost=0))
    # As a rule none. With a condition beside it PostgreSQL looks at all totals for the first codes.
    if learned := set(learned_in(to_bill).values_list("account_code_lookup", flat=True)):
        return codes.filter(has_lines | Q(code_lookup__in=learned))
    return codes.filter(has_lines)


def _totals(to_bill: Billing) -> QuerySet[CodeTotal]:
    totals = CodeTotal.objects.of(to_bill.account)
    return totals.filter(month=to_bill.month.first, state=TagState.TAGGED)


def _sums(to_bill: Billing, lookups: list[str] | None) -> dict[str, tuple[int, int, Decimal]]:
    totals = _totals(to_bill)
    if lookups is not None:
        totals = totals.filter(account_code_lookup__in=lookups)
    rows = totals.order_by().values_list("account_code_lookup")
    return {
        lookup: (calls or 0, seconds or 0, cost or Decimal(0))
        for lookup, calls, seconds, cost in rows.annotate(Sum("calls"), Sum("seconds"), Sum("cost"))
    }


LINES_ON_A_PAGE = 200


def statement(
    to_bill: Billing,
    code: AccountCode,
    *,
    with_digits: bool = True,
    first: int = 0,
    most: int | None = None,
) -> Statement:
    """The statement of a code, whose account chooses what it tells of numbers and digits.

    ``with_digits`` False: without the code's digits, whatever the account chooses. ``first``,
    ``most``: of its lines only so many, from this one on. All are gone through all the same: what a
    line bears of the cents depends on all before it, and the sums are of all.
    """
    firm, unit = to_bill.firm, TimeUnit(to_bill.firm.time_unit)
    matter = Matter(code.name, code.client_id, code.matter_id, code.external_id, code.pk)
    sums, shown, before = _Sums(unit), list[Line](), None
    for one in billed_calls(to_bill, {code.code_lookup: matter}):
        if sums.lines == first - 1:
            before = one.call_id
        if first <= sums.lines and (most is None or sums.lines < first + most):
            shown.append(_line(one, unit, masks=firm.mask_numbers))
        sums.add(one)
    bases = bases_of(to_bill.account, sums.rated_by)
    return Statement(
        firm=firm,
        matter=matter,
        digits=code.code if firm.show_codes and with_digits else "",
        month=to_bill.month,
        is_open=to_bill.closed is None,
        zone=to_bill.zone.key.replace("_", " "),
        made_on=timezone.now().astimezone(to_bill.zone).date(),
        unit=in_readers_language(UNIT_LABELS[unit]),
        lines=shown,
        count=sums.lines,
        calls=sums.calls,
        talk=clock(sums.seconds),
        billed=_in_unit(sums.in_units, unit),
        cost=None if sums.cost is None else _figure(plain(sums.cost, to_bill.decimals)),
        currency="" if sums.cost is None else to_bill.currency,
        unrated=sums.unrated,
        basis=_basis(to_bill, unit, bases, None if sums.cost is None else sums.charged),
        before=before,
    )


@dataclass(slots=True)
class _Sums:
    """What is added up of all lines. ``cost`` None: none of them is rated."""

    unit: TimeUnit
    lines: int = 0
    calls: int = 0
    seconds: int = 0
    in_units: int = 0
    cost: Decimal | None = None
    charged: int = 0
    unrated: int = 0
    rated_by: set[RatedBy] = field(default_factory=set)

    def add(self, one: BilledCall) -> None:
        self.lines += 1
        self.calls += one.calls
        self.seconds += one.seconds
        self.in_units += one.units(self.unit)
        self.unrated += one.cost is None and one.of_month is None and one.seconds > 0
        if one.cost is not None:
            self.cost = (self.cost or Decimal(0)) + one.cost
            self.charged += one.billed_seconds or 0
        if one.rated_by is not None:
            self.rated_by.add(one.rated_by)


def _line(call: BilledCall, unit: TimeUnit, *, masks: bool) -> Line:
    return Line(
        call_id=call.call_id,
        started=call.started,
        # A template would tell it in the reader's time zone.
        day=call.started.date(),
        clock=f"{call.started:%H:%M}",
        offset=call.started.isoformat()[-6:],
        number=call.number if masks else international(call.number)[0],
        who=call.who.user_name or gettext("Unknown"),
        talk=clock(call.seconds),
        billed=_in_unit(call.units(unit), unit),
        cost=None if call.cost is None else _figure(plain(call.cost, call.decimals)),
        of_month=call.of_month,
    )


def _basis(
    to_bill: Billing, unit: TimeUnit, rates: Sequence[Basis], charged: int | None
) -> list[str]:
    """``charged``: the seconds that the rates count, which have blocks of their own."""
    words = gettext("Billed time: {unit}, each call rounded up.")
    if unit is TimeUnit.EXACT:
        words = gettext("Billed time: {unit}, not rounded.")
    basis = [words.format(unit=in_readers_language(UNIT_LABELS[unit]).lower())]
    basis += [one.sentence for one in rates]
    finer = [one for one in rates if one.decimals > to_bill.decimals]
    if finer:
        basis.append(in_language(basis_of_lines(finer[0].currency, to_bill.decimals)))
    if charged is None:
        return basis
    return [*basis, gettext("Time charged by the rates: {length}.").format(length=clock(charged))]


def _figure(text: str) -> str:
    """A number of a statement: its thousands are not parted, its decimals are as the reader's."""
    return text.replace(".", decimal_point())


def _in_unit(seconds: int, unit: TimeUnit) -> str:
    if unit in {TimeUnit.SIX_MINUTES, TimeUnit.QUARTER_HOUR}:
        return f"{_figure(plain(hours(seconds), 1 if unit is TimeUnit.SIX_MINUTES else 2))} h"
    if unit is TimeUnit.MINUTE:
        return f"{plain(Decimal(seconds) / 60, 0)} min"
    return clock(seconds)
