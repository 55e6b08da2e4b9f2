"""Why a call costs what it costs, in sentences for those who pay."""

from collections.abc import Iterator
from decimal import Decimal

from callmark.policy.numbering import CallType
from callmark.policy.rating.tariff import (
    INBOUND,
    ONLY_BY_TYPE,
    Per,
    Rate,
    RatedCall,
    Rounding,
    Tariff,
)

_KINDS = {
    CallType.EMERGENCY: "Emergency calls",
    CallType.INTERNAL: "Internal calls",
    CallType.TOLL_FREE: "Toll-free calls",
    CallType.DOMESTIC: "Domestic calls",
    CallType.INTERNATIONAL: "International calls",
    CallType.DIRECTORY_ASSISTANCE: "Calls to directory assistance",
    CallType.PREMIUM: "Premium toll calls",
    CallType.SERVICE: "Service codes",
    CallType.UNROUTABLE: "Calls that no plan can route",
    INBOUND: "Inbound calls",
}


def reasons(call: RatedCall, tariff: Tariff, rate: Rate | None, amount: Decimal) -> tuple[str, ...]:
    """Which rate it is, what it comes to step by step, and the sum."""
    if not call.answered:
        return ("Nobody answered the call: it costs nothing.",)
    if rate is None:
        return (_why_none(call),)
    told = [_which(call, rate)]
    if call.seconds < rate.free_below:
        return (*told, f"Calls shorter than {rate.free_below} seconds are free.")
    told += _steps(rate, call.seconds)
    mark_up = tariff.mark_up if rate.mark_up is None else rate.mark_up
    if mark_up:
        told.append(f"Mark-up: {plain(mark_up)} %.")
    way = "up" if tariff.rounding is Rounding.UP else "to the nearest"
    places = f"{tariff.decimals} decimals" if tariff.decimals != 1 else "1 decimal"
    return (*told, f"Rounded {way}, {places}: {tariff.currency} {amount}.")


def plain(number: Decimal) -> str:
    """A number without needless zeros or an exponent, with two decimals if it has any."""
    text = f"{number:f}"
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole}.{decimals:<02}" if decimals else whole


def _why_none(call: RatedCall) -> str:
    if call.kind in ONLY_BY_TYPE:
        return f"{_KINDS[call.kind]} cost nothing unless a rate names them, and none does."
    return "The tariff has no rate for this number, none for its type, and no default."


def _which(call: RatedCall, rate: Rate) -> str:
    if rate.prefix:
        why = f"The number begins with {rate.prefix}"
    elif rate.call_type:
        why = f"{_KINDS.get(call.kind, 'Calls of this type')} have a rate"
    else:
        why = "No rate is for this number or its type, so the default applies"
    hours = ", at the hour and on the day it started" if rate.is_limited else ""
    return f"{why}{hours}: {rate.label}."


def _steps(rate: Rate, seconds: int) -> Iterator[str]:
    if rate.connection_fee:
        yield f"Connection: {plain(rate.connection_fee)}."
    if rate.first_seconds:
        yield f"First {rate.first_seconds} seconds: {plain(rate.first_price)} in all."
    elif rate.first_price:
        yield f"At the start: {plain(rate.first_price)}."
    blocks = -(-max(0, seconds - rate.first_seconds) // rate.block_seconds)
    if blocks:
        of = "a minute" if rate.per is Per.MINUTE else "each"
        if rate.block_seconds == 1:
            size = "second" if blocks == 1 else "seconds"
        else:
            size = f"started {'block' if blocks == 1 else 'blocks'} of {rate.block_seconds} seconds"
        then = "Then " if rate.first_seconds else ""
        yield f"{then}{blocks} {size} at {plain(rate.price)} {of}."
    if rate.minimum:
        yield f"A call costs at least {plain(rate.minimum)}."
    if rate.maximum is not None:
        yield f"A call costs at most {plain(rate.maximum)}."
