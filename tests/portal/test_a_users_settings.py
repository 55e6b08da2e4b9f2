"""Olivia looks at users, and changes one user's settings."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from callmark.calls.models import Call, CallAttempt
from callmark.codes.models import AccountCode, UserCodeSettings
from callmark.codes.services import save_user_settings, set_code_active
from callmark.policy.rules import CodeRules
from tests.cast import LawFirm, code, first_time
from tests.leaks import shows
from tests.portal.pages import sent_rules, turn_on, url
from tests.rows import every

DEFAULTS = CodeRules(international=True, proceed_after_max_retries=True)
OWN = CodeRules(toll_free=True, proceed_after_max_retries=True)


@pytest.fixture
def ready(client: Client, cast: LawFirm) -> Client:
    """Account codes are on for everybody, with a code; Olivia is signed in."""
    first_time(cast)
    code(cast)
    turn_on(client, cast, DEFAULTS)
    return client


def page_of_uma(cast: LawFirm) -> str:
    return url(cast, f"users/{cast.uma.pk}/settings/")


def uma(cast: LawFirm) -> UserCodeSettings:
    return every(UserCodeSettings).get(user=cast.uma)


def test_the_list_says_who_has_account_codes(ready: Client, cast: LawFirm) -> None:
    save_user_settings(cast.ben, enabled=False, override=None, actor=None)
    save_user_settings(cast.uma, enabled=True, override=OWN, actor=None)
    page = ready.get(url(cast, "users/")).content.decode()
    for seen in ("On, custom settings", ">Off<", ">On<", "201", "+12125550201"):
        assert seen in page
    assert "Fay" not in page


@pytest.mark.parametrize("text", ["uma", "201", "2125550201", "uma@firm"])
def test_search_users(ready: Client, cast: LawFirm, text: str) -> None:
    page = ready.get(url(cast, "users/"), {"q": text}).content.decode()
    assert "Uma" in page
    assert ">Ben<" not in page


def test_the_defaults_show_greyed_out(ready: Client, cast: LawFirm) -> None:
    page = ready.get(page_of_uma(cast)).content.decode()
    assert "Enable account codes" in page
    assert "Override account level settings" in page
    assert 'data-needs="id_override" disabled' in page


def test_override_starts_from_the_accounts_values(ready: Client, cast: LawFirm) -> None:
    # Without scripts the greyed-out rules are not sent at all.
    ready.post(page_of_uma(cast), {"enabled": "on", "override": "on"})
    assert uma(cast).override
    assert uma(cast).rules == DEFAULTS


def test_override_with_own_rules_and_back(ready: Client, cast: LawFirm) -> None:
    sent = {"enabled": "on", "override": "on", **sent_rules(OWN)}
    page = ready.post(page_of_uma(cast), sent, follow=True).content.decode()
    assert "Settings of <bdi>Uma</bdi> saved." in page
    assert uma(cast).rules == OWN
    ready.post(page_of_uma(cast), {"enabled": "on", "override": "false"})
    assert not uma(cast).override


def test_what_is_not_sent_stays_as_it_is(ready: Client, cast: LawFirm) -> None:
    save_user_settings(cast.uma, enabled=True, override=OWN, actor=None)
    ready.post(page_of_uma(cast), {"premium": "false"})
    assert uma(cast).enabled
    assert uma(cast).override
    assert uma(cast).rules == replace(OWN, premium=False)


def test_proceed_waits_while_it_is_off_at_the_account(ready: Client, cast: LawFirm) -> None:
    save_user_settings(cast.uma, enabled=True, override=OWN, actor=None)
    turn_on(ready, cast, replace(DEFAULTS, proceed_after_max_retries=False))
    page = ready.get(page_of_uma(cast)).content.decode()
    assert "Off at the account" in page
    changed = replace(OWN, premium=True, proceed_after_max_retries=False)
    sent = {"enabled": "on", "override": "on", **sent_rules(changed)}
    ready.post(page_of_uma(cast), sent)
    assert uma(cast).rules == replace(OWN, premium=True)


def test_switching_it_on_by_force_is_refused(ready: Client, cast: LawFirm) -> None:
    turn_on(ready, cast, replace(DEFAULTS, proceed_after_max_retries=False))
    sent = {"enabled": "on", "override": "on", **sent_rules(OWN)}
    ready.post(page_of_uma(cast), sent)
    assert not uma(cast).rules.proceed_after_max_retries


def test_enabling_while_the_account_is_off_is_refused(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    page = olivia.post(page_of_uma(cast), {"enabled": "on"}).content.decode()
    assert "Account Codes is off for this account" in page
    assert not every(UserCodeSettings).filter(user=cast.uma, enabled=True).exists()


def test_before_the_first_time_the_page_leads_there(olivia: Client, cast: LawFirm) -> None:
    page = olivia.get(page_of_uma(cast)).content.decode()
    assert "Account codes are not set up yet" in page


def save_default(browser: Client, cast: LawFirm, text: str) -> str:
    page = browser.post(page_of_uma(cast), {"enabled": "on", "default_code": text}, follow=True)
    return page.content.decode()


@pytest.mark.parametrize("text", ["Harper v. Castellan", "harper V. castellan", "1234"])
def test_a_default_code_is_chosen_by_name_or_digits(
    ready: Client, cast: LawFirm, text: str
) -> None:
    assert "Settings of <bdi>Uma</bdi> saved." in save_default(ready, cast, text)
    assert uma(cast).default_code == every(AccountCode).get(name="Harper v. Castellan")
    page = ready.get(page_of_uma(cast)).content.decode()
    assert 'value="Harper v. Castellan"' in page
    assert not shows("1234", page), "the digits are not on the page"


def test_a_default_code_stays_while_the_field_says_what_it_said(
    ready: Client, cast: LawFirm
) -> None:
    save_default(ready, cast, "1234")
    code(cast, "5555", "Harper v. Castellan")
    assert "saved" in save_default(ready, cast, "Harper v. Castellan")
    assert uma(cast).default_code == every(AccountCode).order_by("created_at")[0]
    save_default(ready, cast, "")
    assert uma(cast).default_code is None
    page = save_default(ready, cast, "Harper v. Castellan")
    assert "Several codes have this name: enter the digits instead." in page


def test_no_code_that_nobody_could_enter_becomes_a_default(ready: Client, cast: LawFirm) -> None:
    retired = code(cast, "5555", "Retired")
    set_code_active(retired, active=False, actor=cast.olivia)
    for text in ("Retired", "5555", "9999", "Nobody's"):
        assert "No active code has this name or these digits." in save_default(ready, cast, text)
    assert uma(cast).default_code is None


def test_the_activity_names_the_default_code_and_not_its_digits(
    ready: Client, cast: LawFirm
) -> None:
    save_default(ready, cast, "1234")
    page = ready.get(url(cast, "activity/")).content.decode()
    assert "Default code" in page
    assert not shows("1234", page)


def lock_out(cast: LawFirm) -> None:
    """Uma entered ten wrong codes just now."""
    now = timezone.now()
    call = Call.objects.create(
        account=cast.account,
        user=cast.uma,
        user_name="Uma",
        direction="outbound",
        dialed="01144",
        call_type="international",
        outcome="ended_after_max_retries",
        started_at=now,
    )
    for position in range(1, 11):
        CallAttempt.objects.create(
            call=call,
            position=position,
            result="unknown_code",
            entered_by="prompt",
            counts_as_guess=True,
            at=now - timedelta(seconds=20 - position),
        )


def test_a_lockout_is_seen_and_lifted(ready: Client, cast: LawFirm) -> None:
    lock_out(cast)
    assert "Locked out" in ready.get(url(cast, "users/")).content.decode()
    assert "Locked out until" in ready.get(page_of_uma(cast)).content.decode()
    page = ready.post(url(cast, f"users/{cast.uma.pk}/lift-lockout/"), follow=True)
    assert "<bdi>Uma</bdi> can enter account codes again." in page.content.decode()
    assert "Locked out" not in ready.get(url(cast, "users/")).content.decode()
