"""A question that would take too long is answered so, and leaves the connection as it was."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from callmark.api.resources import calls as resource
from callmark.portal.views import calls as page
from callmark.web import time_limit
from tests.factories import make_law_firm

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


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
