"""The first codes by change are those of all, though most totals are not looked at."""

from datetime import UTC, date, datetime
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmark.calls.models import Call, CodeTotal, TagState, UserTotal
from callmark.calls.models.totals import NOBODY
from callmark.calls.store import store
from callmark.calls.totals import count_again
from callmark.codes.services import add_code
from callmark.reports import by_change
from callmark.reports.by_change import first_by_change
from callmark.reports.by_user import ByUser
from callmark.reports.definitions import Definition, Figures, Line, What
from callmark.reports.one_name import codes_called_one_name
from callmark.reports.reading import change_of
from callmark.reports.selection import before, select
from tests.cast import LawFirm, make_law_firm
from tests.examples import examples
from tests.factories import decided_call, tag_of
from tests.reports.test_reports_add_up import QUICK
from tests.rows import every

NOW, BEFORE = date(2026, 3, 1), date(2026, 2, 1)


def totals(firm: LawFirm, month: date, talk: list[int | None]) -> None:
    CodeTotal.objects.of(firm.account).filter(month=month).delete()
    CodeTotal.objects.bulk_create(
        CodeTotal(
            account=firm.account,
            month=month,
            account_code_lookup=f"{number:064x}",
            state=TagState.TAGGED,
            calls=1,
            seconds=seconds,
        )
        for number, seconds in enumerate(talk)
        if seconds is not None
    )


talks = st.lists(
    st.tuples(*[st.none() | st.integers(0, 9) | st.integers(0, 9000)] * 2), min_size=1, max_size=12
)


@pytest.mark.django_db
@pytest.mark.parametrize("is_down", [True, False])
def test_they_are_those_of_all_or_it_is_not_told(is_down: bool) -> None:
    firm = make_law_firm()
    answers = {"told": 0, "looked at some": 0}

    @settings(max_examples=examples(75))
    @given(talks, st.integers(1, 4), st.integers(2, 6))
    def the_same(talk: list[tuple[int | None, int | None]], most: int, few: int) -> None:
        for month, part in ((NOW, 0), (BEFORE, 1)):
            totals(firm, month, [both[part] for both in talk])
        rows, earlier = (
            CodeTotal.objects.of(firm.account).filter(month=month) for month in (NOW, BEFORE)
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(by_change, "_FEW", few)
            found = first_by_change(rows, earlier, most, is_down=is_down)
        changes = {
            f"{number:064x}": Fraction(now, before)
            for number, (now, before) in enumerate(talk)
            if now is not None and before
        }
        sign = -1 if is_down else 1
        every = sorted(changes, key=lambda lookup: (sign * changes[lookup], lookup))
        if found is not None:
            answers["told"] += 1
            answers["looked at some"] += len(changes) > few
            assert found == every[:most]

    the_same()
    assert all(answers.values()), answers


def test_a_second_name_is_noticed_when_it_comes(firm: LawFirm) -> None:
    totals(firm, NOW, [5, 6])
    assert [codes_called_one_name(firm.account, NOW) for _ in range(2)] == [2, 2]
    one = CodeTotal.objects.of(firm.account).order_by("pk")[0]
    one.pk, one.account_code_name = None, "Another name"
    one.save()
    assert [codes_called_one_name(firm.account, NOW) for _ in range(2)] == [None, None]


def test_a_second_name_is_noticed_that_a_recount_finds_with_as_many_totals_as_before(
    firm: LawFirm,
) -> None:
    other = add_code(firm.account, name="Estate of Whitlock", code="2086", actor=None)
    at = datetime(2026, 3, 5, 14, tzinfo=UTC)
    store([decided_call(firm, "connected", at=at, tag=tag_of(firm)) for _ in range(2)])
    ours, theirs = [one.pk for one in every(Call)]
    codes = {"account_code_lookup": other.code_lookup, "account_code_name": other.name}
    assert codes_called_one_name(firm.account, NOW) == 1
    # What was mended in the database itself: no total has followed.
    for mended, told in (
        ({"account_code_name": "Harper & Sons"}, None),
        (codes, 2),
        ({"account_code_lookup": firm.code.code_lookup}, None),
    ):
        every(Call).filter(pk=theirs).update(**mended)
        count_again(firm.account)
        assert codes_called_one_name(firm.account, NOW) == told, mended
    assert every(CodeTotal).filter(month=NOW).count() == 2
    assert every(Call).get(pk=ours).account_code_name == firm.code.name


user_talks = st.lists(
    st.tuples(*[st.none() | st.integers(-5, 9) | st.integers(0, 9000)] * 2), min_size=1, max_size=9
)


@pytest.mark.django_db
@pytest.mark.parametrize("is_down", [True, False])
def test_users_stand_by_change_as_they_do_when_all_of_them_are_compared(is_down: bool) -> None:
    firm = make_law_firm()

    def rows(month: date, talk: list[int | None]) -> None:
        UserTotal.objects.of(firm.account).filter(month=month).delete()
        UserTotal.objects.bulk_create(
            UserTotal(
                account=firm.account,
                month=month,
                # Of the last ones nobody is there any more: they stand under their names.
                who=NOBODY if number > 5 else UUID(int=number // 2 + 1),
                user_name=f"User {number}",
                state=TagState.TAGGED,
                calls=1,
                seconds=seconds,
            )
            for number, seconds in enumerate(talk)
            if seconds is not None
        )

    @settings(QUICK, max_examples=examples(30))
    @given(user_talks, st.integers(1, 4))
    def the_same(talk: list[tuple[int | None, int | None]], most: int) -> None:
        rows(NOW, [both[0] for both in talk])
        rows(BEFORE, [both[1] for both in talk])
        asked = Definition(what=What.USER, since="2026-03-01", until="2026-03-31", preset="")
        now = select(firm.account, asked, None, datetime(2026, 5, 1, tzinfo=UTC))
        earlier = before(now, asked)
        assert earlier
        few = ByUser(now).lines_by_change(ByUser(earlier), most, is_down=is_down)
        every = ByUser(now).lines("-seconds", None)
        was = ByUser(earlier).figures({line.key for line in every})

        def change(line: Line) -> tuple[tuple[bool, float], int]:
            now, then = line.figures.seconds, was.get(line.key, Figures()).seconds
            return change_of(now, then, is_down=is_down), -now

        assert {line.key for line in few} <= {line.key for line in every}
        assert [change(line) for line in few] == sorted(map(change, every))[:most]

    the_same()
