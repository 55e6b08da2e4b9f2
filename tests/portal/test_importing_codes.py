"""Olivia imports a list of codes, and exports hers."""

import io
import re
from collections.abc import Sequence
from datetime import date, timedelta

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from callmark.audit.actions import Action
from callmark.audit.models import AuditEntry
from callmark.codes.models import AccountCode
from callmark.codes.services import change_code
from callmark.codes.use import StoredUse
from tests.cast import LawFirm, code, first_time
from tests.leaks import shows
from tests.portal.pages import url
from tests.rows import every

PAGE = "account-codes/codes/import/"
LIST = b"name,code\r\nNordby Shipping,0417\r\nEstate of Whitlock,5521\r\n"


def workbook(rows: Sequence[tuple[object, ...]]) -> bytes:
    """An Excel file."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def kept_in(page: str) -> str:
    """What the page would have the browser send again."""
    found = re.search(r'name="kept" value="([^"]+)"', page)
    assert found, page
    return found[1]


def preview(olivia: Client, cast: LawFirm, data: bytes | str, **more: str) -> str:
    """The page after a list was sent: as a file, or pasted."""
    sent: dict[str, object] = dict(more)
    if isinstance(data, bytes):
        sent["file"] = SimpleUploadedFile("codes.csv", data)
    else:
        sent["text"] = data
    answer = olivia.post(url(cast, PAGE), sent)
    assert answer.status_code == 200
    return answer.content.decode()


def press_import(olivia: Client, cast: LawFirm, page: str, **more: str) -> str:
    """The page after [Import]."""
    sent = {"kept": kept_in(page), "apply": "yes", **more}
    return olivia.post(url(cast, PAGE), sent, follow=True).content.decode()


def stored(cast: LawFirm) -> dict[str, str]:
    """The firm's codes: digits and names."""
    return {one.code: one.name for one in every(AccountCode).filter(account=cast.account)}


@pytest.fixture
def olivia(olivia: Client, cast: LawFirm) -> Client:
    """Account codes are set up: four digits."""
    first_time(cast)
    return olivia


@pytest.mark.parametrize("data", [LIST, LIST.decode(), LIST.decode().encode("utf-16")])
def test_a_preview_changes_nothing_and_then_it_is_imported(
    olivia: Client, cast: LawFirm, data: bytes | str
) -> None:
    page = preview(olivia, cast, data)
    assert "2 account codes will be added." in page
    assert "Recognized: A list with the columns name and code." in page
    assert "Nordby Shipping" in page
    assert "0417" in page
    assert stored(cast) == {}
    assert "List imported: 2 account codes added." in press_import(olivia, cast, page)
    assert stored(cast) == {"0417": "Nordby Shipping", "5521": "Estate of Whitlock"}
    assert every(AuditEntry).filter(action=Action.CODES_ADDED).count() == 1


def test_what_the_browser_keeps_hides_the_digits(olivia: Client, cast: LawFirm) -> None:
    kept = kept_in(preview(olivia, cast, LIST))
    assert not shows("0417", kept)
    assert "Nordby" not in kept
    assert not shows("0417", dict(olivia.session))


def test_a_list_of_another_system_is_recognized(olivia: Client, cast: LawFirm) -> None:
    page = preview(olivia, cast, "5521,Nordby Shipping\n0417,Whitlock\n")
    assert "Recognized: Client matter codes of Cisco CUCM." in page


def test_problems_are_told_by_line_and_column_and_nothing_is_imported(
    olivia: Client, cast: LawFirm
) -> None:
    page = preview(olivia, cast, "name,code\nGood,1234\nShort,12\n,5678\n")
    assert "Nothing can be imported yet: 2 problems in 2 lines." in page
    assert re.search(r">3</td><td>code</td><td>Enter exactly 4 digits", page)
    assert re.search(r">4</td><td>name</td><td>Enter a name", page)
    assert 'name="apply"' not in page
    again = press_import(olivia, cast, page)
    assert "Nothing can be imported yet" in again
    assert stored(cast) == {}


