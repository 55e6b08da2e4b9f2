"""A question that would take too long is answered so, and leaves the connection as it was."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from callmark.accounts.models import Account
from callmark.api.resources import calls as resource
from callmark.codes.models import AccountCode
from callmark.portal.views import calls as page
from callmark.web import time_limit
from tests.cast import make_law_firm

pytestmark = pytest.mark.django_db(transaction=True)


Execute = Callable[..., Any]


def takes_its_time(seconds: float) -> None:
    """A query that takes so long on PostgreSQL; on SQLite a hundredth of a second, or for ever."""
    if connection.vendor == "postgresql":
        query = f"SELECT pg_sleep({seconds})"
    else:
        limit = "" if seconds > 1 else "LIMIT 100000"
        query = (
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n {limit}) "
            "SELECT count(*) FROM n"
        )
    with connection.cursor() as cursor:
        cursor.execute(query)


def never_ends(*_: object, **__: object) -> None:
    takes_its_time(60)


def asks_again_and_again(*_: object, **__: object) -> None:
    for _time in range(1_000):
        takes_its_time(0.03)


@pytest.mark.parametrize("asks", [never_ends, asks_again_and_again])
def test_a_page_and_the_api_say_that_it_takes_too_long(
    client: Client, monkeypatch: pytest.MonkeyPatch, asks: Callable[..., None]
) -> None:
    firm = make_law_firm()
    monkeypatch.setattr(time_limit, "SECONDS", 0.3)
    monkeypatch.setattr(time_limit, "NOTICED_SECONDS", 0.1)
    monkeypatch.setattr(time_limit, "SQLITE_STEPS", 10_000)
    monkeypatch.setattr(page, "page_of_calls", asks)
    monkeypatch.setattr(resource, "page_of_calls", asks)
    client.force_login(firm.olivia)
    shown = client.get(reverse("portal:calls", args=[firm.account.slug]))
    assert shown.status_code == 503
    assert shown["Retry-After"]
    assert "ask for a shorter period" in shown.text
    told = client.get(f"/api/v1/accounts/{firm.account.pk}/calls")
    assert (told.status_code, told.json()["code"]) == (503, "took_too_long")
    # What comes after the request, a file or a job, has no limit.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("0",)
    for _time in range(40):
        takes_its_time(0.03)


@pytest.mark.postgres
def test_a_page_that_met_another_writer_is_made_once_more(client: Client) -> None:
    firm = make_law_firm()
    holds, waits = threading.Event(), threading.Event()
    met: list[str] = []

    def another() -> None:
        # It holds what the page will want, and then wants what the page holds.
        try:
            with transaction.atomic():
                AccountCode.objects.of(firm.account).select_for_update().get(pk=firm.code.pk)
                holds.set()
                assert waits.wait(20)
                # Who waits first is who gives up: that is to be the page.
                with connection.cursor() as cursor:
                    while not cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
                        pass
                Account.objects.select_for_update().get(pk=firm.account.pk)
        finally:
            connection.close()

    def meet(execute: Execute, sql: str, *rest: Any) -> Any:  # noqa: ANN401
        locks = sql.startswith("SELECT") and "UPDATE" in sql
        if locks and "codes_accountcode" in sql and not met:
            # The page holds the account, as whatever changes an account's calendar does.
            met.append(sql)
            Account.objects.select_for_update().get(pk=firm.account.pk)
            waits.set()
        return execute(sql, *rest)

    other = threading.Thread(target=another)
    other.start()
    assert holds.wait(20)
    client.force_login(firm.olivia)
    address = reverse("portal:code_rename", args=[firm.account.slug, firm.code.pk])
    with connection.execute_wrapper(meet):
        answer = client.post(address, {"name": "Harper estate"})
    other.join()
    assert met, "the page has met nobody"
    assert answer.status_code == 302
    firm.code.refresh_from_db()
    assert firm.code.name == "Harper estate"
