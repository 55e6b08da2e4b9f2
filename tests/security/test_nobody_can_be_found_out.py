"""Whether an address is known here cannot be told from answers, nor guessed without end."""

import re

import pytest
from django.contrib.auth.hashers import BasePasswordHasher, get_hasher
from django.core import mail
from django.test import Client

from tests.cast import LawFirm

KNOWN, UNKNOWN = "olivia@firm.example", "nobody@firm.example"


def without_what_varies(text: str, *addresses: str) -> str:
    """A page without its CSRF token and the address that was typed."""
    text = re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", text)
    for address in addresses:
        text = text.replace(address, "")
    return text


@pytest.mark.parametrize(("path", "field"), [("/login/", "login"), ("/password/reset/", "email")])
def test_answers_are_alike(cast: LawFirm, path: str, field: str) -> None:
    answers = [
        Client().post(path, {field: address, "password": "wrong"}, follow=True)
        for address in (KNOWN, UNKNOWN)
    ]
    assert answers[0].status_code == answers[1].status_code
    pages = [without_what_varies(one.content.decode(), KNOWN, UNKNOWN) for one in answers]
    assert pages[0] == pages[1]


def test_a_reset_tells_a_stranger_nothing(client: Client, cast: LawFirm) -> None:
    client.post("/password/reset/", {"email": UNKNOWN})
    assert not any("/password/reset/key/" in message.body for message in mail.outbox)


def test_as_many_slow_hashes_for_both(cast: LawFirm, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock tells nothing: what takes time is done as often."""
    counts: list[int] = []
    kind: type[BasePasswordHasher] = type(get_hasher())
    encode = kind.encode

    def counted(self: BasePasswordHasher, password: str, salt: str) -> str:
        counts[-1] += 1
        return encode(self, password, salt)

    monkeypatch.setattr(kind, "encode", counted)
    for address in (KNOWN, UNKNOWN):
        counts.append(0)
        Client().post("/login/", {"login": address, "password": "wrong"})
    assert counts[0] == counts[1] == 1


def test_guessing_ends_after_a_few_tries(cast: LawFirm) -> None:
    pages = []
    for attempt in range(7):
        sent = {"login": KNOWN, "password": f"guess {attempt}"}
        pages.append(Client().post("/login/", sent).content.decode())
    assert "Too many failed" in pages[-1]


def test_the_api_tells_nothing_of_tokens(client: Client, cast: LawFirm) -> None:
    answers = [
        client.get("/api/v1/accounts", headers={"authorization": f"Bearer {token}"})
        for token in ("cmk_" + "x" * 43, "cmk_", "nonsense")
    ]
    assert {one.status_code for one in answers} == {401}
    assert len({one.content for one in answers}) == 1


def test_wrong_tokens_are_counted_by_address(cast: LawFirm) -> None:
    headers = {"authorization": "Bearer cmk_guess"}
    answers = [Client().get("/api/v1/accounts", headers=headers) for _ in range(61)]
    assert answers[-1].status_code == 429
    assert answers[-1].headers["Retry-After"]
