"""A rate as people write it, in a list or a form: each value a text, empty where there is none."""

import re
from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext

from callmark.policy.rating import Per, Rate
from callmark.policy.values import value_class
from callmark.tariffs.services import KINDS, check_rate

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@value_class
class Problem:
    """What is wrong with one value; ``field`` '' : with the rate."""

    field: str
    message: str


def read_rate(values: Mapping[str, str]) -> tuple[Rate | None, list[Problem]]:
    """The rate that these texts say, or what is wrong with them. Unknown names are ignored."""
    read: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, reader in _READERS.items():
        text = values.get(name, "").strip()
        if not text and name != "label":
            continue
        try:
            read[name] = reader(text)
        except ValueError as problem:
            problems.append(Problem(name, str(problem)))
    if problems:
        return None, problems
    read["label"] = read["label"] or _named(read)
    try:
        rate = Rate(**read)
    except ValueError as problem:
        text = str(problem)
        return None, [Problem("", f"{text[:1].upper()}{text[1:]}.")]
    if (found := check_rate(rate)) is not None:
        return None, [Problem(*found)]
    return rate, []


def write_rate(rate: Rate) -> dict[str, str]:
    """The texts of a rate, as :func:`read_rate` reads them; '' where it says nothing."""
    return {name: _written(name, getattr(rate, name)) for name in _READERS}


def _named(read: Mapping[str, Any]) -> str:
    return read.get("prefix") or read.get("call_type", "").replace("_", " ") or "All other calls"


def _written(name: str, value: Any) -> str:  # noqa: ANN401
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:f}" if value or name in {"maximum", "mark_up"} else ""
        case frozenset():
            return " ".join(DAYS[day] for day in sorted(value))
        case time():
            return f"{value:%H:%M}"
        case int():
            return str(value) if value else ""
    return str(value)


def _amount(text: str) -> Decimal:
    # A comma for the decimal point is what a spreadsheet writes in half of Europe.
    plain = text.replace(",", ".") if "." not in text else text
    try:
        value = Decimal(plain)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0:
        raise ValueError(gettext("Write an amount such as 0.12."))
    return value


def _seconds(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise ValueError(gettext("Write a number of seconds."))
    return int(text)


def _block(text: str) -> int:
    if (seconds := _seconds(text)) < 1:
        raise ValueError(gettext("A block lasts at least one second."))
    return seconds


def _prefix(text: str) -> str:
    digits = re.sub(r"[ ().-]", "", text)
    return digits if digits.startswith("+") else f"+{digits.removeprefix('00')}"


def _kind(text: str) -> str:
    word = re.sub(r"[ -]", "_", text.lower())
    word = {"premium_toll": "premium", "default": "", "other": ""}.get(word, word)
    if word and word not in KINDS:
        raise ValueError(gettext("Write one of: {words}.").format(words=", ".join(KINDS)))
    return word


def _per(text: str) -> Per:
    try:
        return Per(text.lower())
    except ValueError:
        raise ValueError(gettext("Write minute or block.")) from None


def _weekdays(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in re.split(r"[ ,;]+", text.lower()):
        first, _, last = part.partition("-")
        if first[:3] not in DAYS or (last and last[:3] not in DAYS):
            raise ValueError(gettext("Write days such as mon-fri or sat sun."))
        begin = DAYS.index(first[:3])
        end = DAYS.index(last[:3]) if last else begin
        found |= {(begin + step) % 7 for step in range((end - begin) % 7 + 1)}
    return frozenset(found) if len(found) < len(DAYS) else frozenset()


def _clock(text: str) -> time:
    try:
        return time.fromisoformat("00:00" if text == "24:00" else text.zfill(5))
    except ValueError:
        raise ValueError(gettext("Write a time such as 18:00.")) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(gettext("Write the day as 2026-11-23.")) from None


_READERS: dict[str, Callable[[str], Any]] = {
    "label": str,
    "prefix": _prefix,
    "call_type": _kind,
    "connection_fee": _amount,
    "first_seconds": _seconds,
    "first_price": _amount,
    "block_seconds": _block,
    "price": _amount,
    "per": _per,
    "free_below": _seconds,
    "minimum": _amount,
    "maximum": _amount,
    "weekdays": _weekdays,
    "begins": _clock,
    "ends": _clock,
    "valid_from": _day,
    "valid_until": _day,
    "mark_up": _amount,
}
FIELDS = tuple(_READERS)
