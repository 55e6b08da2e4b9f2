"""Lists come in pages that neither repeat nor skip a row, whatever happens meanwhile."""

import pytest

from callmark.calls.models import Call, CodeTotal
from callmark.calls.records import CodeTag
from callmark.calls.store import store
from callmark.codes.models import AccountCode
from callmark.codes.services import add_code
from callmark.switches.simulator import simulate
from tests.api.programs import Program, body_of, problem
from tests.cast import LawFirm
from tests.factories import decided_call
from tests.leaks import shows
from tests.rows import every


def walk(program: Program, path: str, limit: int = 2) -> list[str]:
    """The names of all rows, page by page."""
    names: list[str] = []
    cursor = ""
    for _ in range(50):
        joint = "&" if "?" in path else "?"
        page = body_of(program.get(f"{path}{joint}limit={limit}&cursor={cursor}"))
        names += [one.get("name") or one["dialed"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            return names
    raise AssertionError("the list never ends")


@pytest.fixture
def codes(firm: LawFirm) -> LawFirm:
    for number in range(7):
        add_code(firm.account, name=f"Matter {number // 2}", code=f"000{number}", actor=None)
    return firm


def test_every_row_once_also_among_equal_names(codes: LawFirm, olivia: Program, at: str) -> None:
    names = walk(olivia, f"{at}/codes")
    assert names == sorted(names)
    assert len(names) == 8
    assert walk(olivia, f"{at}/codes?sort=-created_at")[-1] == "Harper v. Castellan"


def test_rows_added_or_deleted_meanwhile_do_not_shift_the_rest(
    codes: LawFirm, olivia: Program, at: str
) -> None:
    first = body_of(olivia.get(f"{at}/codes?limit=4"))
    seen = [one["id"] for one in first["items"]]
    add_code(codes.account, name="Aaa", code="9001", actor=None)
    every(AccountCode).filter(pk=seen[3]).delete()
    rest = body_of(olivia.get(f"{at}/codes?limit=50&cursor={first['next']}"))
    ids = [one["id"] for one in rest["items"]]
    assert not set(ids) & set(seen)
    assert len(ids) == 4


def test_calls_are_paged_newest_first(firm: LawFirm, olivia: Program, at: str) -> None:
    for number in range(5):
        simulate(firm.ben, f"212555010{number}", [])
    assert walk(olivia, f"{at}/calls") == [f"212555010{number}" for number in (4, 3, 2, 1, 0)]


def test_statements_have_pages_for_those_who_ask_for_them(
    codes: LawFirm, olivia: Program, at: str
) -> None:
    for code in every(AccountCode):
        tag = CodeTag(code=code.code_encrypted, code_id=str(code.pk), code_name=code.name)
        store([decided_call(codes, "connected", tag=tag)])
    month = every(CodeTotal).values_list("month", flat=True).distinct().get()
    path = f"{at}/statements?month={month}"
    whole = body_of(olivia.get(path))
    assert whole["next"] is None
    names = [one["name"] for one in whole["items"]]
    assert len(names) == 8
    assert names == sorted(names)
    assert walk(olivia, path, limit=3) == names
    assert {one["calls"] for one in whole["items"]} == {1}


def test_a_statement_has_pages_of_lines_until_what_is_before_them_changes(
    codes: LawFirm, olivia: Program, at: str
) -> None:
    code, other = every(AccountCode).order_by("pk")[:2]
    tag = CodeTag(code=code.code_encrypted, code_id=str(code.pk), code_name=code.name)
    for _ in range(5):
        store([decided_call(codes, "connected", tag=tag)])
    path = f"{at}/statements/{code.pk}"
    whole = body_of(olivia.get(path))
    assert (len(whole["lines"]), whole["next"]) == (5, None)
    pages = [body_of(olivia.get(f"{path}?limit=2"))]
    while cursor := pages[-1]["next"]:
        pages.append(body_of(olivia.get(f"{path}?limit=2&cursor={cursor}")))
    assert [len(one["lines"]) for one in pages] == [2, 2, 1]
    assert [line for one in pages for line in one["lines"]] == whole["lines"]
    assert {one["calls"] for one in pages} == {5}
    cursor = pages[0]["next"]
    refused = olivia.get(f"{at}/statements/{other.pk}?cursor={cursor}")
    assert problem(refused) == (422, "invalid_cursor")
    earliest = every(Call).order_by("started_at", "pk").first()
    assert earliest
    earliest.delete()
    refused = olivia.get(f"{path}?limit=2&cursor={cursor}")
    assert problem(refused) == (422, "invalid_cursor")
    assert "start again" in body_of(refused)["detail"]


@pytest.mark.parametrize("cursor", ["x", "WyJhIl0:1abc:def", "%00"])
def test_a_cursor_of_ones_own_making_is_refused(cursor: str, olivia: Program, at: str) -> None:
    answer = olivia.get(f"{at}/codes?cursor={cursor}")
    assert problem(answer) == (422, "invalid_cursor")
    assert body_of(answer)["field"] == "cursor"


def test_a_cursor_is_for_its_list_and_sorting(codes: LawFirm, olivia: Program, at: str) -> None:
    cursor = body_of(olivia.get(f"{at}/codes?limit=1"))["next"]
    assert problem(olivia.get(f"{at}/codes?sort=-created_at&cursor={cursor}"))[0] == 422
    assert problem(olivia.get(f"{at}/users?cursor={cursor}"))[0] == 422


@pytest.mark.parametrize("limit", ["0", "201", "x", "-1"])
def test_a_page_has_1_to_200_rows(limit: str, olivia: Program, at: str) -> None:
    answer = olivia.get(f"{at}/codes?limit={limit}")
    assert problem(answer) == (422, "invalid_request")
    assert body_of(answer)["field"] == "limit"


def test_a_cursor_shows_no_code(codes: LawFirm, olivia: Program, at: str) -> None:
    import base64

    cursor = body_of(olivia.get(f"{at}/codes?limit=1"))["next"]
    inside = base64.urlsafe_b64decode(cursor.split(":")[0] + "==")
    assert not shows("1234", inside)
