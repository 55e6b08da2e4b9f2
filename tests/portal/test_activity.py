"""Olivia reads who changed what on her account."""

import csv
import io
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags
from pytest_django import Settings

from callmark.accounts.activity import record_visit
from callmark.accounts.models import User
from callmark.accounts.services import change_person
from callmark.audit.actions import Action
from callmark.audit.models import AuditEntry
from callmark.audit.origin import Source
from callmark.calls.filters import CallFilter
from callmark.codes.services import (
    SettingsChange,
    delete_code,
    save_account_settings,
    save_user_settings,
)
from callmark.policy.rules import CodeRules
from callmark.portal.activity.asked import _CHOICES, _LABELS
from callmark.portal.activity.changes import Change, changes_of
from callmark.portal.activity.sentences import sentence
from callmark.portal.forms.activity import KINDS
from callmark.reports.exports import ask_for_calls, ask_for_report
from callmark.web import keyset
from tests.cast import LawFirm, code, first_time, stored
from tests.leaks import shows
from tests.portal.pages import turn_on, url
from tests.portal.stretches import follow

PAGE = "activity/"


def save(cast: LawFirm, actor: User, **on: bool) -> None:
    """Somebody saves the account's settings."""
    change = SettingsChange(3, replace(CodeRules(), **on))
    version = stored(cast).version
    save_account_settings(
        cast.account, change, enable_everyone=False, expected_version=version, actor=actor
    )


def shown(client: Client, cast: LawFirm, **query: str) -> str:
    """The page's words."""
    page = client.get(url(cast, PAGE), query).content.decode()
    return " ".join(strip_tags(page).split())


def entry(action: Action | str, **values: object) -> AuditEntry:
    """An entry that is not stored."""
    told = {"actor_name": "Olivia", "target_name": "Uma", "source": Source.PORTAL, **values}
    return AuditEntry(action=action, **told)


