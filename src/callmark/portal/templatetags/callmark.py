"""Template tags of the portal: icons, the navigation, a call's look."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BoundField
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, pgettext

from callmark.accounts.access import is_operator
from callmark.calls.lengths import clock
from callmark.calls.models import Call, CallOutcome
from callmark.calls.overview import calls_to_assign
from callmark.codes.secrecy import masked
from callmark.local_formats import in_readers_language
from callmark.policy.values import value_class
from callmark.portal import counting
from callmark.portal.guide import HELP
from callmark.portal.pages import Here
from callmark.portal.stretches import COUNTED_AT_MOST, Stretch

register = template.Library()

Item = dict[str, str]


@register.simple_tag
@lru_cache(maxsize=1024)
def icon(name: str, extra: str = "") -> SafeString:
    """An icon of the sprite, for the eye only: the words beside it must say the same."""
    return format_html(
        '<svg class="icon {}" width="24" height="24" aria-hidden="true" focusable="false">'
        '<use href="{}#{}"></use></svg>',
        extra,
        static("callmark/icons.svg"),
        name,
    )


@register.simple_tag
def logo(size: int) -> SafeString:
    """Callmark's mark, out of the same sprite; the name stands beside it."""
    return format_html(
        '<svg width="{}" height="{}" aria-hidden="true" focusable="false">'
        '<use href="{}#callmark"></use></svg>',
        size,
        size,
        static("callmark/icons.svg"),
    )


@register.simple_tag(takes_context=True)
def help_link(context: Mapping[str, Any]) -> SafeString:
    """*Help*: the section of the guide that is about this page, or the guide's beginning."""
    match = context["request"].resolver_match
    anchor = HELP.get(match.url_name, "") if match else ""
    return format_html(
        '<a class="btn btn-ghost-secondary page-help" href="{}{}">{} {}</a>',
        reverse("portal:help"),
        f"#{anchor}" if anchor else "",
        icon("help"),
        gettext("Help"),
    )


@register.inclusion_tag("portal/components/navigation.html", takes_context=True)
def navigation(context: Mapping[str, Any]) -> dict[str, Any]:
    """The side navigation of an account; ``section`` in the context names the current item."""
    here: Here = context["here"]
    of = _Menu(
        here.account.slug,
        str(here.person.pk),
        context.get("section", ""),
        here.once(calls_to_assign) if here.may_read_history else 0,
        reads=here.may_read_history,
        administers=here.may_administer,
        operates=is_operator(here.person),
    )
    return {
        "here": here,
        "request": context["request"],
        "menu": _menu(of, get_script_prefix(), get_language()),
        "is_operator": of.operates,
    }


@value_class
class _Menu:
    """What the items of the navigation depend on."""

    slug: str
    own: str
    section: str
    to_assign: int
    reads: bool
    administers: bool
    operates: bool


@lru_cache(maxsize=512)
def _menu(of: _Menu, _below: str, _language: str | None) -> str:
    """The items as HTML: every page has them, and they are seldom others."""
    groups = [
        ("", _items(of)),
        (gettext("Account"), _account_items(of)),
        (gettext("Connections"), _connections(of)),
    ]
    context = {"groups": groups, "section": of.section}
    return render_to_string("portal/components/menu.html", context)


def _items(of: _Menu) -> list[Item]:
    """What one comes for every day."""
    if of.reads:
        calls = _item(of, "calls", gettext("Calls"), "history") | {"count": str(of.to_assign)}
        reports = _item(of, "reports", gettext("Reports"), "chart-bar")
        return [_item(of, "account_home", gettext("Home"), "home"), calls, reports]
    return [
        _item(of, "user_settings", gettext("My settings"), "adjustments", user_id=of.own),
        _item(of, "calls", gettext("My calls"), "history"),
        _item(of, "reports", gettext("My reports"), "chart-bar"),
    ]


def _account_items(of: _Menu) -> list[Item]:
    """What the account is made of, and what one looks after now and then."""
    months = _item(of, "months", gettext("Months"), "calendar")
    if not of.administers:
        return [months] if of.reads else []
    details = [_item(of, "account_edit", gettext("Account details"), "building")]
    return [
        *(details if of.operates else []),
        _item(of, "account_codes", gettext("Account Codes"), "dialpad"),
        _item(of, "users", gettext("Users"), "users"),
        months,
        _item(of, "rates", gettext("Rates"), "receipt"),
        _item(of, "test_call", gettext("Test a call"), "phone-call"),
        _item(of, "people", gettext("Who can sign in"), "shield-check"),
        _item(of, "activity", gettext("Activity"), "list-details"),
    ]


