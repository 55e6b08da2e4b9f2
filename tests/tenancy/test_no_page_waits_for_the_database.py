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
from tests.factories import make_law_firm

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


Execute = Callable[..., Any]


def never_ends(*_: object, **__: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(60)")


def test_a_page_and_the_api_say_that_it_takes_too_long(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = make_law_firm()
    monkeypatch.setattr(time_limit, "SECONDS", 0.2)
    monkeypatch.setattr(page, "page_of_calls", never_ends)
    monkeypatch.setattr(resource, "page_of_calls", never_ends)
    client.force_login(firm.olivia)
    shown = client.get(reverse("portal:calls", args=[firm.account.slug]))
    assert shown.status_code == 503
    assert shown["Retry-After"]
    assert "ask for a shorter period" in shown.text
    told = client.get(f"/api/v1/accounts/{firm.account.pk}/calls")
    assert (told.status_code, told.json()["code"]) == (503, "took_too_long")
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


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
                Account.objects.select_for_update().get(pk=firm.account.pk)
        finally:
            connection.close()

    def meet(execute: Execute, sql: str, *rest: Any) -> Any:  # noqa: ANN401
        if "FOR UPDATE" in sql and "codes_accountcode" in sql and not met:
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
    assert answer.status_code == 302
    firm.code.refresh_from_db()
    assert firm.code.name == "Harper estate"
