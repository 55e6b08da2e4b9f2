"""The API's reference at /api/docs, for programmers: every operation, found and copied."""

import json
import re
import shlex
from html import unescape
from itertools import pairwise

import pytest
from django.test import Client
from django.urls import reverse

from callmark.api.reference import Described
from callmark.api.urls import reference
from tests.api.programs import document, every_operation
from tests.cast import LawFirm

EVERY = [one for group in reference.groups for one in group.operations]


def page(slug: str = "", **query: str) -> str:
    """What is on the page, as text with markup."""
    at = reverse("api_docs_group", args=[slug]) if slug else reverse("api_docs")
    answer = Client().get(at, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_operation_is_in_the_list_and_on_the_page_of_its_kind() -> None:
    listed = page()
    assert len(EVERY) == len(every_operation()) > 80
    for group in reference.groups:
        shown = page(group.slug)
        for one in group.operations:
            assert f'href="{reverse("api_docs_group", args=[group.slug])}#{one.id}"' in listed
            assert f'id="{one.id}"' in shown
            assert one.path in shown
            for problem in one.problems:
                assert f"<code>{problem['status']}</code>" in shown


def test_fields_say_what_they_take() -> None:
    text = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page("account-codes")))
    text = re.sub(" +", " ", text)
    assert "name text required" in text
    assert "at most 100 characters" in text
    assert "items[].code text" in text
    assert "Idempotency-Key text, in the header" in text
    assert "`" not in re.sub(r"<pre>.*?</pre>", "", page("account-codes"), flags=re.S)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import", "import_codes"),
        ("ADD code", "add_code"),
        ("/lockouts", "list_lockouts"),
        ("max_retries", "save_account_code_settings"),
    ],
)
def test_a_search_finds_words_paths_and_fields(text: str, found: str) -> None:
    shown = re.findall(r'href="/api/docs/[\w-]+#(\w+)"', page(q=text))
    assert 0 < len(shown) < len(EVERY)
    assert found in shown


def test_a_search_for_nothing_there_is_says_so() -> None:
    shown = page(q="<zebra>")
    assert "Nothing found" in shown
    assert "<zebra>" not in shown


def test_only_reading_and_only_what_is_there() -> None:
    assert Client().post("/api/docs").status_code == 405
    assert Client().get("/api/docs/zebras").status_code == 404


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.id)
def test_the_curl_example_is_a_call_of_the_operation(one: Described) -> None:
    words = shlex.split(one.curl("https://codes.example").replace("\\\n", " "))
    assert words[0] == "curl"
    assert re.fullmatch(re.sub(r"{\w+}", "[^/{}]+", "https://codes.example" + one.path), words[1])
    options = list(zip(words[2::2], words[3::2], strict=True))
    assert dict(options).get("-X", "GET") == one.method
    headers = [value for option, value in options if option == "-H"]
    assert "Authorization: Bearer $CALLMARK_TOKEN" in headers
    sent = [value for option, value in options if option == "-d"]
    operation = document()["paths"][one.path][one.method.lower()]
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        assert json.loads(sent[0]) == content["application/json"]["example"]
    else:
        assert not sent


def test_the_example_of_adding_a_code_adds_a_code(firm: LawFirm) -> None:
    (one,) = [one for one in EVERY if one.id == "add_code"]
    words = shlex.split(one.curl("").replace("\\\n", " "))
    (sent,) = [value for option, value in pairwise(words) if option == "-d"]
    shown = unescape(page("account-codes"))
    assert sent in shown, "as it is on the page"
    browser = Client()
    browser.force_login(firm.olivia)
    answer = browser.post(
        one.path.replace("{account_id}", str(firm.account.pk)),
        sent,
        content_type="application/json",
    )
    assert answer.status_code == 201
    assert answer.json()["name"] == json.loads(sent)["name"]