def test_who_changed_what_from_where_before_and_after(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    turn_on(olivia, cast, CodeRules(international=True))
    page = shown(olivia, cast)
    assert "Olivia saved Account Codes Settings" in page
    assert "Allow account codes: before off now on" in page
    assert "International: before off now on" in page
    assert "In the portal, from 127.0.0.1" in page
    assert "Premium" not in page
    assert page.index("saved Account Codes Settings") < page.index("set up account codes")


def test_what_the_operator_did_is_marked(olivia: Client, cast: LawFirm) -> None:
    record_visit(cast.otto, cast.account)
    page = shown(olivia, cast)
    assert "Otto visited this account Operator" in page
    assert "The operator added Uma E-mail: uma@firm.example Role: User At the server" in page


def test_a_save_without_a_change_says_so(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    for _ in range(2):
        save(cast, cast.olivia, international=True)
    assert "Nothing was different from before." in shown(olivia, cast)


def test_filters(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    save(cast, cast.otto)
    code(cast)
    save_user_settings(cast.uma, enabled=True, override=None, actor=cast.olivia)
    by_person = shown(olivia, cast, person="Uma")
    assert "the account code settings of Uma" in by_person
    assert "added account code" not in by_person
    by_kind = shown(olivia, cast, kind="codes")
    assert "Olivia added account code Harper v. Castellan" in by_kind
    assert "saved" not in by_kind
    by_operator = shown(olivia, cast, operator="on")
    assert "Otto saved Account Codes Settings" in by_operator
    assert "added account code" not in by_operator


@pytest.mark.parametrize(
    ("query", "found"),
    [({"since": 0}, True), ({"since": 1}, False), ({"until": 0}, True), ({"until": -1}, False)],
)
def test_dates(olivia: Client, cast: LawFirm, query: dict[str, int], found: bool) -> None:
    first_time(cast)
    days = {
        name: (timezone.localdate(timezone=cast.account.zone) + timedelta(days=days)).isoformat()
        for name, days in query.items()
    }
    assert ("set up account codes" in shown(olivia, cast, **days)) is found


def test_nonsense_filters_nothing_and_is_said(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    page = shown(olivia, cast, since="2026-03-05", until="2026-03-01", person="x", kind="y")
    assert "This day is before the first one." in page


@pytest.mark.parametrize("text", ["uma", "UMA@", "Uma"])
def test_a_person_is_found_by_part_of_the_name_or_address(
    olivia: Client, cast: LawFirm, text: str
) -> None:
    change_person(cast.ben, {"home_country": "GB"}, actor=cast.olivia)
    page = shown(olivia, cast, person=text)
    assert "added Uma" in page
    assert "Ben" not in page


def test_a_person_is_found_by_a_former_name_too(olivia: Client, cast: LawFirm) -> None:
    change_person(cast.ben, {"name": "Benedict"}, actor=cast.olivia)
    change_person(cast.ben, {"home_country": "GB"}, actor=cast.olivia)
    former, now = shown(olivia, cast, person="Ben"), shown(olivia, cast, person="Benedict")
    assert "added Ben " in former
    assert "changed Benedict" in now
    assert "added Ben " in now


def test_what_somebody_did_is_found_and_only_on_this_account(olivia: Client, cast: LawFirm) -> None:
    record_visit(cast.otto, cast.account)
    assert "Otto visited this account" in shown(olivia, cast, person="otto")
    assert "Nothing matches these filters." in shown(olivia, cast, person="Fay")
    assert 'value="Fay"' in olivia.get(url(cast, PAGE), {"person": "Fay"}).content.decode()


def test_what_is_deleted_by_age_is_said(olivia: Client, cast: LawFirm, settings: Settings) -> None:
    assert "Nothing here can be changed or deleted." in shown(olivia, cast)
    settings.ACTIVITY_KEEP_DAYS = 365
    assert "entries are deleted automatically after 365 days" in shown(olivia, cast)


def test_the_export_keeps_the_filters(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    code(cast, "4711")
    page = olivia.get(url(cast, PAGE), {"kind": "codes", "after": "nonsense"}).content.decode()
    assert "activity/export/?kind=codes" in page
    answer = olivia.get(url(cast, "activity/export/"), {"kind": "codes"})
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="activity-firm-')
    content = answer.getvalue()
    (row,) = csv.DictReader(io.StringIO(content.decode(), newline=""))
    assert (row["action"], row["actor"]) == ("account_code.added", "Olivia")
    assert not shows("4711", content)


def test_what_a_file_was_asked_of_is_said_in_the_readers_language(
    olivia: Client, cast: LawFirm
) -> None:
    asked = {"what": "user", "period": "last_month", "call_type": "international"}
    ask_for_report(cast.account, asked, "csv", actor=cast.olivia)
    told = "By user About: report Asked: By user, Last month, International"
    assert told in shown(olivia, cast)
    change_person(cast.olivia, {"language": "fr"}, actor=cast.olivia)
    assert "Demandé : Par utilisateur, Mois dernier, " in shown(olivia, cast)


def test_what_was_asked_by_ids_is_said_by_names(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    harper, nordby = code(cast), code(cast, "0417", "Nordby")
    asked = {"what": "call_type", "period": "last_month", "codes": f"{harper.pk},!{nordby.pk}"}
    more = {"user": str(cast.uma.pk), "at_least": "90", "compare": "no"}
    ask_for_report(cast.account, asked | more, "csv", actor=cast.olivia)
    search = CallFilter(user_ids=frozenset({cast.ben.pk}), to_assign=True, call_type="premium")
    ask_for_calls(cast.account, search, "csv", actor=cast.olivia)
    told = shown(olivia, cast)
    assert (
        "Asked: By call type, Last month, Without a comparison, At least: 01:30, User: Uma, "
        "Code: Harper v. Castellan, Not these codes: Nordby" in told
    )
    assert "Asked: Premium toll, To assign, User: Ben" in told
    delete_code(nordby, actor=cast.olivia)
    assert "Not these codes: deleted since" in shown(olivia, cast)


def test_whatever_a_file_of_calls_is_asked_of_has_words() -> None:
    by_ids = {"user_id", "user_ids", "code_id", "code_ids", "other_than_code_ids"}
    flags = {"untagged", "to_assign", "not_billable", "simulated"}
    never_kept = {"account_code", "code_lookup"}
    asked = {one.name for one in fields(CallFilter)}
    assert asked == asked & (_LABELS.keys() | _CHOICES.keys() | by_ids | flags | never_kept)


def test_many_entries_have_pages(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    for number in range(55):
        change_person(cast.uma, {"name": f"Uma {number}"}, actor=cast.olivia)
    first = olivia.get(url(cast, PAGE)).content.decode()
    assert "set up account codes" not in strip_tags(first)
    assert "set up account codes" in strip_tags(follow(olivia, url(cast, PAGE), first, "after"))


def test_what_no_index_finds_is_looked_for_further_back_when_asked(
    olivia: Client, cast: LawFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyset, "LOOKED_AT", 10)
    first_time(cast)
    for number in range(25):
        change_person(cast.uma, {"name": f"Uma {number}"}, actor=cast.olivia)
    pages = [olivia.get(url(cast, PAGE), {"kind": "settings"}).content.decode()]
    while "set up account codes" not in strip_tags(pages[-1]):
        assert "Look further back" in pages[-1]
        assert "Nothing found so far" in pages[-1]
        pages.append(follow(olivia, url(cast, PAGE), pages[-1], "after"))
    assert len(pages) == 3
    assert "1 entry on this page" in pages[-1]
    above = follow(olivia, url(cast, PAGE), pages[-1], "before")
    assert "set up account codes" not in strip_tags(above)
    again = follow(olivia, url(cast, PAGE), above, "after")
    assert "set up account codes" in strip_tags(again)
    everybody = olivia.get(url(cast, PAGE), {"person": "Uma"}).content.decode()
    assert strip_tags(everybody).count("Olivia changed") == 10
    told = strip_tags(follow(olivia, url(cast, PAGE), everybody, "after"))
    assert told.count("Olivia changed") == 10, "none twice, none left out"


def test_names_are_escaped(olivia: Client, cast: LawFirm) -> None:
    change_person(cast.uma, {"name": "<script>alert(1)</script>"}, actor=cast.olivia)
    page = olivia.get(url(cast, PAGE)).content.decode()
    assert "<script>alert" not in page


@pytest.mark.parametrize("action", Action.values)
def test_every_action_reads_as_words_and_has_a_kind(action: str) -> None:
    said = strip_tags(sentence(entry(action)))
    assert "_" not in said
    assert "." not in said
    assert said[0].isupper()
    # What concerns the whole installation is on no account's page.
    kinds = 0 if action.startswith(("keys.", "switch.", "template.")) else 1
    assert sum(kind.has(action) for kind in KINDS.values()) == kinds


def test_an_action_that_has_no_sentence_yet_is_told_all_the_same() -> None:
    assert strip_tags(sentence(entry("something.new"))) == "Olivia something.new Uma"


def test_values_are_told_in_words() -> None:
    told = changes_of(
        entry(
            Action.PERSON_CHANGED,
            before={"role": "user", "is_active": True, "email": None},
            after={"role": "administrator", "is_active": False, "email": "uma@firm.example"},
        )
    )
    assert told == [
        Change("Active", "yes", "no"),
        Change("E-mail", "none", "uma@firm.example"),
        Change("Role", "User", "Administrator"),
    ]
    locked = entry(Action.LOCKED_OUT, after={"locked_until": "2026-03-02T12:15:00Z"})
    assert changes_of(locked) == [Change("Locked out until", "", "Mar 2, 2026, 12:15")]
    added = entry(Action.WEBHOOK_ADDED, after={"events": ["call.tagged"], "include_codes": False})
    assert changes_of(added) == [Change("Events", "", "A call was tagged with an account code")]


def test_a_program_is_told_with_its_token(olivia: Client, cast: LawFirm) -> None:
    entry(
        Action.ACCOUNT_CHANGED, account_id=cast.account.pk, token_name="billing", source=Source.API
    ).save()
    assert "Through the API with the token “billing”" in shown(olivia, cast)
