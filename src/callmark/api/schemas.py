"""What all requests and answers have in common."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from inspect import ismethod
from types import NoneType
from typing import Annotated, Any, ClassVar, Self, get_args, get_origin

from django.db.models import QuerySet
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    model_validator,
)
from pydantic.fields import FieldInfo

from callmark.api.examples import MOMENT
from callmark.money import as_text
from callmark.policy.values import value_class


class Request(BaseModel):
    """A body; fields that are not known are refused, since they are mostly misspelt.

    The document shows what its fields have as ``eg()``, or what the class itself says:
    ``class NewCode(Request, example={...})``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    example: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls, *, example: dict[str, Any] | None = None, **more: Any) -> None:  # noqa: ANN401
        super().__init_subclass__(**more)
        cls.example = example or {}


class Shown(BaseModel):
    """What an answer shows. ``shown_once``: it holds a secret that is not told again."""

    model_config = ConfigDict(frozen=True)
    shown_once: ClassVar[bool] = False

    def __init_subclass__(cls, *, shown_once: bool = False, **more: Any) -> None:  # noqa: ANN401
        super().__init_subclass__(**more)
        cls.shown_once = cls.shown_once or shown_once

    @classmethod
    def of(cls, row: object, **otherwise: Any) -> Self:  # noqa: ANN401
        """Show a row by its attributes (of ``eg(row=)``); ``otherwise``: what it has not."""
        fields = cls.model_fields.items()
        values = {name: _of(row, name, one) for name, one in fields if name not in otherwise}
        return cls.model_validate(values | otherwise)

    @model_validator(mode="before")
    @classmethod
    def _of_a_row_within_another(cls, row: object) -> object:
        if isinstance(row, Mapping | cls):
            return row
        return {name: _of(row, name, field) for name, field in cls.model_fields.items()}


@value_class
class _Source:
    """Where a row has the value: attributes one after the other (methods are called), or how."""

    names_or_how: str | Callable[[Any], object]


def _of(row: object, name: str, field: FieldInfo) -> object:
    said = [] if isinstance(row, Shown) else field.metadata
    source = next((one.names_or_how for one in said if isinstance(one, _Source)), name)
    value: Any = row if isinstance(source, str) else source(row)
    for step in source.split(".") if isinstance(source, str) else ():
        value = None if value is None else getattr(value, step)
        value = value() if ismethod(value) else value
    return list(value) if isinstance(value, QuerySet) else value


def _without(*names: str) -> Any:  # noqa: ANN401
    def drop(schema: dict[str, Any]) -> None:
        for name in names:
            schema.pop(name, None)

    return drop


def eg(
    value: object = ...,
    description: str | None = None,
    *,
    row: str | Callable[[Any], object] | None = None,
    **more: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    """A field with the value that examples show (of a model: its own), and a description.

    ``row``: what a row calls it, where that is not the field's own name (``switch.name``), or how
    it follows from the row.
    ``more``: what pydantic's ``Field`` takes besides, such as ``default`` and ``max_length``.
    """
    value = example_of(value) if isinstance(value, type) else value
    more |= {"examples": None if value is ... else [value]}
    more |= {} if description is None else {"description": description}
    field = Field(json_schema_extra=_without("examples"), **more)
    field.metadata += [_Source(row)] if row else []
    return field


def example_of(model: Any, changed: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401
    """What the document shows of a model, with some values (or its items') changed."""
    if model is None:
        return None
    if issubclass(model, Request):
        said = model.example or _of_fields(model)
        if not said:
            raise TypeError(f"give {model.__name__} an example: ... = eg(...)")
        return said
    if "items" in model.model_fields and changed:
        (item,) = get_args(model.model_fields["items"].annotation)
        return example_of(model) | {"items": [example_of(item, changed)]}
    shown = {name: _value(model, name, field) for name, field in model.model_fields.items()}
    return shown | dict(changed or {})


def _of_fields(model: type[BaseModel]) -> dict[str, Any]:
    return {name: one.examples[0] for name, one in model.model_fields.items() if one.examples}


def _value(model: type[BaseModel], name: str, field: FieldInfo) -> object:
    """A field's own example; without one that of its model, a moment, or the least there is."""
    if field.examples:
        return field.examples[0]
    kind, inner = field.annotation, get_args(field.annotation)
    if NoneType in inner:
        return None
    if get_origin(kind) is list and isinstance(inner[0], type) and issubclass(inner[0], BaseModel):
        return [example_of(inner[0])]
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return example_of(kind)
    least: dict[Any, object] = {datetime: MOMENT, bool: False}
    if kind not in least:
        raise TypeError(f"give {model.__name__}.{name} an example: eg(...)")
    return least[kind]


NO_CONTROL_CHARACTERS = r"^[^\x00-\x1f\x7f]*$"


def _true_or_false(value: object) -> object:
    if isinstance(value, str) and value not in {"true", "false"}:
        raise ValueError("write true or false")
    return value


QueryFlag = Annotated[bool, BeforeValidator(_true_or_false)]
"""A yes or no in an address; in a JSON body it is a :class:`pydantic.StrictBool`."""


def _in_lower_case(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


FormFlag = Annotated[QueryFlag, BeforeValidator(_in_lower_case)]
"""A yes or no in a form: generated clients write ``True`` there, as their language does."""

Line = Annotated[str, Field(max_length=100, pattern=NO_CONTROL_CHARACTERS)]
"""Up to 100 characters without line breaks."""


def _in_utc(moment: datetime) -> datetime:
    if not 1970 <= moment.year <= 2999:
        raise ValueError("use a year from 1970 to 2999")
    return moment.astimezone(UTC)


def _written(pattern: str, example: str) -> BeforeValidator:
    """A number would be taken for seconds since 1970, which nobody means."""

    def written_out(value: object) -> object:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ValueError(f"write {example}")
        return value

    return BeforeValidator(written_out)


Moment = Annotated[
    AwareDatetime,
    _written("(?is).*T.*", "the moment as 2026-11-23T09:30:00Z"),
    AfterValidator(_in_utc),
    Field(description="ISO 8601 with a zone, such as 2026-11-23T09:30:00Z."),
]

AS_A_DAY = _written(r"\d{4}-\d\d-\d\d", "the day as 2026-11-23")
"""A date, of which a number would be taken for seconds, too."""

Cost = Annotated[Decimal, PlainSerializer(as_text, return_type=str)]
"""An amount of money, as a text: figures would lose cents. Two decimals at least in every currency:
a program reads one form, and need not know which has how many.
"""


def if_rated(name: str) -> Callable[[Any], object]:
    """For ``eg(row=)``: what a row tells of its cost, null where the account has no rates."""

    def told(row: Any) -> object:  # noqa: ANN401
        has_rates = row.cost is not None and getattr(row, "currency", None) != ""
        return getattr(row, name) if has_rates else None

    return told


NULL_IF_EMPTY = BeforeValidator(lambda value: value or None)
"""An empty text of the database is null."""


def unchanged(value: object = ..., **more: Any) -> Any:  # noqa: ANN401
    """A field of a PATCH that may be left out, with the value that the example shows."""
    examples = None if value is ... else [value]
    hidden = _without("default", "examples")
    return Field(default=None, examples=examples, json_schema_extra=hidden, **more)


def maybe(description: str | None = None, default: object = None, **more: Any) -> Any:  # noqa: ANN401
    """A condition of a query, which may be left out."""
    return eg(description=description, default=default, **more)
