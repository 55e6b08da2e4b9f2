"""Nobody can keep the portal busy by asking for pages all the time; people never notice."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from tests.cast import LawFirm
from tests.portal.pages import url


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """The time stands still, 15 seconds before the turn of a minute."""
    with time_machine.travel(datetime(2026, 11, 23, 9, 30, 45, tzinfo=UTC), tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def _few(settings: Settings) -> None:
    settings.PORTAL_REQUESTS_A_MINUTE = 6


def test_too_many_pages_are_refused_in_words_that_say_what_to_do(
    olivia: Client, cast: LawFirm
) -> None:
    answers = [olivia.get(url(cast, "users/")) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert answers[6]["Retry-After"] == "15"
    assert "Wait 15 seconds, then reload this page." in answers[6].content.decode()
    assert answers[6]["Cache-Control"].startswith("no-store")


def test_the_next_minute_is_a_new_one(
    olivia: Client, cast: LawFirm, clock: time_machine.Traveller
) -> None:
    for _ in range(7):
        olivia.get(url(cast, "users/"))
    clock.shift(15)
    assert olivia.get(url(cast, "users/")).status_code == 200


def test_a_piece_of_a_page_is_refused_in_a_sentence(olivia: Client, cast: LawFirm) -> None:
    for _ in range(6):
        olivia.get(url(cast, "users/"))
    answer = olivia.get(url(cast, "users/"), headers={"hx-request": "true"})
    assert answer.status_code == 429
    assert answer.content.decode() == (
        "That was too fast. Nothing was changed: wait 15 seconds, then try again."
    )


def test_each_person_has_a_limit_of_his_own_wherever_he_is(olivia: Client, cast: LawFirm) -> None:
    for _ in range(7):
        olivia.get(url(cast, "users/"))
    otto = Client()
    otto.force_login(cast.otto)
    assert otto.get(url(cast, "users/")).status_code == 200
    elsewhere = Client(REMOTE_ADDR="192.0.2.9")
    elsewhere.force_login(cast.olivia)
    assert elsewhere.get(url(cast, "users/")).status_code == 429


def test_where_nobody_is_signed_in_the_address_counts(cast: LawFirm) -> None:
    assert [Client().get("/login/").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert Client(REMOTE_ADDR="192.0.2.9").get("/login/").status_code == 200


def test_one_machine_has_many_addresses_of_ipv6(cast: LawFirm) -> None:
    statuses = [
        Client(REMOTE_ADDR=f"2001:db8:1:1::{number}").get("/login/").status_code
        for number in range(1, 5)
    ]
    assert statuses == [200, 200, 200, 429]
    assert Client(REMOTE_ADDR="2001:db8:1:2::1").get("/login/").status_code == 200


def test_what_is_slow_has_a_smaller_limit(
    olivia: Client, cast: LawFirm, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PORTAL_REQUESTS_A_MINUTE = 600
    monkeypatch.setattr("callmark.portal.limits.SLOW_A_MINUTE", 2)
    statuses = [olivia.get(url(cast, "activity/export/")).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert olivia.get(url(cast, "activity/")).status_code == 200


def test_the_api_has_limits_of_its_own(olivia: Client, cast: LawFirm) -> None:
    for _ in range(10):
        assert olivia.get("/api/v1/me").status_code == 200


def test_what_was_sent_too_fast_is_not_saved(olivia: Client, cast: LawFirm) -> None:
    for _ in range(6):
        olivia.get(url(cast, "users/"))
    data = {"code_length": "4", "max_retries": "3"}
    assert olivia.post(url(cast, "account-codes/"), data).status_code == 429
    assert not hasattr(type(cast.account).objects.get(pk=cast.account.pk), "code_settings")
