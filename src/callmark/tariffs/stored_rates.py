"""A tariff's rates as one JSON value: a list of what differs from a rate's defaults."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

from callmark.policy.rating import Per, Rate

Stored = Mapping[str, Any]

_READ: dict[str, Callable[[Any], Any]] = {
    "connection_fee": Decimal,
    "first_price": Decimal,
    "price": Decimal,
    "minimum": Decimal,
    "maximum": Decimal,
    "mark_up": Decimal,
    "per": Per,
    "weekdays": frozenset,
    "begins": time.fromisoformat,
    "ends": time.fromisoformat,
    "valid_from": date.fromisoformat,
    "valid_until": date.fromisoformat,
}
FIELDS = tuple(Rate.__dataclass_fields__)
_DEFAULTS = {name: getattr(Rate(""), name) for name in FIELDS}


def rates_of(stored: Iterable[Stored]) -> tuple[Rate, ...]:
    """The rates as the policy's values."""
    return tuple(
        Rate(**{name: _READ.get(name, _as_it_is)(value) for name, value in one.items()})
        for one in stored
    )


def to_store(rates: Iterable[Rate]) -> list[dict[str, Any]]:
    """What is stored of them."""
    return [
        {"label": one.label}
        | {
            name: _plain(getattr(one, name))
            for name in FIELDS
            if name != "label" and getattr(one, name) != _DEFAULTS[name]
        }
        for one in rates
    ]


def _as_it_is(value: Any) -> Any:  # noqa: ANN401
    return value


def _plain(value: object) -> object:
    match value:
        case Decimal():
            return f"{value:f}"
        case frozenset():
            return sorted(value)
        case time() | date():
            return value.isoformat()
        case Per():
            return value.value
    return value
