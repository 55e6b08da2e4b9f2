"""A language in which every translated text stands in brackets, and what of a page does not."""

import re
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.apps import apps
from django.db import models

from callmark.accounts.time_zones import time_zones
from callmark.policy.numbering.countries import NAMES
from callmark.tariffs.models import Tariff
from scripts.messages import texts

MARKED = "en-xx"
"""English, so that Django's own texts, dates and numbers stay as they are."""

_SHOWN = ("title", "aria-label", "placeholder", "alt", "aria-description", "data-confirm")
_DATES = {
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Sept",
    "Oct",
    "Nov",
    "Dec",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "Mon",
    "Tue",
    "Wed",
    "Thu",
    "Fri",
    "Sat",
    "Sun",
    "UTC",
}
_NAMES = {
    "Callmark",
    "Asterisk",
    "FreeSWITCH",
    "FreePBX",
    "Issabel",
    "FusionPBX",
    "PostgreSQL",
    "SQLite",
    "CSV",
    "KB",
    "csv",
    "xlsx",
    "min",
    "XLSX",
    "PDF",
    "JSON",
    "API",
    "LEDES",
    "Clio",
    "Juris",
    "GitHub",
    "Español",
    "Français",
    "English",
}
_NOT_READ = {"script", "style", "code", "pre", "kbd", "svg"}


def mark_everything(folder: Path) -> None:
    """Write a catalog in which each text is its own translation, in brackets."""
    catalog = Catalog()
    for message in texts():
        if not message.id:
            continue
        many = isinstance(message.id, list | tuple)
        said = tuple(f"⟦{one}⟧" for one in message.id) if many else f"⟦{message.id}⟧"
        catalog.add(message.id, said, context=message.context)
    path = folder / "en_XX" / "LC_MESSAGES" / "django.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, catalog)


def values_of_rows() -> list[str]:
    """What people have entered, the longest first: it stays as it is in every language."""
    found: set[str] = set()
    for model in apps.get_models():
        if not model.__module__.startswith("callmark."):
            continue
        names = [
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField) and not field.choices
        ]
        for values in model._base_manager.values_list(*names) if names else ():
            found.update(value for value in values if isinstance(value, str) and len(value) > 1)
    rates = Tariff._base_manager.values_list("rates", flat=True)
    found.update(rate["label"] for one in rates for rate in one if rate.get("label"))
    return sorted(found, key=len, reverse=True)


class _Shown(HTMLParser):
    """Collects what a reader sees or hears of a page, apart from what stands in brackets.

    A text goes on over the elements in it: "⟦<strong>Ben</strong> changed the account⟧".
    """

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._within: list[bool] = []
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins; what may not be translated says so."""
        told = dict(attrs)
        self.found += ["".join(_outside(value)[0]) for name in _SHOWN if (value := told.get(name))]
        if tag == "input" and told.get("type") in {"submit", "button"} and told.get("value"):
            self.found.append("".join(_outside(told["value"] or "")[0]))
        if tag not in _INLINE:
            self._depth = 0
        if tag not in _VOID:
            self._within.append(tag in _NOT_READ or told.get("translate") == "no")

    def handle_endtag(self, tag: str) -> None:
        """It ends."""
        if tag not in _VOID and self._within:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        """A text."""
        if any(self._within):
            return
        outside, self._depth = _outside(data, self._depth)
        self.found.append("".join(outside))


_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "wbr"}
_INLINE = {"a", "abbr", "b", "bdi", "br", "code", "em", "i", "small", "span", "strong"}
_INLINE |= {"svg", "time", "use"}


def not_translated(page: str, values: list[str]) -> list[str]:
    """What is left of a page's texts without brackets, people's own words, dates and names."""
    shown = _Shown()
    shown.feed(page)
    return [left for text in shown.found if (left := _left(text, values))]


_WORD = re.compile(r"[^\W\d_]{2,}")


def _left(rest: str, values: list[str]) -> str:
    # Nearly all: what was said is in brackets.
    if not _WORD.search(rest) or rest.strip() in _AS_THEY_ARE:
        return ""
    # Currencies have their names of Babel.
    rest = re.sub(r"\b[A-Z]{3} \([^)]*\)", " ", rest)
    for value in values:
        rest = rest.replace(value, " ")
    rest = re.sub(r"\{.*\}|\S*[@/_\d]\S*|Date = |[YMD.-]{8,}", " ", rest, flags=re.DOTALL)
    words = _WORD.findall(rest)
    known = _DATES | _NAMES
    if not [word for word in words if word not in known]:
        return ""
    return "" if " ".join(rest.split()) in _COUNTRIES else " ".join(rest.split())


_ZONES = {one.replace("_", " ") for one in time_zones()}
_COUNTRIES = {*NAMES.values(), *NAMES}
# Django and allauth have translations of their own.
_OF_LIBRARIES = {
    "Email",
    "Email address",
    "Current Password",
    "New Password",
    "New Password (again)",
    "Your password can’t be a commonly used password.",
    "Your password can’t be too similar to your other personal information.",
    "Your password must contain at least 8 characters.",
}
_AS_THEY_ARE = _OF_LIBRARIES | _ZONES | _COUNTRIES


def _outside(text: str, depth: int = 0) -> tuple[list[str], int]:
    """The characters that are in no brackets, and how deep in brackets the text ends."""
    left = []
    for character in text:
        depth += character == "⟦"
        if not depth:
            left.append(character)
        depth = max(0, depth - (character == "⟧"))
    return left, depth
