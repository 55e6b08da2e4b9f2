"""A gate reads what a change was about: an account may have 100,000 codes and 5,000 users.

That it misses nothing, whatever the change, is in tests/audit/test_a_change_is_whole.py.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from callmark.accounts import revisions
from callmark.accounts.models import PolicyChange
from callmark.accounts.revisions import policy_changed
from callmark.accounts.services import change_account, change_person
from callmark.codes.models import AccountCode
from callmark.codes.services import add_code, change_code, delete_code, rename_code
from callmark.codes.use import StoredUse
from callmark.gate.policy_cache import refresh
from callmark.gate.snapshot import AccountPolicy, Snapshot
from tests.cast import LawFirm
from tests.rows import every

pytestmark = pytest.mark.django_db


def policy(firm: LawFirm, snapshot: Snapshot) -> AccountPolicy:
    return snapshot.accounts[str(firm.account.pk)]


def test_a_renamed_code_leaves_users_and_phones_as_they_are(firm: LawFirm) -> None:
    running = refresh(Snapshot())
    rename_code(firm.code, name="Renamed", actor=None)
    new = add_code(firm.account, name="New", code="5555", actor=None)
    fresh = refresh(running)
    assert policy(firm, fresh).codes["1234"].name == "Renamed"
    assert policy(firm, fresh).codes["5555"].id == str(new.pk)
    assert policy(firm, fresh).users is policy(firm, running).users
    assert fresh.endpoints is running.endpoints
    delete_code(new, actor=None)
    assert "5555" not in policy(firm, refresh(fresh)).codes
    assert "5555" in policy(firm, fresh).codes, "a call under way has the policy it began with"


def test_of_many_codes_nothing_is_asked_but_for_the_changed_one(firm: LawFirm) -> None:
    running = refresh(Snapshot())
    rename_code(firm.code, name="Renamed", actor=None)
    with CaptureQueriesContext(connection) as asked:
        refresh(running)
    of_codes = [q["sql"] for q in asked.captured_queries if 'FROM "codes_accountcode"' in q["sql"]]
    assert of_codes
    assert [sql for sql in of_codes if '"codes_accountcode"."id" IN (' not in sql] == []


def test_a_renamed_user_leaves_codes_as_they_are(firm: LawFirm) -> None:
    running = refresh(Snapshot())
    change_person(firm.ben, {"name": "Benjamin"}, actor=None)
    fresh = refresh(running)
    assert policy(firm, fresh).users[str(firm.ben.pk)].name == "Benjamin"
    assert policy(firm, fresh).codes is policy(firm, running).codes


def test_a_change_of_which_nobody_knows_what_it_was_about_reads_everything(firm: LawFirm) -> None:
    running = refresh(Snapshot())
    rename_code(firm.code, name="Renamed", actor=None)
    policy_changed(firm.account)
    fresh = refresh(running)
    assert policy(firm, fresh).codes["1234"].name == "Renamed"
    assert policy(firm, fresh).users is not policy(firm, running).users


def test_only_the_newest_changes_are_kept(firm: LawFirm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "KEPT", 5)
    running = refresh(Snapshot())
    for _ in range(23):
        policy_changed(firm.account, PolicyChange.About.NO_CODE)
    assert 5 <= every(PolicyChange).count() <= 10
    # A gate that has slept for longer reads everything.
    assert policy(firm, refresh(running)).codes is not policy(firm, running).codes


def test_days_of_a_code_are_those_of_the_accounts_zone_as_it_is_now(firm: LawFirm) -> None:
    code = every(AccountCode).get(pk=firm.code.pk)
    use = StoredUse(ends_on=date(2099, 12, 31))
    change_code(code, name=code.name, ids={}, use=use, actor=None)
    running = refresh(Snapshot())
    change_account(firm.account, {"time_zone": "Asia/Tokyo"}, actor=None)
    ends_at = policy(firm, refresh(running)).codes["1234"].use.ends_at
    assert ends_at == datetime(2100, 1, 1, tzinfo=ZoneInfo("Asia/Tokyo")).timestamp()
