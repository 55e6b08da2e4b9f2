"""Account codes over the API: adding, many at once, finding, renaming, deleting, CSV files."""

import pytest

from callmark.codes.models import AccountCode
from callmark.codes.services import add_code
from tests.api.programs import Json, Program, body_of, problem
from tests.cast import LawFirm
from tests.leaks import shows
from tests.rows import every


@pytest.fixture
def path(at: str) -> str:
    return f"{at}/codes"


def test_adding_reading_renaming_and_deleting(olivia: Program, path: str) -> None:
    new = body_of(olivia.post(path, {"name": " Estate ", "code": "0417"}))
    assert (new["name"], new["code"], new["active"]) == ("Estate", "0417", True)
    one = f"{path}/{new['id']}"
    assert body_of(olivia.get(one)) == new
    assert body_of(olivia.patch(one, {"name": "Estate (closed)"}))["name"] == "Estate (closed)"
    assert not body_of(olivia.patch(one, {"active": False}))["active"]
    assert olivia.delete(one).status_code == 204
    assert problem(olivia.get(one)) == (404, "not_found")


def test_the_digits_never_change(firm: LawFirm, olivia: Program, path: str) -> None:
    answer = olivia.patch(f"{path}/{firm.code.pk}", {"code": "9999"})
    assert problem(answer) == (422, "invalid_request")
    assert body_of(answer)["detail"] == "Remove the field 'code': it is not known here."


@pytest.mark.parametrize("digits", ["123", "12345", "12a4", ""])
def test_wrong_digits_are_refused_without_being_repeated(
    digits: str, olivia: Program, path: str
) -> None:
    answer = olivia.post(path, {"name": "x", "code": digits})
    assert (answer.status_code, body_of(answer)["field"]) == (422, "code")
    assert "4 digits" in body_of(answer)["detail"]
    assert not digits or not shows(digits, answer.content)


def test_the_last_active_code_stays(firm: LawFirm, olivia: Program, path: str) -> None:
    one = f"{path}/{firm.code.pk}"
    assert problem(olivia.delete(one)) == (409, "last_active_code")
    assert problem(olivia.patch(one, {"active": False})) == (409, "last_active_code")


def test_a_code_has_rules_of_its_own(firm: LawFirm, olivia: Program, path: str) -> None:
    new = {"name": "Abroad", "code": "0417", "call_types": ["premium", "international"]}
    added = body_of(olivia.post(path, {**new, "user_ids": [str(firm.ben.pk)]}))
    assert added["call_types"] == ["international", "premium"]
    one = f"{path}/{added['id']}"
    body_of(olivia.patch(one, {"ends_on": "2031-12-31"}))
    changed = body_of(olivia.patch(one, {"starts_on": "2031-01-01", "user_ids": []}))
    assert (changed["starts_on"], changed["ends_on"]) == ("2031-01-01", "2031-12-31")
    assert (changed["user_ids"], changed["call_types"]) == ([], ["international", "premium"])
    assert problem(olivia.patch(one, {"starts_on": "2032-01-01"})) == (422, "refused")
    assert problem(olivia.patch(one, {"starts_on": 20320101})) == (422, "invalid_request")


def test_a_change_in_two_parts_is_all_or_nothing(firm: LawFirm, olivia: Program, path: str) -> None:
    olivia.patch(f"{path}/{firm.code.pk}", {"name": "Renamed", "active": False})
    assert every(AccountCode).get(pk=firm.code.pk).name == "Harper v. Castellan"


def test_finding_by_name_and_state(firm: LawFirm, olivia: Program, path: str) -> None:
    for number, active in enumerate([True, False]):
        code: dict[str, Json] = {
            "name": f"Nordby {number}",
            "code": f"200{number}",
            "active": active,
        }
        olivia.post(f"{path}/bulk", {"codes": [code]})

    def names(query: str) -> list[str]:
        return [one["name"] for one in body_of(olivia.get(f"{path}?{query}"))["items"]]

    assert names("q=nordby") == ["Nordby 0", "Nordby 1"]
    assert names("q=nordby&active=false") == ["Nordby 1"]
    assert names("sort=-created_at&limit=1") == ["Nordby 1"]
    # Digits find nothing here: they would stand in the address.
    assert names("q=1234") == []


def test_finding_by_digits_goes_in_a_body(firm: LawFirm, olivia: Program, path: str) -> None:
    found = body_of(olivia.post(f"{path}/search", {"code": "1234"}))["items"]
    assert [one["id"] for one in found] == [str(firm.code.pk)]
    assert body_of(olivia.post(f"{path}/search", {"code": "123"}))["items"] == []


