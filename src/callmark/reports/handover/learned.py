"""What was learned of calls after their months were closed: lines of the month it is billed in."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from callmark.accounts.models import Account
from callmark.calls.models import Adjustment, Direction, TagState
from callmark.calls.parties import other_party
from callmark.reports.charges import charges_of
from callmark.reports.handover.texts import masked_number
from callmark.reports.handover.values import BilledCall, Keeper, Matter
from callmark.reports.rated_by import RatedBy


def adjustments_of(account: Account) -> QuerySet[Adjustment]:
    """Those that somebody is billed for."""
    return Adjustment.objects.of(account).filter(state=TagState.TAGGED)


def learned_lines(
    account: Account,
    rows: QuerySet[Adjustment],
    matters: Mapping[str, Matter],
    keepers: Mapping[UUID, Keeper],
    zone: ZoneInfo,
    *,
    masks: bool,
) -> Iterator[BilledCall]:
    """A line for each of the rows that is of one of these codes, with the day of its call.

    Of a call that has been deleted since only the month is known.
    """
    found = list(rows.filter(account_code_lookup__in=matters).select_related("call"))
    before = _billed_before(account, found)
    charged = charges_of(account, {one.call_id for one in found if one.call_id})
    for one in found:
        call = one.call
        number = other_party(call) if call else ""
        charge = charged.get(one.call_id) if one.call_id else None
        is_rated = bool(one.cost or one.billed_seconds or charge)
        yield BilledCall(
            call_id=one.call_id or one.pk,
            started=call.started_at.astimezone(zone)
            if call
            else datetime.combine(one.of_month, time(), zone),
            number=masked_number(number) if masks else number,
            who=keepers.get(one.who) or Keeper(one.user_name or "Unknown"),
            matter=matters[one.account_code_lookup],
            seconds=one.seconds,
            is_internal=call is not None and call.direction == Direction.INTERNAL,
            cost=one.cost if is_rated else None,
            billed_seconds=one.billed_seconds if is_rated else None,
            of_month=one.of_month,
            before=before[one.pk],
            calls=one.calls,
            rated_by=RatedBy(charge.tariff_id, charge.tariff_version, charge.currency)
            if charge
            else None,
        )


def _billed_before(account: Account, rows: Sequence[Adjustment]) -> dict[UUID, int]:
    """The seconds of talk that each row's call had with its code before: back from what it has."""
    found = {one.pk: max(0, -one.seconds) for one in rows}
    has = {
        (one.call.pk, one.account_code_lookup): (one.call.seconds or 0)
        if one.call.account_code_lookup == one.account_code_lookup and not one.call.not_billable
        else 0
        for one in rows
        if one.call
    }
    every = adjustments_of(account).filter(call__in={call for call, _ in has})
    for one in every.order_by("-at", "-pk"):
        assert one.call_id is not None
        key = (one.call_id, one.account_code_lookup)
        if key in has:
            has[key] -= one.seconds
            if one.pk in found:
                found[one.pk] = has[key]
    return found
