"""From calls to the lines of a file, and what is left out of it and why. Pure.

What cannot be handed over is told; nothing is dropped without a word.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from callmark.policy.texts import Text
from callmark.policy.values import value_class
from callmark.reports.handover import csv_forms, ledes
from callmark.reports.handover.csv_forms import Refusal
from callmark.reports.handover.formats import CsvFormat, LedesFormat
from callmark.reports.handover.units import TimeUnit, hours, plain, rounded
from callmark.reports.handover.values import BilledCall, LeftOut, Matter, WhyNot

MESSAGES = {
    WhyNot.NO_CODE: Text("have no code"),
    WhyNot.NO_CLIENT: Text("have a code without a client id: enter it"),
    WhyNot.NO_MATTER: Text("have a code without a matter id: enter it"),
    WhyNot.NOT_IN_ASCII: Text("have a code with an id that has no letters in ASCII: enter another"),
    WhyNot.TOO_LONG: Text("have an id that is longer than this format takes: enter a shorter one"),
    WhyNot.NO_COST: Text("fall under no rate: enter one if they are to be billed"),
    WhyNot.FREE: Text("cost nothing, or so little that no cent falls on them"),
    WhyNot.NO_TALK: Text("were not answered"),
    WhyNot.NO_TIMEKEEPER: Text(
        "were made by somebody without a timekeeper id and name: enter them"
    ),
    WhyNot.NO_HOURLY_RATE: Text("were made by somebody without an hourly rate: enter it"),
    WhyNot.NO_FIRM_ID: Text("wait for the law firm id: enter it under Firm details"),
}
_OF_USERS = {WhyNot.NO_TIMEKEEPER, WhyNot.NO_HOURLY_RATE}


@dataclass(slots=True)
class LeftOuts:
    """What is left out, a line for each reason and code or user."""

    _found: dict[tuple[object, ...], LeftOut] = field(default_factory=dict)

    def add(self, why: WhyNot, calls: Sequence[BilledCall]) -> None:
        """These calls are not handed over."""
        for one in calls:
            self.count(
                why,
                about=one.who.user_name if why in _OF_USERS else one.matter.name,
                code_id=None if why in _OF_USERS else one.matter.code_id,
                user_id=one.who.user_id if why in _OF_USERS else None,
                seconds=one.seconds,
            )

    def count(
        self,
        why: WhyNot,
        *,
        about: str = "",
        code_id: UUID | None = None,
        user_id: UUID | None = None,
        calls: int = 1,
        seconds: int = 0,
    ) -> None:
        """So many calls are not handed over."""
        key = (why, about, code_id, user_id)
        told = self._found.setdefault(key, LeftOut(why, MESSAGES[why], about, code_id, user_id))
        told.calls, told.seconds = told.calls + calls, told.seconds + seconds

    @property
    def all(self) -> list[LeftOut]:
        """What somebody has to mend first, then the rest."""
        return sorted(self._found.values(), key=lambda one: (not one.is_wrong, one.why, one.about))


@value_class
class Draft:
    """An invoice to be, which has no number yet."""

    matter: Matter
    items: tuple[ledes.Item, ...]
    calls: int

    @property
    def total(self) -> Decimal:
        """The sum of its lines."""
        return sum((item.total for item in self.items), Decimal("0.00"))


def drafts(
    groups: Iterable[Sequence[BilledCall]],
    how: LedesFormat,
    law_firm_id: str,
    left_out: LeftOuts,
) -> Iterator[Draft]:
    """An invoice for the calls of each matter that can have one; each group is of one matter."""
    for calls in groups:
        if why := _no_invoice(calls[0].matter, law_firm_id):
            left_out.add(why, calls)
            continue
        items = [item for one in calls if (item := _item(one, how, left_out)) is not None]
        if items:
            yield Draft(calls[0].matter, tuple(items), len(items))


def _no_invoice(matter: Matter, law_firm_id: str) -> WhyNot | None:
    """Why calls of a matter cannot be on an invoice at all."""
    for why, text in ((WhyNot.NO_CLIENT, matter.client_id), (WhyNot.NO_MATTER, matter.matter_id)):
        if not text.strip():
            return why
    for text in (matter.client_id, matter.matter_id, matter.clients_id_of_it):
        cleaned = ledes.id_text(text)
        if not cleaned:
            return WhyNot.NOT_IN_ASCII
        if len(cleaned) > ledes.ID_LENGTH:
            return WhyNot.TOO_LONG
    return None if ledes.id_text(law_firm_id) else WhyNot.NO_FIRM_ID


def _item(call: BilledCall, how: LedesFormat, left_out: LeftOuts) -> ledes.Item | None:
    why = _no_fee(call, how.unit) if how.fees else _no_expense(call)
    if why is not None:
        left_out.add(why, [call])
        return None
    item = ledes.Item(
        day=call.started.date(),
        description=_description(call),
        units=Decimal(1),
        unit_cost=Decimal(0),
        decimals=call.decimals,
    )
    return _fee(item, call, how) if how.fees else _expense(item, call.cost or Decimal(0))


def _expense(item: ledes.Item, cost: Decimal) -> ledes.Item:
    return replace(item, adjustment=cost) if cost < 0 else replace(item, unit_cost=cost)


def _fee(item: ledes.Item, call: BilledCall, how: LedesFormat) -> ledes.Item:
    rate, time = call.who.hourly_rate or Decimal(0), hours(call.units(how.unit))
    return replace(
        item,
        # Less time than was billed before: units are never below zero.
        units=max(time, Decimal(0)),
        adjustment=rounded(min(time, Decimal(0)) * rate, call.decimals),
        unit_cost=rate,
        activity="A105" if call.is_internal else how.activity,
        timekeeper_id=call.who.timekeeper_id,
        timekeeper_name=call.who.timekeeper_name,
        classification=call.who.classification or "OT",
    )


def _no_expense(call: BilledCall) -> WhyNot | None:
    if call.cost is None:
        return WhyNot.NO_COST if call.seconds else WhyNot.NO_TALK
    return None if call.cost else WhyNot.FREE


def _no_fee(call: BilledCall, unit: TimeUnit) -> WhyNot | None:
    if not call.units(unit):
        return WhyNot.FREE if call.of_month else WhyNot.NO_TALK
    for text in (call.who.timekeeper_id, call.who.timekeeper_name):
        if not ledes.id_text(text):
            return WhyNot.NO_TIMEKEEPER
    return WhyNot.NO_HOURLY_RATE if call.who.hourly_rate is None else None


def _description(call: BilledCall) -> str:
    minutes = plain(Decimal(call.units(TimeUnit.MINUTE)) / 60, 0)
    begun = call.started.isoformat(timespec="minutes")[11:]
    what = f"{call.adjusts}: telephone call" if call.adjusts else "Telephone call"
    return f"{what} with {call.number} at {begun}, {minutes} min, {call.who.user_name}"


def csv_lines(
    groups: Iterable[Sequence[BilledCall]], how: CsvFormat, left_out: LeftOuts
) -> Iterator[str]:
    """The lines of a CSV of one's own, its heading first."""
    yield csv_forms.heading(how.form)
    for of_matter in groups:
        for calls in csv_forms.grouped(how.form, _answered(of_matter, left_out)):
            written = csv_forms.line(how.form, calls)
            if isinstance(written, Refusal):
                left_out.add(written.why, calls)
            else:
                yield written


def _answered(calls: Iterable[BilledCall], left_out: LeftOuts) -> Iterator[BilledCall]:
    for one in calls:
        if one.seconds or one.cost:
            yield one
        else:
            left_out.add(WhyNot.NO_TALK, [one])


def invoice(
    draft: Draft,
    number: str,
    made_on: date,
    days: tuple[date, date],
    firm_and_text: tuple[str, str],
) -> ledes.Invoice:
    """The invoice of a draft. ``days``: the period's first and last one.

    ``firm_and_text``: the law firm's id, and what the invoice is for.
    """
    matter = draft.matter
    return ledes.Invoice(
        number=number,
        made_on=made_on,
        begins=days[0],
        ends=days[1],
        client_id=matter.client_id,
        law_firm_matter_id=matter.matter_id,
        client_matter_id=matter.clients_id_of_it,
        law_firm_id=firm_and_text[0],
        description=firm_and_text[1],
        items=draft.items,
    )