def test_many_at_once_all_of_them_or_none(firm: LawFirm, olivia: Program, path: str) -> None:
    rows = [
        {"name": "A", "code": "0001"},
        {"name": "", "code": "12"},
        {"name": "C", "code": "1234"},
        {"name": "D", "code": "0001"},
    ]
    answer = olivia.post(f"{path}/bulk", {"codes": rows})
    assert problem(answer) == (422, "rows_refused")
    errors = [(one["row"], one["field"], one["detail"]) for one in body_of(answer)["errors"]]
    assert errors == [
        (2, "name", "Enter a name or short description."),
        (
            2,
            "code",
            "Enter exactly 4 digits (0-9). Spreadsheets drop leading zeros: format the column as "
            "text.",
        ),
        (3, "code", "This code is already in use on the account."),
        (4, "code", "The same code is in row 1 already."),
    ]
    assert every(AccountCode).filter(account=firm.account).count() == 1
    good: Json = [{"name": "A", "code": "0001"}, {"name": "B", "code": "0002", "active": False}]
    added = body_of(olivia.post(f"{path}/bulk", {"codes": good}))["items"]
    assert [(one["code"], one["active"]) for one in added] == [("0001", True), ("0002", False)]


def test_a_dry_run_tells_every_line_and_adds_nothing(
    firm: LawFirm, olivia: Program, path: str
) -> None:
    text = "name,code,active\nA,0001,\nB,2,maybe\n\nC,1234,active\nD,0001,no\nE\n"
    result = body_of(olivia.upload(f"{path}/import", text, dry_run="true"))
    assert result["dry_run"]
    assert (result["rows"], result["added"], result["problem_count"]) == (4, 0, 5)
    where = [(one["line"], one["column"]) for one in result["problems"]]
    assert where == [(3, "active"), (3, "code"), (5, "code"), (6, "code"), (7, "")]
    assert every(AccountCode).filter(account=firm.account).count() == 1


def test_an_import_is_all_or_nothing(firm: LawFirm, olivia: Program, path: str) -> None:
    refused = olivia.upload(f"{path}/import", "name,code\nA,0001\nB,12\n")
    assert problem(refused) == (422, "rows_refused")
    assert body_of(refused)["errors"][0]["row"] == 3
    assert every(AccountCode).filter(account=firm.account).count() == 1
    added = body_of(olivia.upload(f"{path}/import", "\ufeffName;Code\r\nA;0001\r\nB;0012\r\n"))
    assert (added["added"], added["problems"]) == (2, [])


@pytest.mark.parametrize(
    "data",
    [b"", b"code\n0001\n", b"name,name,code\n", b"\xff\xfe\x00", b'name,code\n"A,0001\n', b"\x00"],
)
def test_what_is_no_csv_file_says_what_to_do(data: bytes, olivia: Program, path: str) -> None:
    answer = olivia.upload(f"{path}/import", data)
    assert problem(answer) == (422, "rows_refused")
    assert body_of(answer)["errors"][0]["detail"]


def test_an_import_updates_names_where_that_is_asked(
    firm: LawFirm, olivia: Program, path: str
) -> None:
    text = f"name,code\nRenamed,{firm.code.code}\nNew,0001\n"
    assert olivia.upload(f"{path}/import", text).status_code == 422
    result = body_of(olivia.upload(f"{path}/import", text, update_names="true"))
    assert (result["rows"], result["added"], result["renamed"]) == (2, 1, 1)
    firm.code.refresh_from_db()
    assert firm.code.name == "Renamed"


def test_an_export_can_be_imported_again(
    firm: LawFirm, other: LawFirm, olivia: Program, operator: Program, path: str
) -> None:
    add_code(firm.account, name='=HYPERLINK("x"), Ltd', code="0007", actor=None)
    answer = olivia.get(f"{path}/export")
    assert answer["Content-Type"].startswith("text/csv")
    text = answer.content.decode()
    assert text.splitlines()[1].startswith("\"'=HYPERLINK")  # no formula for a spreadsheet
    every(AccountCode).filter(account=firm.account).delete()
    assert olivia.upload(f"{path}/import", text).status_code == 200
    names = set(every(AccountCode).filter(account=firm.account).values_list("name", flat=True))
    assert names == {'=HYPERLINK("x"), Ltd', "Harper v. Castellan"}


def test_ten_thousand_codes_go_in_at_once(firm: LawFirm, olivia: Program, path: str) -> None:
    lines = [f"Matter {number},{number:04}" for number in range(10_000) if number != 1234]
    answer = olivia.upload(f"{path}/import", "name,code\n" + "\n".join(lines))
    assert body_of(answer)["added"] == 9_999