def test_all_problems_can_be_downloaded_and_fifty_are_on_the_page(
    olivia: Client, cast: LawFirm
) -> None:
    lines = "".join(f"Client {number},12\n" for number in range(1500))
    page = preview(olivia, cast, f"name,code\n{lines}".encode())
    assert page.count("<td>code</td>") == 50
    assert "All 1,500 problems as CSV" in page
    answer = olivia.post(url(cast, f"{PAGE}problems/"), {"kept": kept_in(page)})
    assert "problems.csv" in answer.headers["Content-Disposition"]
    told = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert told[0] == "line,column,what to do"
    assert len(told) == 1501
    assert told[-1].startswith("1501,code,Enter exactly 4 digits")


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("codes.csv", b"", "The file has no rows."),
        ("codes.csv", b"PK\x03\x04rest of an xlsx", "This is a spreadsheet, whatever its name"),
        ("codes.xlsx", b"PK\x03\x04", "This workbook cannot be read"),
        ("codes.xls", b"\xd0\xcf\x11\xe0", "Send a file whose name ends in .csv or .xlsx"),
        ("codes.csv", b"sep=|\r\nname|code\r\n", "Separate the columns with commas"),
        ("codes.csv", b"name,code\nCaf\xe9,1234\n", "Save the file as CSV in UTF-8"),
        ("codes.csv", b"Harper,1234\n", "Begin the file with the line: name,code"),
    ],
)
def test_a_file_that_is_no_list_says_what_to_do(
    olivia: Client, cast: LawFirm, name: str, data: bytes, why: str
) -> None:
    sent = {"file": SimpleUploadedFile(name, data)}
    assert why in olivia.post(url(cast, PAGE), sent).content.decode()
    assert stored(cast) == {}


def test_semicolons_and_a_line_that_says_so(olivia: Client, cast: LawFirm) -> None:
    page = preview(olivia, cast, b"sep=;\r\nname;code\r\nNordby;0417\r\n")
    assert "1 account code will be added." in page


