"""A change is one block: what it leaves behind, and that nothing is left behind by one that fails.

Which service may change what is in the tests of each service.
"""

import pytest
from django.apps import apps
from django.db import connection

from callmark.accounts.changes import change
from callmark.accounts.models import Account, PolicyRevision, User
from callmark.accounts.refused import Refused
from callmark.accounts.services import change_account, change_person
from callmark.audit.actions import Action
from callmark.audit.audited import Audited
from callmark.audit.models import AuditEntry
from callmark.calls.models import (
    Call,
    ClosedMonth,
    CodeTotal,
    CorrectionBatch,
    CountedCall,
    DayTotal,
    Rerating,
    SavedFilter,
    UserTotal,
)
from callmark.codes.models import AccountCode, AccountCodeSettings, CodeBatch, UserCodeSettings
from callmark.codes.services import add_code, rename_code
from callmark.codes.user_batch_models import UserBatch, UserBatchRow
from callmark.gate.policy_cache import refresh
from callmark.gate.snapshot import Snapshot
from callmark.reports.models import Run, SavedReport, Schedule
from callmark.sign_in.models import ApiToken
from callmark.tariffs.models import Tariff
from callmark.webhooks.models import Delivery, WebhookEndpoint
from tests.audit.stories import STORIES, Story
from tests.audit.writes import outside_changes
from tests.cast import LawFirm, make_law_firm
from tests.rows import every


class PowerCut(Exception):
    pass


def last_entry() -> AuditEntry:
    return every(AuditEntry).latest("at")


def revision(firm: LawFirm) -> int:
    return every(PolicyRevision).get(account=firm.account).number


def everything() -> dict[str, list[object]]:
    """Every row of every table."""
    stored: dict[str, list[object]] = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            stored[table] = sorted(cursor.fetchall(), key=repr)
    return stored


def rename_and_fail(firm: LawFirm) -> None:
    with change(firm.account, Action.CODE_RENAMED, firm.code, actor=firm.olivia):
        firm.code.name = "Never"
        firm.code.save()
        firm.ben.delete()
        raise PowerCut


def test_what_the_block_sets_is_saved_and_told_and_gates_hear_of_it(firm: LawFirm) -> None:
    before = revision(firm)
    with change(firm.account, Action.CODE_RENAMED, firm.code, actor=firm.olivia) as changed:
        firm.code.name = "Renamed"
        changed.after["why"] = "the case has another name"
    assert every(AccountCode).get().name == "Renamed"
    assert revision(firm) == before + 1
    entry = last_entry()
    assert (entry.target_name, entry.actor_name) == ("Renamed", "Olivia")
    assert entry.before == {"name": "Harper v. Castellan"}
    assert entry.after == {"name": "Renamed", "why": "the case has another name"}


def test_a_change_that_raises_leaves_nothing(firm: LawFirm) -> None:
    before = everything()
    with pytest.raises(PowerCut):
        rename_and_fail(firm)
    assert everything() == before
    # Nor in the row in hand, which a page may go on to show.
    assert firm.code.name == "Harper v. Castellan"


def test_a_change_that_is_refused_leaves_nothing(firm: LawFirm) -> None:
    before = everything()
    with pytest.raises(Refused):
        change_account(firm.account, {"name": "New", "country": "XX"}, actor=firm.olivia)
    assert everything() == before
    assert (firm.account.name, firm.account.country) == ("Firm Ltd", "US")


def test_a_change_is_made_upon_what_is_stored(firm: LawFirm) -> None:
    seen = every(User).get(pk=firm.ben.pk)
    change_person(firm.ben, {"home_country": "GB"}, actor=firm.olivia)
    change_person(seen, {"name": "Benjamin"}, actor=firm.olivia)
    stored = every(User).get(pk=firm.ben.pk)
    assert (stored.name, stored.home_country) == ("Benjamin", "GB")
    assert (last_entry().before, last_entry().after) == ({"name": "Ben"}, {"name": "Benjamin"})


def test_where_there_is_nothing_to_do_nothing_is_recorded(firm: LawFirm) -> None:
    before = everything()
    with change(firm.account, Action.CODE_RENAMED, firm.code, actor=firm.olivia) as changed:
        changed.is_needed = False
    assert everything() == before


def test_what_is_deleted_meanwhile_cannot_be_changed(firm: LawFirm) -> None:
    every(AccountCode).filter(pk=firm.code.pk).delete()
    with pytest.raises(Refused, match=r"has deleted this account code meanwhile") as refused:
        rename_code(firm.code, name="Renamed", actor=firm.olivia)
    assert refused.value.code == "account_code_deleted"


def test_a_row_of_another_account_cannot_be_changed(firm: LawFirm) -> None:
    other = make_law_firm("other")
    before = everything()
    with (
        pytest.raises(Refused),
        change(firm.account, Action.CODE_RENAMED, other.code, actor=firm.olivia),
    ):
        other.code.name = "Ours"
    assert everything() == before


# --- nothing is forgotten ----------------------------------------------------------------------


