"""A line for each account code: the bill. Calls without a code are in it, below the lines."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar

from django.db import connection
from django.db.models import (
    BooleanField,
    Case,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext, gettext_noop

from callmark.calls.counted import STATE_OF_CALL
from callmark.calls.models import Call, CodeTotal, CountedCall, TagState
from callmark.codes.models import AccountCode
from callmark.reports.all_but import AllBut, left
from callmark.reports.by_change import first_by_change
from callmark.reports.definitions import Figures, Key, Line, Part
from callmark.reports.one_name import codes_called_one_name
from callmark.reports.reading import (
    NOTHING,
    OF_A_TOTAL,
    Reading,
    Row,
    figures_in,
    first_and_sums,
    in_memory,
    of_calls,
    sums_for,
)

_REST: dict[TagState, tuple[Part, str]] = {
    TagState.TO_ASSIGN: (Part.TO_ASSIGN, gettext_noop("To assign")),
    TagState.NONE: (Part.NO_CODE_NEEDED, gettext_noop("No code needed")),
    TagState.NOT_BILLABLE: (Part.NOT_BILLABLE, gettext_noop("Not billable")),
}
"""In the order in which they stand."""


class ByCode(Reading):
    """By the code's hash, never by its name: one that was renamed is one line."""

    by: ClassVar = ("account_code_lookup",)
    name: ClassVar = "account_code_name"
    _lines: int | None = None

    @cached_property
    def _counted(self) -> QuerySet[Any]:
        """All calls, in whatever state."""
        if self.selection.month_totals_tell:
            return self.selection.totals(CodeTotal).exclude(NOTHING)
        calls = self.selection.each()
        return calls.annotate(state=STATE_OF_CALL) if calls.model is Call else calls

    @cached_property
    def _all_but(self) -> AllBut | None:
        if self.selection.left_out is None:
            return None
        totals = self.selection.totals(CodeTotal)
        return AllBut(self.selection, totals, _GROUPED_BY, _by_state_and_code)

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """Those that are billed to a code."""
        return self._counted.filter(state=TagState.TAGGED)

    def lines(self, order: str, most: int | None) -> list[Line]:
        """The first lines in this order; None: all. What is below them is read along with them."""
        wanted = self._sorted_by(order)
        if most is not None:
            self._lines = self._lines_if_each_is_one_total()
            if self._lines is not None:
                return self._first(wanted, most, is_down=order[0] == "-")
        # Of a hundred lines they are looked up afterwards: not to compare texts of a million calls.
        is_bare = most is not None and wanted != "in_order"
        if not is_bare and self._counted.model is CountedCall:
            return self._lines_in_full(order, most)
        sums = list(sums_for(self._counted, self.selection))
        if is_bare and self._all_but is not None:
            columns, groups = list(_GROUPED_BY), self._all_but.groups()
        else:
            columns, groups = self._groups(wanted, with_texts=not is_bare)
        order_by = f"{wanted} DESC NULLS LAST" if order[0] == "-" else wanted
        rows, below = first_and_sums(
            groups, columns, "state_now", TagState.TAGGED, f"{order_by}, lookup", sums, most
        )
        self._by_state = {TagState(row["state_now"]): figures_in(row) for row in below}
        self._lines = sum(row["lines"] for row in below if row["state_now"] == TagState.TAGGED)
        if is_bare:
            found = self._texts([row["lookup"] for row in rows])
            rows = [{**row, **found[row["lookup"]]} for row in rows]
        return list(self.called(rows))

    def _groups(
        self, wanted: str, *, with_texts: bool
    ) -> tuple[list[str], tuple[str, Sequence[Any]]]:
        """By state and code: their columns beside sums, and their SQL."""
        sums = sums_for(self._counted, self.selection)
        groups = self._counted.values(state_now=F("state"), lookup=F("account_code_lookup"))
        texts = {"named": Max(self.name), "digits": Max("account_code_encrypted")}
        groups = groups.annotate(**(texts if with_texts else {}), **sums).order_by()
        if wanted == "in_order":
            groups = groups.annotate(in_order=self.by_name("lookup"))
        columns = [name for name in groups.query.annotation_select if name not in sums]
        return columns, groups.query.sql_with_params()

    def figures(self, keys: Collection[Key]) -> dict[Key, Figures]:
        """The figures of these lines; of calls, by state along with them."""
        if not of_calls(self._counted):
            return super().figures(keys)
        # Totals do not know of names and digits, nor do they have to here.
        all_but = self._all_but
        calls = _by_state_and_code(self._counted) if all_but is None else all_but.rest
        mine = Q(state_now=TagState.TAGGED) & self.only(keys)
        its = Case(When(mine, then=F("lookup")), default=None)
        by_state: dict[TagState, Figures] = {}
        found: dict[str, Figures] = {}
        grouped = calls.annotate(its=its).values("state_now", "its")
        for row in grouped.annotate(**sums_for(calls, self.selection)).order_by():
            state, one = TagState(row["state_now"]), figures_in(row)
            by_state[state] = by_state.get(state, Figures()) + one
            if row["its"] is not None:
                found[row["its"]] = one
        if all_but is not None:
            nothing, days = Figures(), self.selection.by_state_of_days()
            by_state = {state: left(days[state], by_state.get(state, nothing)) for state in days}
            known = all_but.figures(mine)
            found = {key[1]: left(one, found.get(key[1], nothing)) for key, one in known.items()}
        self._by_state = by_state
        return {Key(Part.ONE, lookup): one for lookup, one in found.items() if one.calls}

    def _texts(self, lookups: list[str]) -> dict[str, dict[str, str]]:
        """How these codes were called, and their digits: those of the list as they are there."""
        codes = AccountCode.objects.of(self.selection.account).filter(code_lookup__in=lookups)
        found = {
            lookup: {"named": name, "digits": digits}
            for lookup, name, digits in codes.values_list("code_lookup", "name", "code_encrypted")
        }
        if others := set(lookups) - set(found):
            texts = {"named": Max(self.name), "digits": Max("account_code_encrypted")}
            in_full = self if self._counted.model is not CountedCall else self._in_full
            of_lines = in_full.rows.filter(account_code_lookup__in=others).order_by()
            for row in of_lines.values("account_code_lookup").annotate(**texts):
                found[row.pop("account_code_lookup")] = row
        return found

    @property
    def _in_full(self) -> "ByCode":
        return ByCode(replace(self.selection, in_full=True))

    def _lines_in_full(self, order: str, most: int | None) -> list[Line]:
        """Of the calls themselves, which have names and digits."""
        in_full = self._in_full
        lines = in_full.lines(order, most)
        self._by_state, self._lines = in_full._by_state, in_full._lines
        return lines

    def _lines_if_each_is_one_total(self) -> int | None:
        """How many lines there are, if every code was called one name in the month; else None.

        Then its total is its line: putting a month's totals into groups is most of the work, and
        almost never needed.
        """
        if not self.selection.month_totals_tell:
            return None
        account, month = self.selection.account, self.selection.billed_in
        codes = codes_called_one_name(account, month)
        if codes is None:
            return None
        tagged = CodeTotal.objects.of(account).filter(month=month, state=TagState.TAGGED)
        return codes - tagged.filter(NOTHING).order_by().count()

    def lines_by_change(self, earlier: Reading, most: int | None, *, is_down: bool) -> list[Line]:
        """The first lines by how much more or less was talked than earlier; None: all."""
        assert isinstance(earlier, ByCode)
        if most is not None and earlier._lines_if_each_is_one_total() is not None:
            self._lines = self._lines_if_each_is_one_total()
        if most is None or self._lines is None:
            return super().lines_by_change(earlier, most, is_down=is_down)
        first = first_by_change(self.rows, earlier.rows, most, is_down=is_down)
        if first is not None:
            return self._in_this_order(first)
        more = "CAST(totals.this - others.this AS FLOAT) / NULLIF(others.this, 0)"
        order = f"{more} {'DESC' if is_down else 'ASC'} NULLS LAST"
        return self._beside(self._narrow("seconds"), earlier._narrow("seconds"), order, most)

    @property
    def _totals_as_lines(self) -> QuerySet[Any, Row]:
        sums = sums_for(self._counted, self.selection)
        lines: QuerySet[Any, Row] = self.rows.annotate(
            lookup=F("account_code_lookup"),
            named=F(self.name),
            digits=F("account_code_encrypted"),
            **{name: F(OF_A_TOTAL[name]) for name in sums},
        ).values("lookup", "named", "digits", *sums)
        return lines

    def _first(self, wanted: str, most: int, *, is_down: bool) -> list[Line]:
        """The first totals as they are."""
        if wanted == "in_order":
            return self._first_by_name(most, is_down=is_down)
        by = F(wanted).desc() if is_down else F(wanted).asc()
        first = self._totals_as_lines.order_by(by, "account_code_lookup")[:most]
        return list(self.called(list(first)))

    def _first_by_name(self, most: int, *, is_down: bool) -> list[Line]:
        """As :meth:`by_name` says; a question for each of the names would take longer."""
        totals = self._narrow(self.name)
        near = self._near_the_first(most, is_down=is_down)
        if near is not None:
            totals = totals.filter(account_code_lookup__in=near)
        codes = AccountCode.objects.of(self.selection.account).order_by()
        names = codes.annotate(lookup=F("code_lookup")).values("lookup", "name")
        by_name = f"LOWER(COALESCE(others.name, totals.this)) {'DESC' if is_down else 'ASC'}"
        return self._beside(totals, names, by_name, most)

    def _near_the_first(self, most: int, *, is_down: bool) -> set[str] | None:
        """Codes among which the first by name are; None: there is no telling without the others.

        The first of the list by its index, and what was called like those or before them, as codes
        may be that are not in the list (any more). As a rule these are the same.
        """
        name, with_calls = (
            Lower("name"),
            self.rows.filter(account_code_lookup=OuterRef("code_lookup")),
        )
        codes = AccountCode.objects.of(self.selection.account).filter(Exists(with_calls))
        in_order = codes.order_by(name.desc() if is_down else name, "code_lookup")
        listed = list(in_order.values_list("code_lookup", name)[:most])
        if len(listed) < most:
            return None
        bound = Q(**{"in_order__gte" if is_down else "in_order__lte": listed[-1][1]})
        # Told and not filtered by: row-level security keeps a condition on texts from an index.
        is_near = ExpressionWrapper(bound, BooleanField())
        called_so = self.rows.annotate(in_order=Lower(self.name)).annotate(is_near=is_near)
        called_so = called_so.order_by(F("in_order").desc() if is_down else "in_order")
        others = called_so.values_list("account_code_lookup", "is_near")[: 2 * most]
        near = {lookup for lookup, is_one in others if is_one}
        if len(near) == 2 * most:
            return None
        return {*near, *(lookup for lookup, _ in listed)}

    def _narrow(self, column: str) -> QuerySet[Any, Row]:
        """The totals that are lines, without what is looked up of the first afterwards."""
        totals: QuerySet[Any, Row] = self.rows.annotate(
            lookup=F("account_code_lookup"), this=F(column)
        ).values("lookup", "this")
        return totals

    def _beside(
        self, totals: QuerySet[Any, Row], others: QuerySet[Any, Any], order: str, most: int
    ) -> list[Line]:
        """The first totals in an order that others, with the same ``lookup``, decide."""
        sql, arguments = totals.query.sql_with_params()
        others_sql, of_others = others.query.sql_with_params()
        with in_memory(), connection.cursor() as cursor:
            cursor.execute(
                f"SELECT totals.lookup FROM ({sql}) totals "  # noqa: S608 (our own names)
                f"LEFT JOIN ({others_sql}) others ON others.lookup = totals.lookup "
                f"ORDER BY {order}, totals.lookup LIMIT %s",
                [*arguments, *of_others, most],
            )
            lookups = [lookup for (lookup,) in cursor.fetchall()]
        return self._in_this_order(lookups)

    def _in_this_order(self, lookups: list[str]) -> list[Line]:
        """The lines of these codes, each of which has one total."""
        lines = self._totals_as_lines.filter(account_code_lookup__in=lookups)
        found = {row["lookup"]: row for row in lines}
        return list(self.called([found[lookup] for lookup in lookups]))

    def count(self) -> int:
        """How many lines there are."""
        return super().count() if self._lines is None else self._lines

    @cached_property
    def _by_state(self) -> dict[TagState, Figures]:
        if self.selection.month_totals_tell:
            return self.selection.by_state()
        rows = (
            self._counted.values("state")
            .annotate(**sums_for(self._counted, self.selection))
            .order_by()
        )
        return {TagState(row["state"]): figures_in(row) for row in rows}

    def total(self) -> Figures:
        """Of all lines, and of those below them."""
        return sum(self._by_state.values(), Figures())

    def rest(self) -> list[Line]:
        """What is billed to no code, and why."""
        found = ((_REST[state], self._by_state.get(state)) for state in _REST)
        return [
            Line(Key(part), gettext(label), one)
            for (part, label), one in found
            if one and not one.is_empty
        ]

    def key(self, row: Row) -> Key:
        """By the hash."""
        return Key(Part.ONE, row["account_code_lookup"])

    def only(self, keys: Collection[Key]) -> Q:
        """By their hashes."""
        return Q(account_code_lookup__in=[key.value for key in keys])

    def by_name(self, lookup: str = "account_code_lookup") -> Any:  # noqa: ANN401
        """As it is called in the list now; one that is not there, as it was called."""
        codes = AccountCode.objects.of(self.selection.account)
        now = codes.filter(code_lookup=OuterRef(lookup)).values("name")[:1]
        return Lower(Coalesce(Subquery(now), F("named")))

    def called(self, rows: list[Row]) -> Iterable[Line]:
        """The lines, by the names that the codes have now."""
        account = self.selection.account
        lookups = [row["lookup"] for row in rows]
        now: dict[str, tuple[Any, str]] = {}
        for start in range(0, len(lookups), _AT_ONCE):
            some = lookups[start : start + _AT_ONCE]
            codes = AccountCode.objects.of(account).filter(code_lookup__in=some)
            for lookup, pk, name in codes.values_list("code_lookup", "pk", "name"):
                now[lookup] = (pk, name)
        for row in rows:
            pk, name = now.get(row["lookup"], (None, row["named"]))
            label = name or gettext("Not in the list")
            key = Key(Part.ONE, row["lookup"])
            yield Line(key, label, figures_in(row), None, pk, row["digits"])


_GROUPED_BY = ("state_now", "lookup")


def _by_state_and_code(rows: QuerySet[Any]) -> QuerySet[Any]:
    told: QuerySet[Any] = rows.annotate(state_now=F("state"), lookup=F("account_code_lookup"))
    return told


_AT_ONCE = 500