def _connections(of: _Menu) -> list[Item]:
    """The programs that work with the account."""
    if not of.administers:
        return []
    return [
        _item(of, "webhooks", gettext("Webhooks"), "webhook"),
        _item(of, "api_tokens", gettext("API tokens"), "key"),
    ]


def _item(of: _Menu, name: str, label: str, symbol: str, **arguments: str) -> Item:
    url = reverse(f"portal:{name}", kwargs={"slug": of.slug, **arguments})
    return {"key": name, "label": label, "icon": symbol, "url": url}


_OUTCOME_LOOKS = {
    CallOutcome.CONNECTED: ("green", "circle-check"),
    CallOutcome.DECLINED: ("azure", "hand-stop"),
    CallOutcome.PROCEEDED: ("yellow", "alert-triangle"),
    CallOutcome.ENDED: ("red", "ban"),
    CallOutcome.ABANDONED: ("orange", "phone-end"),
    CallOutcome.LET_THROUGH: ("yellow", "alert-triangle"),
    CallOutcome.REFUSED_UNASKED: ("red", "ban"),
    CallOutcome.REFUSED_NUMBER: ("red", "ban"),
    CallOutcome.REFUSED_LIMIT: ("red", "ban"),
    CallOutcome.CONNECTED_WHILE_DOWN: ("yellow", "alert-triangle"),
    CallOutcome.REFUSED_WHILE_DOWN: ("red", "ban"),
}


@register.simple_tag
def outcome(value: str, short: str = "") -> SafeString:
    """What became of a call, as a colored badge with its words, or shorter ones."""
    return _outcome(value, short, get_language())


@lru_cache(maxsize=256)
def _outcome(value: str, short: str, _language: str | None) -> SafeString:
    color, symbol = _OUTCOME_LOOKS.get(CallOutcome(value), ("secondary", "phone-outgoing"))
    label = CallOutcome(value).label
    look = '<span class="badge outcome bg-{}-lt" title="{}">{} {}</span>'
    return format_html(look, color, label, icon(symbol), short or label)


@register.simple_tag
def digits_for(here: Here, digits: str) -> str:
    """The digits of a code; only their number for those who may not see the account's codes."""
    return digits if here.may_see_codes else masked(digits)


@register.simple_tag
def found(count: int, things: str) -> str:
    """How many a list has, in words: what is announced when it changes while somebody types."""
    return counting.found(counting.counted(things, count)) if count else counting.none_found(things)


@register.simple_tag
def found_in(page: Stretch[Any], things: str) -> str:
    """The same of a long list."""
    return counting.found(counted(page, things)) if page.rows else counting.none_found(things)


@register.simple_tag
def counted(page: Stretch[Any], things: str) -> str:
    """How many a long list has: it is not counted to its end."""
    count = len(page.rows) if page.count is None else page.count
    if count > COUNTED_AT_MOST:
        return counting.more_than(things, COUNTED_AT_MOST)
    of_all = page.count is not None or not (page.before or page.after)
    return counting.counted(things, count) if of_all else counting.on_this_page(things, count)


@register.simple_tag
def counted_here(page: Stretch[Any], things: str) -> str:
    """How many of them a page of it has: what paper says of itself."""
    return counting.on_this_page(things, len(page.rows))


@register.filter
def names_in_a_row(rows: Iterable[Any]) -> SafeString:
    """The names of what has one, each isolated."""
    return format_html_join(", ", "<bdi>{}</bdi>", ((row.name,) for row in rows))


@register.filter
def code_seen_by(call: Call, here: Here) -> str:
    """The code on a call; only its length for those who may not see the account's codes."""
    return call.account_code if here.may_administer else masked(call.account_code)


register.filter("in_language", in_readers_language)


@register.simple_tag
def colon() -> str:
    """What stands between a label and what follows; French has a no-break space before it."""
    return "\N{NO-BREAK SPACE}:" if get_language() == "fr" else ":"


@register.filter
def by_whom(name: str) -> str:
    """A stored name of who did something, in the reader's language where it is nobody's name."""
    return pgettext("who did it", "command line") if name == "command line" else name


@register.filter
def duration(seconds: int | None) -> str:
    """A length of talk as h:mm:ss, alike for one call and a year of them; '' for None."""
    return "" if seconds is None else clock(seconds)


@register.filter
def labeled_input(field: BoundField) -> SafeString:
    """An input of allauth's: its label says already what allauth would say in it once more."""
    field.field.widget.attrs.pop("placeholder", None)
    return input_with(field, "form-control")


@register.filter
def input_with(field: BoundField, css: str) -> SafeString:
    """The field's input in our look; Django itself ties it to its help text and its errors."""
    return field.as_widget(attrs={"class": f"{css} is-invalid" if field.errors else css})
