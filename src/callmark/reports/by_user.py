"""A line for each user, the payer of the call; users who were deleted stand under their names."""

from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID

from django.db import connection
from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext

from callmark.accounts.models import User
from callmark.calls.models import Call, TagState, UserTotal
from callmark.calls.models.totals import NOBODY
from callmark.reports.all_but import AllBut, left
from callmark.reports.definitions import Figures, Key, Line, Part
from callmark.reports.reading import (
    NOTHING,
    Reading,
    Row,
    figures_in,
    in_memory,
    of_calls,
    sums_for,
)

_AT_ONCE = 500


class ByUser(Reading):
    """By the user's id; where nobody has it (any more), by the name on the calls."""

    by: ClassVar = ("payer_id", "gone")
    name: ClassVar = "user_name"

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """Totals, or the calls."""
        if self.selection.month_totals_tell:
            return _by_user(self.selection.totals(UserTotal).exclude(NOTHING))
        return _by_user(self.selection.each())

    @cached_property
    def _all_but(self) -> AllBut | None:
        if self.selection.left_out is None:
            return None
        return AllBut(self.selection, self.selection.totals(UserTotal), self.by, _by_user)

    def lines(self, order: str, most: int | None) -> list[Line]:
        """The first lines in this order; None: all."""
        wanted = self._sorted_by(order)
        if self._all_but is None or wanted == "in_order":
            return super().lines(order, most)
        groups, arguments = self._all_but.groups()
        # Who is there has a name; who is not stands under the one that makes the line.
        named = f"SELECT *, gone AS named, '' AS part FROM ({groups}) groups"  # noqa: S608 (our own names)
        order_by = f"{wanted} DESC NULLS LAST" if order[0] == "-" else wanted
        columns = [*self.by, "named", "part"]
        sums = list(sums_for(self.rows, self.selection))
        in_order = ", ".join([order_by, *self.by])
        return self._read_first((named, arguments), columns, sums, in_order, most)

    def figures(self, keys: Collection[Key]) -> dict[Key, Figures]:
        """The figures of these lines, as far as there are any."""
        if self._all_but is None:
            return super().figures(keys)
        rest, of_rest = self._with_all(self._all_but.rest, keys)
        every = self.selection.by_state_of_days().values()
        self._every = left(sum(every, Figures()), of_rest)
        known = self._all_but.figures(self.only(keys))
        return {
            self.key(dict(zip(self.by, key, strict=True))): found
            for key, one in known.items()
            if (found := left(one, rest.get(key, Figures()))).calls
        }

    def key(self, row: Row) -> Key:
        """By the id, and without one by the name."""
        return Key(Part.ONE, str(row["payer_id"]), row["gone"])

    def only(self, keys: Collection[Key]) -> Q:
        """By their ids; those without one are few."""
        return Q(payer_id__in=[UUID(key.value) for key in keys])

    def by_name(self) -> Any:  # noqa: ANN401
        """As they are called now."""
        users = User.objects.of(self.selection.account).filter(pk=OuterRef("payer_id"))
        return Lower(Coalesce(Subquery(users.values("name")[:1]), F("named")))

    def lines_by_change(self, earlier: Reading, most: int | None, *, is_down: bool) -> list[Line]:
        """As of any reading; of totals, lines are made of the first alone."""
        if most is None or of_calls(self.rows) or of_calls(earlier.rows):
            return super().lines_by_change(earlier, most, is_down=is_down)
        first = _first_by_change(self, earlier, most, is_down=is_down)
        # Of those whom nobody has any more there are others with the same id.
        found = {
            line.key: line
            for line in self.called(list(self._grouped(self.rows.filter(self.only(first)))))
        }
        return [found[key] for key in first]

    def called(self, rows: list[Row]) -> Iterable[Line]:
        """The lines, by the names that the users have now."""
        users = User.objects.of(self.selection.account)
        ids = [row["payer_id"] for row in rows]
        now: dict[UUID, str] = {}
        for start in range(0, len(ids), _AT_ONCE):
            some = users.filter(pk__in=ids[start : start + _AT_ONCE])
            now |= dict(some.values_list("pk", "name"))
        for row in rows:
            pk = row["payer_id"] if row["payer_id"] in now else None
            label = now.get(row["payer_id"], row["named"]) or gettext("Caller unknown")
            yield Line(self.key(row), label, figures_in(row), None, pk)


def _by_user(rows: QuerySet[Any]) -> QuerySet[Any]:
    """With the columns that make a line."""
    nobody = Value(NOBODY, output_field=User._meta.pk)
    rows = rows.annotate(
        payer_id=Coalesce(F("user_id"), nobody) if rows.model is Call else F("who")
    )
    gone = Case(When(payer_id=NOBODY, then=F("user_name")), default=Value(""))
    named: QuerySet[Any] = rows.annotate(gone=gone)
    return named


def _first_by_change(now: Reading, before: Reading, most: int, *, is_down: bool) -> list[Key]:
    """In the database: to make keys of thousands of users took most of a page's time.

    As :func:`callmark.reports.reading.change_of` has it, and then by talk.
    """
    talk = (one.rows.values(*one.by).annotate(talk=Sum("seconds")) for one in (now, before))
    (sql, arguments), (others_sql, of_others) = (
        one.order_by().query.sql_with_params() for one in talk
    )
    both = " AND ".join(f"others.{name} = mine.{name}" for name in now.by)
    told = ", ".join(f"mine.{name}" for name in now.by)
    more = "CAST(mine.talk - others.talk AS FLOAT) / NULLIF(others.talk, 0)"
    with in_memory(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {told} FROM ({sql}) mine LEFT JOIN ({others_sql}) others ON {both} "  # noqa: S608 (our own names)
            f"ORDER BY {more} {'DESC' if is_down else 'ASC'} NULLS LAST, "
            f"mine.talk DESC, {told} LIMIT %s",
            [*arguments, *of_others, most],
        )
        rows = [dict(zip(now.by, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        # SQLite has them as text.
        row["payer_id"] = UUID(f"{row['payer_id']}")
    return [now.key(row) for row in rows]


class ByUserToAssign(ByUser):
    """Only calls that should have a code and have none."""

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """Totals, or the calls."""
        every = super().rows
        if every.model is Call:
            return every.filter(needs_code=True)
        return every.filter(state=TagState.TO_ASSIGN)
