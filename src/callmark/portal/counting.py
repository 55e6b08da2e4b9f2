"""How many a list has, in words: each thing that is counted has sentences of its own.

No language but English can put them together of a number, a noun and "found".
"""

from collections.abc import Callable

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, ngettext

from callmark.local_formats import number
from callmark.policy.values import value_class


@value_class
class _Thing:
    counted: Callable[[int], str]
    more: str | Promise
    none: str | Promise


_THINGS = {
    "entries": _Thing(
        lambda count: ngettext("{count} entry", "{count} entries", count),
        gettext_lazy("More than {count} entries"),
        gettext_lazy("No entry found"),
    ),
    "users": _Thing(
        lambda count: ngettext("{count} user", "{count} users", count),
        gettext_lazy("More than {count} users"),
        gettext_lazy("No user found"),
    ),
    "account codes": _Thing(
        lambda count: ngettext("{count} account code", "{count} account codes", count),
        gettext_lazy("More than {count} account codes"),
        gettext_lazy("No account code found"),
    ),
    "codes": _Thing(
        lambda count: ngettext("{count} code", "{count} codes", count),
        gettext_lazy("More than {count} codes"),
        gettext_lazy("No code found"),
    ),
    "listed numbers": _Thing(
        lambda count: ngettext("{count} listed number", "{count} listed numbers", count),
        gettext_lazy("More than {count} listed numbers"),
        gettext_lazy("No listed number found"),
    ),
    "messages": _Thing(
        lambda count: ngettext("{count} message", "{count} messages", count),
        gettext_lazy("More than {count} messages"),
        gettext_lazy("No message found"),
    ),
    "places": _Thing(
        lambda count: ngettext("{count} place", "{count} places", count),
        gettext_lazy("More than {count} places"),
        gettext_lazy("No place found"),
    ),
    "accounts": _Thing(
        lambda count: ngettext("{count} account", "{count} accounts", count),
        gettext_lazy("More than {count} accounts"),
        gettext_lazy("No account found"),
    ),
    "people": _Thing(
        lambda count: ngettext("{count} person", "{count} people", count),
        gettext_lazy("More than {count} people"),
        gettext_lazy("No person found"),
    ),
    "operations": _Thing(
        lambda count: ngettext("{count} operation", "{count} operations", count),
        gettext_lazy("More than {count} operations"),
        gettext_lazy("No operation found"),
    ),
}


def counted(things: str, count: int) -> str:
    """'3 users'; ``things`` is one of those above."""
    return _THINGS[things].counted(count).format(count=number(count))


def more_than(things: str, count: int) -> str:
    """'More than 1,000 users'."""
    return str(_THINGS[things].more).format(count=number(count))


def on_this_page(things: str, count: int) -> str:
    """'25 users on this page'."""
    return gettext("{counted} on this page").format(counted=counted(things, count))


def found(counted: str) -> str:
    """'3 users found', of a count in words."""
    return gettext("{counted} found").format(counted=counted)


def none_found(things: str) -> str:
    """'No user found'."""
    return str(_THINGS[things].none)
