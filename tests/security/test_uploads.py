"""Only a CSV file is taken: by its name and by what is in it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from callmark.codes.models import AccountCode
from tests.cast import LawFirm, first_time
from tests.rows import every

ROWS = b"name,code\nNordby,4711\n"


def upload(client: Client, cast: LawFirm, name: str, data: bytes = ROWS) -> tuple[int, str]:
    """Import a file through the API, as Olivia; the status, and the problem's code."""
    first_time(cast)
    file = SimpleUploadedFile(name, data, content_type="text/csv")
    answer = client.post(f"/api/v1/accounts/{cast.account.pk}/codes/import", {"file": file})
    return answer.status_code, answer.json().get("code", "")


@pytest.mark.parametrize("name", ["codes.csv", "CODES.CSV", "codes of 2026.csv"])
def test_a_csv_file_is_imported(olivia: Client, cast: LawFirm, name: str) -> None:
    assert upload(olivia, cast, name) == (200, "")
    assert every(AccountCode).filter(account=cast.account).count() == 1


@pytest.mark.parametrize("name", ["codes.xls", "codes.csv.exe", "codes", "csv", "codes.html"])
def test_a_file_of_another_name_is_refused(olivia: Client, cast: LawFirm, name: str) -> None:
    assert upload(olivia, cast, name) == (422, "not_a_csv_file")
    assert not every(AccountCode).filter(account=cast.account).exists()


@pytest.mark.parametrize("data", [b"PK\x03\x04\xff\xfe", b"<html>", b"%PDF-1.7", b""])
def test_what_is_only_called_csv_is_refused_too(olivia: Client, cast: LawFirm, data: bytes) -> None:
    status, _ = upload(olivia, cast, "codes.csv", data or b"\n")
    assert status == 422
    assert not every(AccountCode).filter(account=cast.account).exists()
