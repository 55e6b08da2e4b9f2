"""Whom a call was with, as the database can tell and an index can find."""

from typing import Any, ClassVar

from django.db.models import Case, CharField, F, Func, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Concat, Length, Substr
from django.db.models.lookups import GreaterThan, StartsWith


class Literal(Value):
    """A word of ours that stands in the statement itself.

    SQLite uses an index on an expression only where the query has the same expression, and a
    parameter's value is none of it.
    """

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:  # noqa: ANN401, ARG002
        """The word between quotation marks."""
        assert isinstance(self.value, str)
        assert not set(self.value) & set("'%\\")
        return f"'{self.value}'", ()


_NONE = Literal("")

OTHER_PARTY = Case(
    When(Q(direction=Literal("inbound")), then=F("caller")),
    When(~Q(e164=_NONE), then=F("e164")),
    When(~Q(number=_NONE), then=F("number")),
    default=F("dialed"),
    output_field=CharField(),
)
"""As the switch knows it: who called, or what was dialed; in E.164 where that is known."""


class LastDigits(Func):
    """The end of a number: however it is written, in full or with a zero before it, it is alike."""

    output_field: ClassVar[Any] = CharField()
    template = "RIGHT(%(expressions)s, 8)"

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, Any]:  # noqa: ANN401
        """There is no RIGHT."""
        return self.as_sql(compiler, connection, template="SUBSTR(%(expressions)s, -8)", **more)


_NATIONAL_AT_MOST = 10


def in_full(number: Combinable, calling_code: str) -> Case:
    """A number as trunks tell it, in E.164, where its country has this calling code.

    They write +442079460138, 442079460138, 00442079460138, 02079460138, or 2125550147.
    """
    is_long = Q(GreaterThan(Length(number), _NATIONAL_AT_MOST))
    plus, here = Value("+"), Value(f"+{calling_code}")
    return Case(
        When(StartsWith(number, plus), then=number),
        When(StartsWith(number, Value("00")), then=Concat(plus, Substr(number, 3))),
        When(StartsWith(number, Value("0")), then=Concat(here, Substr(number, 2))),
        When(Q(StartsWith(number, Value(calling_code))) & is_long, then=Concat(plus, number)),
        default=Concat(here, number),
        output_field=CharField(),
    )
