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
from callmark.policy.texts import Amount, Text

_KINDS = {
    CallType.EMERGENCY: Text("Emergency calls"),
    CallType.INTERNAL: Text("Internal calls"),
    CallType.TOLL_FREE: Text("Toll-free calls"),
    CallType.DOMESTIC: Text("Domestic calls"),
    CallType.INTERNATIONAL: Text("International calls"),
    CallType.DIRECTORY_ASSISTANCE: Text("Calls to directory assistance"),
    CallType.PREMIUM: Text("Premium toll calls"),
    CallType.SERVICE: Text("Service codes"),
    CallType.UNROUTABLE: Text("Calls that no plan can route"),
    INBOUND: Text("Inbound calls"),
}


def reasons(call: RatedCall, tariff: Tariff, rate: Rate | None, amount: Decimal) -> tuple[str, ...]:
    """Which rate it is, what it comes to step by step, and the sum."""
    if not call.answered:
        return (Text("Nobody answered the call: it costs nothing."),)
    if rate is None:
        return (_why_none(call),)
    told: list[str] = [_which(call, rate)]
    if call.seconds < rate.free_below:
        free = Text("Calls shorter than {seconds} seconds are free.", seconds=rate.free_below)
        return (*told, free)
    if not (rate.price or rate.first_price or rate.connection_fee or rate.minimum):
        return (*told, Text("These calls are free."))
    told += _steps(rate, call.seconds)
    mark_up = tariff.mark_up if rate.mark_up is None else rate.mark_up
    if mark_up:
        told.append(Text("Mark-up: {percent}%.", percent=plain(mark_up)))
    return (*told, _rounded(tariff, amount))


def _rounded(tariff: Tariff, amount: Decimal) -> Text:
    sums = {"decimals": tariff.decimals, "currency": tariff.currency, "amount": Amount(amount)}
    if tariff.decimals == 1 and tariff.rounding is Rounding.UP:
        return Text("Rounded up, 1 decimal: {currency} {amount}.", **sums)
    if tariff.decimals == 1:
        return Text("Rounded to the nearest, 1 decimal: {currency} {amount}.", **sums)
    if tariff.rounding is Rounding.UP:
        return Text("Rounded up, {decimals} decimals: {currency} {amount}.", **sums)
    return Text("Rounded to the nearest, {decimals} decimals: {currency} {amount}.", **sums)


def plain(number: Decimal) -> Amount:
    """A number without needless zeros or an exponent, with two decimals if it has any."""
    text = f"{number:f}"
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0")
    return Amount(f"{whole}.{decimals:<02}" if decimals else whole)


def _why_none(call: RatedCall) -> Text:
    if call.kind in ONLY_BY_TYPE:
        kind = _KINDS[call.kind]
        return Text("{kind} cost nothing unless a rate names them, and none does.", kind=kind)
    return Text("The tariff has no rate for this number, none for its type, and no default.")


def _which(call: RatedCall, rate: Rate) -> Text:
    if rate.prefix:
        why = Text("The number begins with {prefix}", prefix=rate.prefix)
    elif rate.call_type:
        kind = _KINDS.get(call.kind, Text("Calls of this type"))
        why = Text("{kind} have a rate", kind=kind)
    else:
        why = Text("No rate is for this number or its type, so the default applies")
    if not _says_more(rate):
        if rate.is_limited:
            return Text("{why}, at the hour and on the day it started.", why=why)
        return Text("{why}.", why=why)
    if rate.is_limited:
        return Text(
            "{why}, at the hour and on the day it started: {rate}.", why=why, rate=rate.label
        )
    return Text("{why}: {rate}.", why=why, rate=rate.label)


def _says_more(rate: Rate) -> bool:
    """Whether its name tells more than which calls it is for; who gave none has one of these."""
    kind = rate.prefix or rate.call_type.replace("_", " ") or "all other calls"
    return rate.label.casefold().replace("-", " ") != kind


def _steps(rate: Rate, seconds: int) -> Iterator[Text]:
    if rate.connection_fee:
        yield Text("Connection: {price}.", price=plain(rate.connection_fee))
    if rate.first_seconds:
        yield Text(
            "First {seconds} seconds: {price} in all.",
            seconds=rate.first_seconds,
            price=plain(rate.first_price),
        )
    elif rate.first_price:
        yield Text("At the start: {price}.", price=plain(rate.first_price))
    blocks = -(-max(0, seconds - rate.first_seconds) // rate.block_seconds)
    if blocks and rate.price:
        step = _blocks(rate, blocks)
        yield Text("Then {step}", step=step) if rate.first_seconds else step
    if rate.minimum:
        yield Text("A call costs at least {price}.", price=plain(rate.minimum))
    if rate.maximum is not None:
        yield Text("A call costs at most {price}.", price=plain(rate.maximum))


def _blocks(rate: Rate, blocks: int) -> Text:
    """'3 started blocks of 6 seconds at 0.10 a minute.'"""
    told = {"blocks": blocks, "seconds": rate.block_seconds, "price": plain(rate.price)}
    if rate.per is Per.MINUTE:
        if rate.block_seconds == 1 and blocks == 1:
            return Text("{blocks} second at {price} a minute.", **told)
        if rate.block_seconds == 1:
            return Text("{blocks} seconds at {price} a minute.", **told)
        if blocks == 1:
            return Text("{blocks} started block of {seconds} seconds at {price} a minute.", **told)
        return Text("{blocks} started blocks of {seconds} seconds at {price} a minute.", **told)
    if rate.block_seconds == 1 and blocks == 1:
        return Text("{blocks} second at {price} each.", **told)
    if rate.block_seconds == 1:
        return Text("{blocks} seconds at {price} each.", **told)
    if blocks == 1:
        return Text("{blocks} started block of {seconds} seconds at {price} each.", **told)
    return Text("{blocks} started blocks of {seconds} seconds at {price} each.", **told)
