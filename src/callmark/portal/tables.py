"""How a person sees a list: its columns, how close its rows are, and in which order."""

from collections.abc import Iterable, Mapping
from dataclasses import field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from callmark.policy.values import value_class
from callmark.portal.choices_kept import keep_for, kept_for
from callmark.portal.history.columns import COLUMNS as CALLS
from callmark.portal.history.columns import DEFAULT as CALLS_SHOWN
from callmark.portal.pages import Here

DENSITIES: Mapping[str, str | Promise] = {
    "comfortable": gettext_lazy("Comfortable"),
    "compact": gettext_lazy("Compact"),
}


@value_class
class ListKind:
    """What can be chosen for a list; the first order is the usual one."""

    columns: Mapping[str, str | Promise] = field(default_factory=dict)
    shown: tuple[str, ...] = ()
    density: str = "comfortable"
    orders: Mapping[str, str | Promise] = field(default_factory=dict)


LISTS = {
    # Rows of 40 px: there are many calls.
    "calls": ListKind(CALLS, CALLS_SHOWN, density="compact"),
    "codes": ListKind(
        {
            "code": gettext_lazy("Code"),
            "label": gettext_lazy("Label"),
            "ids": gettext_lazy("Client and matter"),
            "added": gettext_lazy("Added"),
        },
        ("code", "label", "ids", "added"),
        orders={
            "name": gettext_lazy("Name, A to Z"),
            "-name": gettext_lazy("Name, Z to A"),
            "-created": gettext_lazy("Added last, first"),
            "created": gettext_lazy("Added first, first"),
        },
    ),
    "users": ListKind(),
}


@value_class
class Table:
    """A list as somebody has arranged it; ``all_columns`` are those to choose from."""

    name: str
    all_columns: Mapping[str, str | Promise]
    columns: tuple[str, ...]
    density: str
    sort: str

    @property
    def orders(self) -> Mapping[str, str | Promise]:
        """The orders to choose from."""
        return LISTS[self.name].orders

    @property
    def densities(self) -> Mapping[str, str | Promise]:
        """How close rows can be."""
        return DENSITIES

    @property
    def css(self) -> str:
        """The class of its table."""
        return f"is-{self.density}"


def table_of(here: Here, name: str) -> Table:
    """A list as the person has arranged it; the usual way where nothing, or nonsense, is kept."""
    kind, kept = LISTS[name], kept_for(here.person, name)
    there = {
        one: label
        for one, label in kind.columns.items()
        if name != "calls" or one != "cost" or here.account.currency
    }
    chosen = kept.get("columns")
    wanted = chosen if isinstance(chosen, list) and set(chosen) & there.keys() else kind.shown
    density, sort = str(kept.get("density", "")), str(kept.get("sort", ""))
    return Table(
        name,
        there,
        tuple(one for one in there if one in wanted),
        density if density in DENSITIES else kind.density,
        sort if sort in kind.orders else next(iter(kind.orders), ""),
    )


def arrange(here: Here, name: str, *, columns: Iterable[str], density: str, sort: str) -> None:
    """Keep how the person wants the list. What is not to be chosen is left out."""
    kind, wanted = LISTS[name], set(columns)
    values = {
        "columns": [one for one in kind.columns if one in wanted],
        "density": density if density in DENSITIES else kind.density,
        "sort": sort if sort in kind.orders else "",
    }
    keep_for(here.person, name, values)