NOT_TOLD: dict[type[Audited], set[str]] = {
    Account: set(),
    # The password has entries of its own; a trunk is told when it is added, and never changes.
    User: {"password", "last_login", "is_trunk"},
    AccountCodeSettings: {"version", "updated_at"},
    UserCodeSettings: {"updated_at"},
    # Never the digits.
    AccountCode: {"code_encrypted", "code_lookup", "changed_at"},
    # How far it is, and what it is made of; who and when, every entry tells.
    CodeBatch: {
        "added",
        "at",
        "by",
        "by_name",
        "columns",
        "content_encrypted",
        "cursor",
        "done",
        "finished_at",
        "had_codes",
        "is_listed",
        "left",
        "listed",
        "problem",
        "stamp",
        "state",
        "taken_at",
        "to_add",
        "undoes",
        "updates",
    },
    # What follows from the answers of the receiver, and secrets.
    WebhookEndpoint: {
        "off_reason",
        "off_at",
        "failing_since",
        "quiet_until",
        "secret_encrypted",
        "former_secret_encrypted",
        "former_secret_until",
    },
    # The entry itself tells the name, who made it, and when it was revoked.
    ApiToken: {
        "created_by",
        "made_with",
        "name",
        "hint",
        "key_hash",
        "last_used_at",
        "revoked_at",
    },
    ClosedMonth: {"closed_at", "closed_by"},
    # Who and when, every entry tells; how far it is, the worker writes.
    CorrectionBatch: {
        "account_code_encrypted",
        "at",
        "by",
        "by_name",
        "code",
        "done",
        "finished_at",
        "left",
        "state",
        "undoes",
    },
    SavedFilter: {"owner"},
    # Who and when, every entry tells; the rest the worker writes, or is of a schedule.
    Run: {
        "asker",
        "attempts",
        "content",
        "due_at",
        "file_name",
        "finished_at",
        "for_programs",
        "lines_done",
        "lines_total",
        "next_at",
        "portal_url",
        "problem",
        "schedule",
        "size",
        "state",
    },
    Tariff: {"made_at", "made_by"},
    Rerating: {
        "at",
        "by_name",
        "changed",
        "cost_after",
        "cost_before",
        "done",
        "finished_at",
        "state",
    },
    SavedReport: {"owner"},
    # When it is due next follows from the rest, and where the portal is, from the request.
    Schedule: {"next_at", "portal_url"},
}
"""Columns that no entry tells. Whose row it is and when it was made, every entry tells."""


@pytest.mark.parametrize("model", NOT_TOLD, ids=lambda model: model.__name__)
def test_every_column_is_told_or_there_is_a_reason(model: type[Audited]) -> None:
    always = {"id", "account", "user", "created_at"}
    columns = {column.name for column in model._meta.concrete_fields} - always
    told = set(model(**{"account": Account()} if model is AccountCodeSettings else {}).audited())
    assert columns - NOT_TOLD[model] == told - always


def test_the_models_that_people_change_are_all_here() -> None:
    audited = {model for model in apps.get_models() if issubclass(model, Audited)}
    told_whole = {"AccountTemplate", "Switch", "Extension", "PhoneNumber", "KnownNumber"}
    told_whole |= {"FirmDetails", "Timekeeper", "SavedFormat", "ListedNumber", "CallLimit"}
    assert {model.__name__ for model in audited} == told_whole | {
        model.__name__ for model in NOT_TOLD
    }


NO_CHANGES = {
    # Without a row a user's settings are all off, as in the row that is made to be changed.
    f"INSERT INTO {UserCodeSettings._meta.db_table}",
    # How far a message is, the worker writes; here a story does in its place.
    f"UPDATE {Delivery._meta.db_table}",
    # What is to be done to whom, and how far it is: what is done has entries, user by user.
    *(
        f"{write} {model._meta.db_table}"
        for model in (UserBatch, UserBatchRow)
        for write in ("INSERT INTO", "UPDATE")
    ),
    # The gate stores calls, and counts them.
    *(
        f"INSERT INTO {model._meta.db_table}"
        for model in (Call, CountedCall, CodeTotal, DayTotal, UserTotal)
    ),
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_no_service_changes_anything_outside_a_change(firm: LawFirm, story: Story) -> None:
    with outside_changes() as found:
        story(firm)
    assert not set(found) - NO_CHANGES


@pytest.mark.parametrize(
    "forgetful",
    [
        lambda firm: Account.objects.filter(pk=firm.account.pk).update(name="New"),
        lambda firm: firm.ben.save(),
        lambda firm: firm.code.delete(),
        lambda firm: AccountCode.objects.bulk_create([AccountCode(account=firm.account)]),
    ],
    ids=["updates rows", "saves a row", "deletes a row", "adds rows"],
)
def test_a_service_that_forgets_is_noticed(firm: LawFirm, forgetful: Story) -> None:
    with outside_changes() as found:
        forgetful(firm)
    assert found


def plainly(snapshot: Snapshot) -> object:
    """What a gate knows, to compare."""
    return snapshot.endpoints, {
        pk: (one.slug, one.settings, one.users, one.plan, one.active_codes_by_id)
        for pk, one in snapshot.accounts.items()
    }


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_a_running_gate_misses_no_change(firm: LawFirm, story: Story) -> None:
    running = refresh(Snapshot())
    story(firm)
    assert plainly(refresh(running)) == plainly(refresh(Snapshot()))


def test_a_gate_need_not_load_an_account_for_what_it_does_not_hold(firm: LawFirm) -> None:
    before = revision(firm)
    STORIES["sign_in.api_tokens.create_token"](firm)
    STORIES["webhooks.services.renew_secret"](firm)
    assert revision(firm) == before
    add_code(firm.account, name="Another", code="4321", actor=firm.olivia)
    assert revision(firm) == before + 1
