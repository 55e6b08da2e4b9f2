"""Importing users in the portal: a preview, columns that a person names, and only then the list."""

import re

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from callmark.accounts.models import User
from tests.cast import LawFirm
from tests.portal.pages import url
from tests.rows import every


def text(answer: object) -> str:
    page = re.sub("<(?!input)[^>]+>", " ", answer.content.decode())  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", page)


def kept(answer: object) -> str:
    found = re.search('name="kept" value="([^"]+)"', answer.content.decode())  # type: ignore[attr-defined]
    assert found
    return found[1]


def test_an_administrators_list_is_previewed_and_imported_without_phones(
    olivia: Client, cast: LawFirm
) -> None:
    at = url(cast, "users/import/")
    file = SimpleUploadedFile("users.csv", b"name,extension\nDora,301\n")
    preview = olivia.post(at, {"file": file, "text": ""})
    assert "1 user will be added." in text(preview)
    assert "301" in text(preview), "what is left out is shown among the columns"
    assert "Extension 301" not in text(preview)
    assert not every(User).filter(name="Dora").exists()
    done = olivia.post(at, {"kept": kept(preview), "apply": "yes"}, follow=True)
    assert "List imported: 1 user added." in text(done)
    assert not every(User).get(name="Dora").extensions.exists()
    # Sent all the same, it is left out.
    sent = {"kept": kept(preview), "columns": "name,extension", "update": "on", "apply": "yes"}
    olivia.post(at, sent)
    assert not every(User).get(name="Dora").extensions.exists()


def test_the_operators_list_brings_phones(client: Client, cast: LawFirm) -> None:
    client.force_login(cast.otto)
    at = url(cast, "users/import/")
    sent = {"text": "extension,name\n301,Dora\n", "switch": "lab", "endpoint": "firm-{extension}"}
    preview = client.post(at, sent)
    assert "Extension 301 , endpoint firm-301 on lab" in text(preview)
    also = {"switch": "lab", "endpoint": "firm-{extension}"}
    client.post(at, {"kept": kept(preview), "apply": "yes", **also})
    extension = every(User).get(name="Dora").extensions.get()
    assert (extension.number, extension.endpoint, extension.switch.name) == (
        "301",
        "firm-301",
        "lab",
    )
    wrong = client.post(at, {**sent, "endpoint": "firm"})
    assert "Write {extension} where the extension stands" in text(wrong)


def test_columns_are_named_and_problems_come_as_a_file(olivia: Client, cast: LawFirm) -> None:
    at = url(cast, "users/import/")
    preview = olivia.post(at, {"text": "Mitarbeiter,Land\nDora,Mars\nBen,US\n"})
    assert "Say below what the columns are." in text(preview)
    named = olivia.post(at, {"kept": kept(preview), "column": ["name", "home_country"]})
    assert "Write a country such as US or Mexico." in text(named)
    problems = olivia.post(
        url(cast, "users/import/problems/"),
        {"kept": kept(named), "columns": "name,home_country"},
    )
    lines = b"".join(problems.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[0] == "line,column,what to do"
    assert len(lines) == 4


def test_those_who_are_there_can_be_updated_after_another_preview(
    olivia: Client, cast: LawFirm
) -> None:
    at = url(cast, "users/import/")
    preview = olivia.post(at, {"text": "name,home country\nBen,GB\n"})
    assert "These users are there already" in text(preview)
    again = olivia.post(at, {"kept": kept(preview), "update": "on"})
    assert "1 who is there already will be updated." in text(again)
    olivia.post(at, {"kept": kept(again), "update": "on", "apply": "yes"})
    assert every(User).get(pk=cast.ben.pk).home_country == "GB"
