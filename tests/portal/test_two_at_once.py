"""Two people edit the same thing: the second learns of it, and loses nothing that was typed."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.db import models
from django.test import Client

from callmark.accounts.services import change_account, change_person
from callmark.codes.services import rename_code, save_user_settings
from callmark.policy.rules import CodeRules
from callmark.reports.saved import save_report
from callmark.reports.schedules import add_schedule, change_schedule
from callmark.webhooks.services import change_endpoint
from tests.portal.cast import Cast, code, first_time, turn_on_quietly, url
from tests.portal.programs import webhook


@dataclass(frozen=True, slots=True)
class Page:
    """Something to edit, what is entered, what somebody else does meanwhile, and what it says."""

    path: str
    sent: dict[str, str]
    other: Callable[[], object]
    stored: Callable[[], object]
    now: str
    shown_at: str = ""


def fresh(row: models.Model, name: str) -> object:
    row.refresh_from_db(fields=[name])
    return getattr(row, name)


def a_users_settings(cast: Cast) -> Page:
    first_time(cast)
    code(cast)
    turn_on_quietly(cast)
    save_user_settings(cast.uma, enabled=True, override=CodeRules(), actor=None)

    def other() -> None:
        save_user_settings(
            cast.uma, enabled=True, override=CodeRules(premium=True), actor=cast.rick
        )

    return Page(
        f"users/{cast.uma.pk}/settings/",
        {"toll_free": "on", "premium": "false"},
        other,
        lambda: (fresh(cast.uma.code_settings, "toll_free"), cast.uma.code_settings.rules.premium),
        "Premium toll: stored now is on.",
    )


def a_codes_name(cast: Cast) -> Page:
    first_time(cast)
    harper = code(cast)
    return Page(
        f"account-codes/codes/{harper.pk}/rename/",
        {"name": "Mine"},
        lambda: rename_code(harper, name="Theirs", actor=cast.rick),
        lambda: fresh(harper, "name"),
        "Name or short description: stored now is “Theirs”.",
    )


def a_user(cast: Cast) -> Page:
    return Page(
        f"users/{cast.ben.pk}/details/",
        {"name": "Mine"},
        lambda: change_person(cast.ben, {"name": "Theirs"}, actor=cast.rick),
        lambda: fresh(cast.ben, "name"),
        "Name: stored now is “Theirs”.",
    )


def a_webhook(cast: Cast) -> Page:
    endpoint = webhook(cast, "Billing")
    return Page(
        f"webhooks/{endpoint.pk}/edit/",
        {"name": "Mine"},
        lambda: change_endpoint(endpoint, {"name": "Theirs"}, actor=cast.rick),
        lambda: fresh(endpoint, "name"),
        "Name: stored now is “Theirs”.",
    )


def the_account(cast: Cast) -> Page:
    return Page(
        "account/",
        {"name": "Mine"},
        lambda: change_account(cast.firm, {"name": "Theirs"}, actor=cast.otto),
        lambda: fresh(cast.firm, "name"),
        "Name: stored now is “Theirs”.",
    )


def a_role(cast: Cast) -> Page:
    return Page(
        f"people/{cast.rick.pk}/role/",
        {"role": "user"},
        lambda: change_person(cast.rick, {"role": "administrator"}, actor=cast.otto),
        lambda: fresh(cast.rick, "role"),
        "Until now: administrator.",
        f"people/{cast.rick.pk}/",
    )


def an_address(cast: Cast) -> Page:
    return Page(
        f"people/{cast.rick.pk}/email/",
        {"email": "mine@callmark.example"},
        lambda: change_person(cast.rick, {"email": "theirs@callmark.example"}, actor=cast.otto),
        lambda: fresh(cast.rick, "email"),
        "<bdi>theirs@callmark.example</bdi> no longer signs in.",
        f"people/{cast.rick.pk}/",
    )


def the_calendar(cast: Cast) -> Page:
    return Page(
        "months/calendar/",
        {"billing_day": "7"},
        lambda: change_account(cast.firm, {"billing_day": 15}, actor=cast.rick),
        lambda: fresh(cast.firm, "billing_day"),
        "Day on which a month begins: stored now is “15”.",
    )


def a_schedule(cast: Cast) -> Page:
    report = save_report(cast.firm, name="The bill", asked={}, actor=cast.olivia)
    values = {"every": "month", "day": 2, "way": "link", "recipients": "olivia@callmark.example"}
    made = add_schedule(cast.firm, report, values, actor=cast.olivia)
    return Page(
        f"reports/schedules/{made.pk}/",
        {"month_day": "7"},
        lambda: change_schedule(made, {"day": 15}, actor=cast.rick),
        lambda: fresh(made, "day"),
        "Day of the month: stored now is “15”.",
    )


def version_on(page: str) -> str:
    found = re.search(r'name="version" value="([0-9a-f]{16})"', page)
    assert found, "the page says what it shows"
    return found[1]


@pytest.mark.parametrize(
    "edited",
    [
        a_users_settings,
        a_codes_name,
        a_user,
        a_webhook,
        the_account,
        a_role,
        an_address,
        the_calendar,
        a_schedule,
    ],
)
def test_the_second_to_save_is_told_and_decides(
    cast: Cast, client: Client, edited: Callable[[Cast], Page]
) -> None:
    page = edited(cast)
    client.force_login(cast.otto)
    version = version_on(client.get(url(cast, page.shown_at or page.path)).text)
    page.other()
    theirs = page.stored()
    answer = client.post(url(cast, page.path), page.sent | {"version": version})
    told = " ".join(answer.content.decode().split())
    assert "Somebody else changed this while you had the page open." in told
    assert page.now in told
    for typed in page.sent.values():
        assert typed in {"on", "false"} or f'value="{typed}"' in told, "what was typed is kept"
    assert page.stored() == theirs
    again = page.sent | {"version": version_on(told)}
    assert client.post(url(cast, page.path), again).status_code == 302
    assert page.stored() != theirs


def test_what_was_chosen_for_the_account_is_still_there(cast: Cast, olivia: Client) -> None:
    settings = first_time(cast)
    old = {"version": str(settings.version), "allowed": "on", "toll_free": "on"}
    code(cast)
    turn_on_quietly(cast)
    for path, more in (("", {}), ("save/", {"enable_everyone": "no"})):
        answer = olivia.post(url(cast, f"account-codes/{path}"), old | more)
        page = " ".join(answer.content.decode().split())
        assert "Somebody else changed this while you had the page open." in page
        assert re.search(r'id="id_toll_free"[^>]*checked', page)
        assert "Toll-free: stored now is off." in page
        assert f'name="version" value="{settings.version + 1}"' in page
