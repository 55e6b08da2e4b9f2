"""Whom a call was with, as the database can tell and an index can find."""

from typing import Any, ClassVar

from django.db.models import Case, CharField, F, Func, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Substr
from django.db.models.lookups import StartsWith
from phonenumbers import PhoneMetadata


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


class _Joined(Func):
    """Texts in a row. Django's own minds that one may be missing.

    PostgreSQL takes what does for something that may leak, and does not look it up in an index.
    """

    output_field: ClassVar[Any] = CharField()
    template = "(%(expressions)s)"
    arg_joiner = " || "


def spellings(number: Combinable, country: str) -> list[Combinable]:
    """How a call of an account in this country may have had the number, which is one call's.

    In E.164, or as trunks tell it: +442079460138, 442079460138, 02079460138; 2125550147.
    """
    metadata = PhoneMetadata.metadata_for_region(country)
    assert metadata is not None, "an account's country is one that has numbers"
    code, trunk = str(metadata.country_code), metadata.national_prefix
    plus, here = Value("+"), Value(f"+{code}")
    is_in_full, is_of_here = Q(StartsWith(number, plus)), Q(StartsWith(number, here))
    national = Substr(number, len(code) + 2)
    told = [When(is_of_here, then=national)]
    if trunk not in {None, code}:
        without = _Joined(here, Substr(number, len(trunk) + 1))
        told = [
            When(is_of_here, then=_Joined(Value(trunk), national)),
            When(StartsWith(number, Value(trunk)), then=without),
        ]
    return [
        number,
        Case(When(is_in_full, then=Substr(number, 2)), default=_Joined(plus, number)),
        Case(*told, default=_Joined(here, number)),
    ]
