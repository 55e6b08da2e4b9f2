"""Guessing is slow, counted for all web processes together, and tells nothing about who exists."""

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password
from django.core import mail
from django.core.cache import caches
from django.db import connection
from django.test import Client
from pytest_django import Settings

from callmark.accounts.models import User
from tests.cast import PASSWORD, LawFirm
from tests.rows import every
from tests.sign_in.doors import Door, text

KNOWN, UNKNOWN = "uma@firm.example", "nobody@firm.example"


def attempt(email: str, password: str = "wrong", address: str = "192.0.2.1") -> str:
    """Try to sign in from an address, with a new browser; the page without what varies."""
    sent = {"login": email, "password": password}
    answer = Client(REMOTE_ADDR=address).post("/login/", sent)
    if answer.status_code == 302:
        return str(answer.headers["Location"])
    page = text(answer).replace(email, "EMAIL")
    return page.partition("<main")[2].replace(csrf_in(page), "")


def csrf_in(page: str) -> str:
    return page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]


def test_after_five_wrong_passwords_the_right_one_has_to_wait(cast: LawFirm) -> None:
    for number in range(5):
        assert "not correct" in attempt(KNOWN, address=f"192.0.2.{number}")
    assert "Too many failed" in attempt(KNOWN, PASSWORD, address="192.0.2.99")


def test_an_address_that_tries_many_people_has_to_wait(cast: LawFirm) -> None:
    answers = [attempt(f"person{number}@firm.example") for number in range(12)]
    assert "Too many failed" in answers[-1]
    assert attempt(KNOWN, PASSWORD, address="192.0.2.2") == "/"


def test_right_passwords_are_not_counted(cast: LawFirm) -> None:
    for _ in range(8):
        assert attempt(KNOWN, PASSWORD) == "/"


def test_guessing_the_second_factor_has_to_wait_too(cast: LawFirm, uma: Door) -> None:
    uma.sign_in()
    uma.set_up_app()
    uma.sign_out()
    uma.sign_in()
    for _ in range(5):
        uma.second_step("000000")
    assert uma.second_step(uma.next_code()) == ""
    assert not uma.is_in


def test_the_counts_are_shared_by_all_web_processes(cast: LawFirm) -> None:
    attempt(KNOWN)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sign_in_cache")
        assert cursor.fetchone()[0] > 0
    assert type(caches["default"]).__name__ == "DatabaseCache"


def test_known_and_unknown_people_get_the_same_page(cast: LawFirm) -> None:
    pairs = [(attempt(KNOWN), attempt(UNKNOWN, address="192.0.2.7")) for _ in range(7)]
    for known, unknown in pairs:
        assert known == unknown


def test_asking_for_a_new_password_tells_nothing(cast: LawFirm, settings: Settings) -> None:
    pages = []
    for email in (KNOWN, UNKNOWN):
        answer = Client().post("/password/reset/", {"email": email})
        pages.append((answer.status_code, answer.headers["Location"]))
    assert pages[0] == pages[1]
    assert [letter.to for letter in mail.outbox] == [[KNOWN], [UNKNOWN]]


class CountedHasher(PBKDF2PasswordHasher):
    """As in a real installation, but a round is counted, and few are made."""

    iterations = 10
    rounds = 0

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """The hash."""
        type(self).rounds += iterations or self.iterations
        return super().encode(password, salt, iterations)


@pytest.mark.sqlite  # the time is that of a hash
@pytest.mark.parametrize("state", ["has a password", "never chose one", "deactivated"])
def test_known_and_unknown_people_take_the_same_time(
    cast: LawFirm, settings: Settings, state: str
) -> None:
    """A hash is nearly all of it."""
    settings.PASSWORD_HASHERS = [f"{__name__}.CountedHasher"]
    settings.ACCOUNT_RATE_LIMITS = False
    stored = make_password(None if state == "never chose one" else PASSWORD)
    person = every(User).filter(pk=cast.uma.pk)
    person.update(password=stored, is_active=state != "deactivated")
    for email in (KNOWN, UNKNOWN):
        before = CountedHasher.rounds
        attempt(email)
        assert CountedHasher.rounds - before == CountedHasher.iterations, email


def test_the_limits_count_by_the_address_behind_the_proxy(
    cast: LawFirm, settings: Settings
) -> None:
    settings.BEHIND_PROXY = True
    for number in range(12):
        sent = {"login": f"p{number}@firm.example", "password": "wrong"}
        forged = f"198.51.100.{number}, 192.0.2.50"
        page = Client(REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=forged).post("/login/", sent)
    assert "Too many failed" in text(page)


@pytest.mark.parametrize("link", ["/invitation/{}/", "/password/reset/key/abc-{}/"])
def test_guessing_links_has_to_wait(cast: LawFirm, link: str) -> None:
    browser = Client(REMOTE_ADDR="192.0.2.60")
    answers = [browser.get(link.format(f"guess-{number}")) for number in range(21)]
    assert "Too many attempts" not in text(answers[19])
    assert answers[20].status_code == 429
    assert "Too many attempts" in text(answers[20])
    other = Client(REMOTE_ADDR="192.0.2.61").get(link.format("guess"))
    assert other.status_code != 429
