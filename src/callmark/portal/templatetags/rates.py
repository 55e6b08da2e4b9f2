"""Template tags for what calls cost."""

from datetime import date
from decimal import Decimal

from django import template
from django.utils import translation
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext

from callmark.accounts.currencies import with_currency, written
from callmark.calls.models import Call, Charge
from callmark.calls.parties import international
from callmark.local_formats import in_readers_language, number
from callmark.policy.rating import Per, Rate
from callmark.policy.rating.reasons import plain
from callmark.portal.forms.rates import KINDS
from callmark.portal.templatetags.calls import number_with_country
from callmark.tariffs.queries import Stretch
from callmark.tariffs.trying import Tried

register = template.Library()

_KINDS = dict(KINDS)


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """An amount with its currency, such as USD 1,204.50; '' for None."""
    return "" if amount is None else with_currency(amount, currency)


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
def version_days(stretch: Stretch) -> str:
    """Which calls a version is for: for calls from Nov 1, 2026 to Dec 31, 2026."""
    first, last = stretch.tariff.valid_from, stretch.until
    if stretch.replaced_by:
        words = gettext("no longer used: version {number} covers the same days")
        return words.format(number=stretch.replaced_by)
    if first and last:
        words = gettext("for calls from {first} to {last}")
    elif first:
        words = gettext("for calls from {first}")
    elif last:
        words = gettext("for calls until {last}")
    else:
        return gettext("for all calls")
    return words.format(first=_day(first), last=_day(last))


def _day(day: date | None) -> str:
    return date_format(day) if day else ""


@register.simple_tag
def number_of_try(tried: Tried) -> SafeString:
    """The number in international form with its country; as it was dialed where it has none."""
    text, country = international(tried.number.e164 or "")
    return number_with_country(text or tried.number.dialed, country)


@register.simple_tag
def rate_for(rate: Rate) -> SafeString:
    """Which calls a rate is for."""
    if rate.prefix:
        return format_html('<span class="digits">{}</span>', rate.prefix)
    return format_html("{}", capfirst(_KINDS.get(rate.call_type, rate.call_type)))


@register.simple_tag
def rate_name(rate: Rate) -> str:
    """Its name, where that says more than which calls it is for."""
    if rate.prefix:
        return rate.label
    # A name that nobody has given was made of the kind, in English or as the page says it.
    kind = _KINDS.get(rate.call_type, rate.call_type)
    with translation.override("en"):
        known = str(kind).casefold()
    return "" if rate.label.casefold() in {known, str(kind).casefold()} else rate.label


@register.simple_tag
def rate_price(rate: Rate, currency: str) -> str:
    """What it costs, in words: 0.12 a minute, in steps of 6 s; or that it costs nothing."""
    if not any((rate.price, rate.first_price, rate.connection_fee, rate.minimum)):
        return pgettext("of calls", "free")
    price = written(rate.price, currency)
    if rate.per is Per.BLOCK:
        main = gettext("{price} each started {seconds} s")
    else:
        main = gettext("{price} a minute, in steps of {seconds} s")
    main = main.format(price=price, seconds=rate.block_seconds)
    free = not rate.price and rate.connection_fee and not rate.first_price
    parts = [] if free else [main]
    if rate.first_seconds and not free:
        first = gettext("first {seconds} s: {price}, then")
        price = written(rate.first_price, currency)
        parts.insert(0, first.format(seconds=rate.first_seconds, price=price))
    if rate.connection_fee:
        fee = gettext("{price} a call").format(price=written(rate.connection_fee, currency))
        parts.append(fee if free else f"+ {fee}")
    return " ".join(parts)


@register.simple_tag
def rate_limits(rate: Rate, currency: str) -> str:
    """When it holds and how far it goes, where that is limited."""
    told = []
    if rate.weekdays:
        told.append(" ".join(str(WEEKDAYS_ABBR[day]) for day in sorted(rate.weekdays)))
    if rate.begins and rate.ends:
        hours = gettext("{first} to {last}")
        told.append(hours.format(first=f"{rate.begins:%H:%M}", last=f"{rate.ends:%H:%M}"))
    if rate.free_below:
        told.append(gettext("free below {} s").format(number(rate.free_below)))
    if rate.minimum:
        told.append(gettext("at least {}").format(written(rate.minimum, currency)))
    if rate.maximum is not None:
        told.append(gettext("at most {}").format(written(rate.maximum, currency)))
    if rate.valid_from:
        told.append(gettext("from {}").format(_day(rate.valid_from)))
    if rate.valid_until:
        told.append(gettext("until {}").format(_day(rate.valid_until)))
    if rate.mark_up is not None:
        told.append(gettext("mark-up {}%").format(in_readers_language(plain(rate.mark_up))))
    return ", ".join(told)
