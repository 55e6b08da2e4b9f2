"""Two people edit the same thing: the second learns of it, and loses nothing that was typed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.db import models
from django.test import Client

from callmark.accounts.services import change_account, change_person
from callmark.calls.corrections import assign_code, take_code_away
from callmark.calls.limits import add_limit, change_limit
from callmark.codes.services import change_code, rename_code, save_user_settings
from callmark.policy.rules import CodeRules
from callmark.reports.handover.models import FirmDetails, Timekeeper
from callmark.reports.handover.services import save_firm, save_format, save_timekeeper
from callmark.reports.saved import save_report
from callmark.reports.schedules import add_schedule, change_schedule
from callmark.webhooks.services import change_endpoint
from tests.api.test_everything_the_portal_can_do import CHANGES, LINK, OWN
from tests.cast import LawFirm, code, first_time, turn_on_quietly
from tests.portal.pages import url
from tests.portal.programs import webhook
from tests.portal.test_call_history import place


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


def a_users_settings(cast: LawFirm) -> Page:
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


def a_codes_name(cast: LawFirm) -> Page:
    first_time(cast)
    harper = code(cast)
    return Page(
        f"account-codes/codes/{harper.pk}/rename/",
        {"name": "Mine"},
        lambda: rename_code(harper, name="Theirs", actor=cast.rick),
        lambda: fresh(harper, "name"),
        "Name or short description: stored now is “Theirs”.",
    )


def a_user(cast: LawFirm) -> Page:
    return Page(
        f"users/{cast.ben.pk}/details/",
        {"name": "Mine"},
        lambda: change_person(cast.ben, {"name": "Theirs"}, actor=cast.rick),
        lambda: fresh(cast.ben, "name"),
        "Name: stored now is “Theirs”.",
    )


def a_webhook(cast: LawFirm) -> Page:
    endpoint = webhook(cast, "Billing")
    return Page(
        f"webhooks/{endpoint.pk}/edit/",
        {"name": "Mine"},
        lambda: change_endpoint(endpoint, {"name": "Theirs"}, actor=cast.rick),
        lambda: fresh(endpoint, "name"),
        "Name: stored now is “Theirs”.",
    )


def the_account(cast: LawFirm) -> Page:
    return Page(
        "account/",
        {"name": "Mine"},
        lambda: change_account(cast.account, {"name": "Theirs"}, actor=cast.otto),
        lambda: fresh(cast.account, "name"),
        "Name: stored now is “Theirs”.",
    )


def a_role(cast: LawFirm) -> Page:
    return Page(
        f"people/{cast.rick.pk}/role/",
        {"role": "user"},
        lambda: change_person(cast.rick, {"role": "administrator"}, actor=cast.otto),
        lambda: fresh(cast.rick, "role"),
        "Until now: administrator.",
        f"people/{cast.rick.pk}/",
    )


def an_address(cast: LawFirm) -> Page:
    return Page(
        f"people/{cast.rick.pk}/email/",
        {"email": "mine@firm.example"},
        lambda: change_person(cast.rick, {"email": "theirs@firm.example"}, actor=cast.otto),
        lambda: fresh(cast.rick, "email"),
        "<bdi>theirs@firm.example</bdi> no longer signs in.",
        f"people/{cast.rick.pk}/",
    )


def the_calendar(cast: LawFirm) -> Page:
    return Page(
        "months/calendar/",
        {"billing_day": "7"},
        lambda: change_account(cast.account, {"billing_day": 15}, actor=cast.rick),
        lambda: fresh(cast.account, "billing_day"),
        "Day on which a month begins: stored now is “15”.",
    )


def a_schedule(cast: LawFirm) -> Page:
    report = save_report(cast.account, name="The bill", asked={}, actor=cast.olivia)
    values = {"every": "month", "day": 2, "way": "link", "recipients": "olivia@firm.example"}
    made = add_schedule(cast.account, report, values, actor=cast.olivia)
    return Page(
        f"reports/schedules/{made.pk}/",
        {"month_day": "7"},
        lambda: change_schedule(made, {"day": 15}, actor=cast.rick),
        lambda: fresh(made, "day"),
        "Day of the month: stored now is “15”.",
    )


A_LIMIT = {"name": "A month", "scope": "account", "amount": 1, "unit": "calls", "per": "day"}


def a_limit(cast: LawFirm) -> Page:
    first_time(cast)
    limit = add_limit(cast.account, A_LIMIT, actor=cast.olivia)
    return Page(
        f"account-codes/limits/{limit.pk}/change/",
        {"name": "Mine"},
        lambda: change_limit(limit, {"name": "Theirs"}, actor=cast.rick),
        lambda: fresh(limit, "name"),
        "Name: stored now is “Theirs”.",
    )


def the_firm(cast: LawFirm) -> Page:
    def stored() -> object:
        return FirmDetails.objects.of(cast.account).values_list("firm_name", flat=True).first()

    return Page(
        "firm/",
        {"firm_name": "Mine"},
        lambda: save_firm(cast.account, {"firm_name": "Theirs"}, actor=cast.rick),
        stored,
        "Name on bills: stored now is “Theirs”.",
    )


def a_timekeeper(cast: LawFirm) -> Page:
    def stored() -> object:
        keepers = Timekeeper.objects.of(cast.account)
        return keepers.values_list("timekeeper_name", flat=True).first()

    return Page(
        f"users/{cast.ben.pk}/timekeeper/",
        {"timekeeper_name": "Mine, Own"},
        lambda: save_timekeeper(cast.ben, {"timekeeper_name": "Theirs, Own"}, actor=cast.rick),
        stored,
        "Name on bills: stored now is “Theirs, Own”.",
    )


EDITED: dict[str, tuple[Callable[[LawFirm], Page], ...]] = {
    "user_settings": (a_users_settings,),
    "code_rename": (a_codes_name,),
    "user_details": (a_user,),
    "webhook_edit": (a_webhook,),
    "account_edit": (the_account,),
    "person_do": (a_role, an_address),
    "account_calendar": (the_calendar,),
    "schedule_edit": (a_schedule,),
    "limit_change": (a_limit,),
    "firm": (the_firm,),
    "timekeeper": (a_timekeeper,),
}
"""Forms over what is stored: each tells the version that it shows."""

TESTED_ELSEWHERE = {
    "account_codes": "below: what_was_chosen_for_the_account_is_still_there",
    "save": "below, too",
    "turn_off": "test_setting_up_word_for_word: two_administrators_at_once",
    "calls_correct": "below: calls_that_somebody_corrected_meanwhile_stay",
    "codes_many": "below: codes_that_somebody_changed_meanwhile_stay",
    "hand_over": "below: a_format_that_somebody_saved_meanwhile_stays",
    "listed_number_change": "test_listed_numbers: who_saved_meanwhile_is_not_overwritten",
    "users_change": "test_the_list_of_users: what_was_changed_since_the_page_was_shown_stays",
    "sign_in_language": "test_who_reads_what: a_language_chosen_in_another_window_meanwhile...",
    "rates_edit": "test_rates: an_edit_upon_an_old_version_is_refused",
    "shared_rates_edit": "the same view",
    "rates_import": "the same function, by what it was made upon",
    "shared_rates_import": "the same view",
    "codes_import": "test_importing_codes: what_has_changed_since_the_preview_is_checked_again",
    "users_import": "test_importing_users: those_who_are_there_can_be_updated_after_another...",
    "test_call": "one's own call",
}

NOTHING_TO_OVERWRITE = {
    "adds": "codes limit_add listed_numbers account_add schedule_add user_add trunk_add"
    " extension_add number_add invite operator_invite webhook_add api_token_add exports",
    "deletes or ends, after asking or with Undo": "code_delete limit_remove listed_number_remove"
    " template_delete filter_delete export_delete report_delete schedule_delete format_delete"
    " user_delete extension_remove number_remove lift_lockout webhook_delete webhook_secret"
    " api_token_revoke",
    "a button sets what it says": "code_active user_active schedule_active schedule_run"
    " webhook_active webhook_test webhook_replay_failed delivery_replay month_close month_reopen"
    " rates_currency rates_again require_second_factor",
    "takes back only what is still as it was made": "code_change_undo correction_undo users_undo"
    " calls_replace",
    "one's own": "filter_save report_save arrange_table guide",
    "says that it takes the place of the one with this name": "templates",
    "stores nothing": "codes_search import_problems users_import_problems calls_search length"
    " choose_user choose_caller choose_code reports_run",
}


def version_on(page: str) -> str:
    found = re.search(r'name="version" value="([0-9a-f]{16})"', page)
    assert found, "the page says what it shows"
    return found[1]


@pytest.mark.parametrize("edited", [page for pages in EDITED.values() for page in pages])
def test_the_second_to_save_is_told_and_decides(
    cast: LawFirm, client: Client, edited: Callable[[LawFirm], Page]
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


def test_what_was_chosen_for_the_account_is_still_there(cast: LawFirm, olivia: Client) -> None:
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


def test_every_page_that_takes_something_is_in_one_of_the_tables() -> None:
    others = [name for names in NOTHING_TO_OVERWRITE.values() for name in names.split()]
    known = [*EDITED, *TESTED_ELSEWHERE, *others]
    own = {name for name, answer in CHANGES.items() if answer in (OWN, LINK)}
    assert sorted(known) == sorted({*CHANGES, "person_do"} - own)


def test_calls_that_somebody_corrected_meanwhile_stay(cast: LawFirm, olivia: Client) -> None:
    first_time(cast)
    harper, nordby = code(cast), code(cast, "0417", "Nordby")
    calls = [place(cast, cast.ben, f"+44207946000{number}") for number in range(2)]
    shown = re.findall(r'name="call" value="([^"]+)"', olivia.get(url(cast, "calls/")).text)
    assert len(shown) == 2
    assign_code(cast.account, [calls[0].pk], code=harper, actor=cast.otto)
    answer = olivia.post(
        url(cast, "calls/correct/"), {"call": shown, "what": "assign", "code": "0417"}, follow=True
    )
    assert "1 changed meanwhile and stays as it is." in answer.text
    assert [fresh(one, "account_code_name") for one in calls] == [harper.name, nordby.name]
    story = olivia.get(url(cast, f"calls/{calls[0].pk}/")).text
    (seen,) = re.findall(r'name="call" value="([^"]+)"', story)
    take_code_away(cast.account, [calls[0].pk], actor=cast.otto)
    sent = {"call": seen, "what": "assign", "code": "0417"}
    answer = olivia.post(url(cast, "calls/correct/"), sent, follow=True)
    assert "look at what is there now, and choose again" in answer.text
    assert fresh(calls[0], "account_code_name") == ""


def test_codes_that_somebody_changed_meanwhile_stay(cast: LawFirm, olivia: Client) -> None:
    first_time(cast)
    harper = code(cast)
    page = olivia.get(url(cast, "account-codes/codes/")).text
    (shown,) = re.findall(r'name="code_id" value="([^"]+)"', page)
    change_code(harper, name=harper.name, ids={}, label="Theirs", actor=cast.rick)
    sent = {"code_id": shown, "what": "label", "new_label": "Mine"}
    answer = olivia.post(url(cast, "account-codes/codes/many/"), sent, follow=True)
    assert "look at what is there now, and choose again" in answer.text
    assert fresh(harper, "label") == "Theirs"
    page = olivia.get(url(cast, "account-codes/codes/")).text
    sent["code_id"] = re.findall(r'name="code_id" value="([^"]+)"', page)[0]
    olivia.post(url(cast, "account-codes/codes/many/"), sent)
    assert fresh(harper, "label") == "Mine"


def test_a_format_that_somebody_saved_meanwhile_stays(cast: LawFirm, olivia: Client) -> None:
    first_time(cast)
    place(cast, cast.ben, "+442079460000", started_at=datetime(2026, 3, 10, 12, tzinfo=UTC))
    books = {"format": "csv", "unit": 60}
    kept = save_format(cast.account, name="Books", options=books, actor=cast.otto)
    path = url(cast, "months/2026-03-01/hand-over/")
    form = olivia.get(path, {"begin": str(kept.pk)})
    sent = {one.html_name: one.value() for one in form.context["form"]}
    sent |= {"begin": str(kept.pk), "version": form.context["version"], "do": "keep"}
    save_format(cast.account, name="Books", options=books | {"unit": 6}, actor=cast.otto)
    answer = olivia.post(path, sent | {"name": "Books", "unit": "360"})
    assert "There is a format “Books” with other choices" in answer.text
    assert fresh(kept, "options")["unit"] == 6  # type: ignore[index]
    assert olivia.post(path, sent | {"name": "Other", "unit": "360"}).status_code == 302
