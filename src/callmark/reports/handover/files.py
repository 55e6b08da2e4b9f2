"""The files themselves, and the invoice numbers that a file of invoices takes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from callmark.accounts.activity import record
from callmark.accounts.changes import change
from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.audit.actions import Action
from callmark.policy.values import value_class
from callmark.reports.handover import ledes
from callmark.reports.handover.contents import Draft, LeftOuts, csv_lines, drafts, invoice
from callmark.reports.handover.formats import Format, LedesFormat
from callmark.reports.handover.gathering import Billing, groups, not_to_bill
from callmark.reports.handover.models import FirmDetails, Invoice
from callmark.reports.handover.values import LeftOut

SHOWN = 8
"""Lines of a file that a preview shows."""


@dataclass(slots=True)
class Preview:
    """What a file would hold: its first lines, how many there are, and what is left out.

    ``invoices`` and ``total`` are 0 for a file without invoices. ``differing``: invoices that were
    made before with another total.
    """

    first: list[str] = field(default_factory=list)
    lines: int = 0
    invoices: int = 0
    total: Decimal = Decimal("0.00")
    left_out: list[LeftOut] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)

    @property
    def to_mend(self) -> list[LeftOut]:
        """What somebody has to mend."""
        return [one for one in self.left_out if one.is_wrong]


def preview(to_bill: Billing, how: Format) -> Preview:
    """What the file would be. No invoice number is taken: those shown are the next ones."""
    left_out, seen = LeftOuts(), Preview()
    not_to_bill(to_bill, left_out)
    if isinstance(how, LedesFormat):
        numbered = _numbered(to_bill, _drafts(to_bill, how, left_out), how, seen)
        written = ledes.lines(numbered)
    else:
        written = csv_lines(groups(to_bill), how, left_out)
    seen.first = list(islice(written, SHOWN))
    seen.lines = len(seen.first) + sum(1 for _ in written)
    seen.left_out = left_out.all
    return seen


@value_class
class Made:
    """A file: its lines, and how its name ends."""

    lines: Iterable[str]
    ending: str

    @property
    def is_text(self) -> bool:
        """Whether it is no CSV."""
        return self.ending == "txt"


def make_file(to_bill: Billing, how: Format, *, actor: User | None) -> Made:
    """The file of a month in this format; the activity tells who took it.

    Raises :class:`Refused` for invoices of an open month, or if there is nothing to bill.
    """
    if isinstance(how, LedesFormat):
        return Made(ledes_file(to_bill, how, actor=actor), "txt")
    with transaction.atomic():
        month = {"month": to_bill.month.first.isoformat()}
        record(Action.HANDED_OVER, to_bill.account, to_bill.account, actor=actor, after=month)
    return Made(csv_lines(groups(to_bill), how, LeftOuts()), "csv")


def ledes_file(to_bill: Billing, how: LedesFormat, *, actor: User | None) -> list[str]:
    """The lines of a file of invoices. They take their numbers now, or have those of before.

    Raises :class:`Refused` while the month is open, or if there is nothing to bill.
    """
    if to_bill.closed is None:
        raise Refused(
            gettext("Close the month first: an invoice must not change once it has a number."),
            code="month_open",
        )
    made = _take_numbers(to_bill, list(_drafts(to_bill, how, LeftOuts())), actor=actor)
    if not made:
        raise Refused(
            gettext("There is nothing to put on an invoice: see what is left out, and why."),
            code="nothing_to_bill",
        )
    texts = (to_bill.firm.law_firm_id, how.description)
    days = (to_bill.month.first, to_bill.last_day)
    return list(
        ledes.lines(
            invoice(draft, stored.number, stored.made_on, days, texts) for draft, stored in made
        )
    )


def _drafts(to_bill: Billing, how: LedesFormat, left_out: LeftOuts) -> Iterator[Draft]:
    return drafts(groups(to_bill), how, to_bill.firm.law_firm_id, left_out)


def _made_before(to_bill: Billing) -> dict[tuple[str, str], Invoice]:
    rows = Invoice.objects.of(to_bill.account).filter(month=to_bill.month.first)
    return {(one.client_id, one.matter_id): one for one in rows}


def _numbered(
    to_bill: Billing, found: Iterator[Draft], how: LedesFormat, seen: Preview
) -> Iterator[ledes.Invoice]:
    before, following = _made_before(to_bill), to_bill.firm.next_invoice
    today = timezone.now().astimezone(to_bill.zone).date()
    for draft in found:
        stored = before.get((draft.matter.client_id, draft.matter.matter_id))
        number = stored.number if stored else number_of(to_bill.firm, following)
        following += stored is None
        seen.invoices, seen.total = seen.invoices + 1, seen.total + draft.total
        if stored and stored.total != draft.total:
            seen.differing.append(number)
        days = (to_bill.month.first, to_bill.last_day)
        texts = (to_bill.firm.law_firm_id, how.description)
        yield invoice(draft, number, stored.made_on if stored else today, days, texts)


def number_of(firm: FirmDetails, number: int) -> str:
    """An invoice number as it is written: at least four digits after what it begins with."""
    return f"{firm.invoice_prefix}{number:04d}"


def _take_numbers(
    to_bill: Billing, found: list[Draft], *, actor: User | None
) -> list[tuple[Draft, Invoice]]:
    """Give each invoice the number it has, or the next: none is left out and none given twice."""
    if not found:
        return []
    firm, account = to_bill.firm, to_bill.account
    if firm._state.adding:
        raise Refused(gettext("Enter the firm's details first."), code="no_firm_details")
    # The lock on the firm's row is what keeps two files from taking one number.
    with change(account, Action.INVOICES_MADE, firm, actor=actor, about=account) as told:
        before = _made_before(to_bill)
        today = timezone.now().astimezone(to_bill.zone).date()
        made = []
        for draft in found:
            stored = before.get((draft.matter.client_id, draft.matter.matter_id))
            made.append((draft, stored or _new(to_bill, draft, today, actor)))
            if stored and stored.total != draft.total:
                stored.total = draft.total
                stored.save(update_fields=["total"])
        told.after["invoices"] = [stored.number for _, stored in made][:100]
        told.after["month"] = to_bill.month.first.isoformat()
    return made


def _new(to_bill: Billing, draft: Draft, today: date, actor: User | None) -> Invoice:
    firm = to_bill.firm
    made = Invoice.objects.create(
        account=to_bill.account,
        number=number_of(firm, firm.next_invoice),
        month=to_bill.month.first,
        client_id=draft.matter.client_id,
        matter_id=draft.matter.matter_id,
        total=draft.total,
        made_on=today,
        made_by=actor.name if actor else "command line",
    )
    firm.next_invoice += 1
    return made
