"""Whom a call was with, as the database can tell and an index can find."""

from typing import Any

from django.db.models import Case, CharField, F, Q, Value, When


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
