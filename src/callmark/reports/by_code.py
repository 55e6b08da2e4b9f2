"""A line for each account code: the bill. Calls without a code are in it, below the lines."""

from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Lower

from callmark.calls.models import CodeTotal, TagState
from callmark.codes.models import AccountCode
from callmark.reports.definitions import Figures, Key, Line, Part
from callmark.reports.reading import (
    NOTHING,
    STATE_OF_CALL,
    Reading,
    Row,
    figures_in,
    first_and_sums,
    sums_for,
)

_OF_A_TOTAL = {"n": "calls", "talk": "seconds", "billed": "billed_seconds", "amount": "cost"}

_REST: dict[TagState, tuple[Part, str]] = {
    TagState.TO_ASSIGN: (Part.TO_ASSIGN, "To assign"),
    TagState.NONE: (Part.NO_CODE_NEEDED, "No code needed"),
    TagState.NOT_BILLABLE: (Part.NOT_BILLABLE, "Not billable"),
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
            totals = CodeTotal.objects.of(self.selection.account)
            in_month = totals.filter(month=self.selection.billed_in)
            return in_month.exclude(NOTHING).order_by()
        return self.selection.calls().annotate(tag_state=STATE_OF_CALL)

    @property
    def _state(self) -> str:
        return "state" if self.selection.month_totals_tell else "tag_state"

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """Those that are billed to a code."""
        if self.selection.month_totals_tell:
            return self._counted.filter(state=TagState.TAGGED)
        calls = self.selection.calls()
        return calls.filter(not_billable=False).exclude(account_code_lookup="")

    def lines(self, order: str, most: int | None) -> list[Line]:
        """The first lines in this order; None: all. What is below them is read along with them."""
        wanted = self._sorted_by(order)
        if most is not None and self._each_has_one_total():
            return self._first(wanted, most, is_down=order[0] == "-")
        sums = sums_for(self._counted, self.selection)
        groups = (
            self._counted.values(state_now=F(self._state), lookup=F("account_code_lookup"))
            .annotate(named=Max(self.name), digits=Max("account_code_encrypted"), **sums)
            .order_by()
        )
        if wanted == "in_order":
            groups = groups.annotate(in_order=self.by_name("lookup"))
        order_by = f"{wanted} DESC NULLS LAST" if order[0] == "-" else wanted
        rows, below = first_and_sums(
            groups, "state_now", TagState.TAGGED, f"{order_by}, lookup", list(sums), most
        )
        self._by_state = {TagState(row["state_now"]): figures_in(row) for row in below}
        self._lines = sum(row["lines"] for row in below if row["state_now"] == TagState.TAGGED)
        return list(self.called(rows))

    def _each_has_one_total(self) -> bool:
        """Whether every code was called one name in the month: then its total is its line.

        Putting a month's totals into groups is most of the work, and almost never needed.
        """
        if not self.selection.month_totals_tell:
            return False
        totals = CodeTotal.objects.of(self.selection.account)
        tagged = totals.filter(month=self.selection.billed_in, state=TagState.TAGGED)
        several = tagged.order_by().values("account_code_lookup").annotate(rows=Count("*"))
        return not several.filter(rows__gt=1).exists()

    def _first(self, wanted: str, most: int, *, is_down: bool) -> list[Line]:
        """The first totals as they are, and the sums of all."""
        sums = sums_for(self._counted, self.selection)
        below = self._counted.order_by().values("state").annotate(**sums, lines=Count("*"))
        found = {TagState(row["state"]): row for row in below}
        self._by_state = {state: figures_in(row) for state, row in found.items()}
        self._lines = found[TagState.TAGGED]["lines"] if TagState.TAGGED in found else 0
        names = {name: column for name, column in _OF_A_TOTAL.items() if name in sums}
        rows = self.rows.annotate(
            lookup=F("account_code_lookup"),
            named=F(self.name),
            digits=F("account_code_encrypted"),
            **{name: F(column) for name, column in names.items()},
        )
        if wanted == "in_order":
            rows = rows.alias(in_order=self.by_name())
        by = F(wanted).desc() if is_down else F(wanted).asc()
        first = rows.order_by(by, "account_code_lookup")
        return list(self.called(list(first.values("lookup", "named", "digits", *names)[:most])))

    def count(self) -> int:
        """How many lines there are."""
        return super().count() if self._lines is None else self._lines

    @cached_property
    def _by_state(self) -> dict[TagState, Figures]:
        rows = (
            self._counted.values(self._state)
            .annotate(**sums_for(self._counted, self.selection))
            .order_by()
        )
        return {TagState(row[self._state]): figures_in(row) for row in rows}

    def total(self) -> Figures:
        """Of all lines, and of those below them."""
        return sum(self._by_state.values(), Figures())

    def rest(self) -> list[Line]:
        """What is billed to no code, and why."""
        found = ((_REST[state], self._by_state.get(state)) for state in _REST)
        return [
            Line(Key(part), label, one) for (part, label), one in found if one and not one.is_empty
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
            label = name or "Not in the list"
            key = Key(Part.ONE, row["lookup"])
            yield Line(key, label, figures_in(row), None, pk, row["digits"])


_AT_ONCE = 500
