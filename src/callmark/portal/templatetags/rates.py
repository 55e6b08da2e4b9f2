"""Template tags for what calls cost."""

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from callmark.accounts.currencies import written
from callmark.calls.models import Call, Charge
from callmark.policy.rating import Per, Rate
from callmark.portal.forms.rates import KINDS
from callmark.tariffs.texts import write_rate

register = template.Library()

_KINDS = dict(KINDS)


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """An amount with its currency, such as USD 1,204.50; '' for None."""
    return "" if amount is None else f"{currency} {written(amount, currency)}"


@register.filter
def amount(value: Decimal | None, currency: str) -> str:
    """The same below a head that names the currency: 1,204.50; '' for None."""
    return "" if value is None else written(value, currency)


@register.filter
def cost(call: Call) -> str:
    """What a call costs, with its currency; '' where it has no charge."""
    charge: Charge | None = getattr(call, "charge", None)
    return money(charge.amount, charge.currency) if charge else ""


@register.simple_tag
def rate_for(rate: Rate) -> SafeString:
    """Which calls a rate is for."""
    if rate.prefix:
        return format_html('<span class="digits">{}</span>', rate.prefix)
    return format_html("{}", _KINDS.get(rate.call_type, rate.call_type).capitalize())


@register.simple_tag
def rate_name(rate: Rate) -> str:
    """Its name, where that says more than which calls it is for."""
    kind = _KINDS.get(rate.call_type, rate.call_type)
    return "" if not rate.prefix and rate.label.casefold() == kind.casefold() else rate.label


@register.simple_tag
def rate_price(rate: Rate, currency: str) -> str:
    """What it costs, in words: 0.12 a minute, in steps of 6 s."""
    price = written(rate.price, currency)
    if rate.per is Per.BLOCK:
        main = f"{price} each started {rate.block_seconds} s"
    else:
        main = f"{price} a minute, in steps of {rate.block_seconds} s"
    free = not rate.price and rate.connection_fee and not rate.first_price
    parts = [] if free else [main]
    if rate.first_seconds and not free:
        first = written(rate.first_price, currency)
        parts.insert(0, f"first {rate.first_seconds} s {first}, then")
    if rate.connection_fee:
        fee = f"{written(rate.connection_fee, currency)} a call"
        parts.append(fee if free else f"+ {fee}")
    return " ".join(parts)


@register.simple_tag
def rate_limits(rate: Rate) -> str:
    """When it holds and how far it goes, where that is limited."""
    texts = write_rate(rate)
    told = []
    if texts["weekdays"]:
        told.append(texts["weekdays"])
    if texts["begins"]:
        told.append(f"{texts['begins']} to {texts['ends']}")
    words = {
        "free_below": "free below {} s",
        "minimum": "at least {}",
        "maximum": "at most {}",
        "valid_from": "from {}",
        "valid_until": "until {}",
        "mark_up": "mark-up {} %",
    }
    told += [pattern.format(texts[name]) for name, pattern in words.items() if texts[name]]
    return ", ".join(told)