def test_a_file_too_large_and_none_and_two_lists(
    olivia: Client, cast: LawFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Choose a file, or paste a list below." in preview(olivia, cast, "")
    both = {"file": SimpleUploadedFile("codes.csv", LIST), "text": LIST.decode()}
    assert "not both" in olivia.post(url(cast, PAGE), both).content.decode()
    monkeypatch.setattr("callmark.portal.forms.uploaded_lists.MAX_BYTES", len(LIST) - 1)
    assert "The file is too large" in preview(olivia, cast, LIST)


def test_a_list_too_long_to_be_kept_says_so(
    olivia: Client, cast: LawFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callmark.portal.kept_lists.MOST_CHARACTERS", 10)
    assert "import it in two parts" in preview(olivia, cast, LIST)


def test_what_has_changed_since_the_preview_is_checked_again(olivia: Client, cast: LawFirm) -> None:
    page = preview(olivia, cast, LIST)
    code(cast, "0417", "Somebody was faster")
    again = press_import(olivia, cast, page)
    assert "have changed since the preview" in again
    assert "already in use" in again
    assert stored(cast) == {"0417": "Somebody was faster"}


def test_what_is_kept_is_for_this_person_this_account_and_an_hour(
    client: Client, olivia: Client, cast: LawFirm
) -> None:
    page = preview(olivia, cast, LIST)
    for wrong in ("nonsense", "", kept_in(page)[:-4], cast.olivia.password):
        answer = olivia.post(url(cast, PAGE), {"kept": wrong, "apply": "yes"})
        assert "cannot be used here" in answer.content.decode()
    with time_machine.travel(timezone.now() + timedelta(hours=1, minutes=1)):
        assert "more than an hour old" in press_import(olivia, cast, page)
    client.force_login(cast.otto)
    assert "cannot be used here" in press_import(client, cast, page)
    assert stored(cast) == {}


def test_names_of_codes_that_exist_already_are_updated(olivia: Client, cast: LawFirm) -> None:
    harper = code(cast, "0417", "Nordby")
    code(cast, "5521", "Estate of Whitlock")
    data = LIST + b"New,1111\r\n"
    refused = preview(olivia, cast, data)
    assert "These codes exist already" in refused
    page = olivia.post(
        url(cast, PAGE), {"kept": kept_in(refused), "update_names": "on"}
    ).content.decode()
    assert "1 account code will be added. 1 that exists already will be updated." in page
    assert "Renamed from “<bdi>Nordby</bdi>”" in page
    assert "Stays as it is" in page
    done = press_import(olivia, cast, page, update_names="on")
    assert "List imported: 1 account code added, 1 updated." in done
    harper.refresh_from_db()
    assert harper.name == "Nordby Shipping"
    assert len(stored(cast)) == 3
    entry = every(AuditEntry).get(action=Action.CODES_UPDATED)
    assert entry.before["first_renamed"] == ["Nordby"]
    assert entry.after["first_renamed"] == ["Nordby Shipping"]
    assert (entry.after["count"], entry.after["renamed"]) == (1, 1)
    again = preview(olivia, cast, data, update_names="on")
    assert "3 are as in the list already." in again
    assert 'name="apply"' not in again


def test_a_workbook_is_read_like_any_list(olivia: Client, cast: LawFirm) -> None:
    rows = [("Client", "PIN", "Ends"), ("Nordby Shipping", "0417", date(2031, 12, 31))]
    sent = {"file": SimpleUploadedFile("Codes.XLSX", workbook(rows))}
    page = olivia.post(url(cast, PAGE), sent).content.decode()
    # Its headings are not ours: what they most likely mean is proposed, and nothing is read yet.
    assert "Say below what the columns are." in page
    chosen = re.findall(r'<option value="(\w*)" selected', page)
    assert chosen == ["name", "code", "ends_on"]
    again = {"kept": kept_in(page), "column": chosen}
    page = olivia.post(url(cast, PAGE), again).content.decode()
    assert "1 account code will be added." in page
    assert "List imported" in press_import(olivia, cast, page, columns=",".join(chosen))
    (one,) = every(AccountCode).filter(account=cast.account)
    assert (one.name, one.code, str(one.ends_on)) == ("Nordby Shipping", "0417", "2031-12-31")


def test_columns_that_are_chosen_twice_or_not_at_all_are_refused(
    olivia: Client, cast: LawFirm
) -> None:
    page = preview(olivia, cast, "Nordby;0417\nWhitlock;5521\n")
    for column in (["name", "name"], ["name", "nonsense"], ["code", ""]):
        again = {"kept": kept_in(page), "column": column}
        assert (
            "Say which column is the code" in olivia.post(url(cast, PAGE), again).content.decode()
        )


def test_the_same_code_twice_is_a_problem_for_an_existing_one_too(
    olivia: Client, cast: LawFirm
) -> None:
    code(cast, "0417", "Nordby")
    page = preview(olivia, cast, "name,code\nA,0417\nB,0417\n", update_names="on")
    assert "The same code is in row 2 already." in page


def test_an_export_can_be_imported_again_and_is_in_the_activity(
    olivia: Client, cast: LawFirm
) -> None:
    one = code(cast, "0417", "Nordby, Shipping")
    use = StoredUse(date(2026, 1, 2), None, (str(cast.uma.pk),), ("premium",))
    change_code(one, name=one.name, ids={}, use=use, actor=None)
    assert "Export" in olivia.get(url(cast, "account-codes/codes/")).content.decode()
    answer = olivia.get(url(cast, "account-codes/codes/export/"))
    data = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert every(AuditEntry).filter(action=Action.CODES_EXPORTED).count() == 1
    every(AccountCode).filter(account=cast.account).delete()
    press_import(olivia, cast, preview(olivia, cast, data))
    assert stored(cast) == {"0417": "Nordby, Shipping"}
    assert StoredUse.of(every(AccountCode).get(account=cast.account)) == use


def test_the_empty_list_leads_to_the_import(olivia: Client, cast: LawFirm) -> None:
    page = olivia.get(url(cast, "account-codes/codes/")).content.decode()
    assert f'<a href="{url(cast, PAGE)}">import a list</a>' in page


def test_only_administrators_import_and_export(client: Client, cast: LawFirm) -> None:
    first_time(cast)
    for person, status in ((cast.rick, 403), (cast.uma, 403), (cast.fay, 404)):
        client.force_login(person)
        for page in (PAGE, "account-codes/codes/export/"):
            assert client.get(url(cast, page)).status_code == status
        assert client.post(url(cast, PAGE), {"text": LIST.decode()}).status_code == status
