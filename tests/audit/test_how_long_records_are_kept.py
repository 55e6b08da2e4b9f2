"""Call records and activity are kept as long as the operator says, and what goes is on record."""

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django import Settings

from callmark import batches
from callmark.accounts.models import Account
from callmark.accounts.refused import Refused
from callmark.accounts.services import change_account
from callmark.audit.actions import Action
from callmark.audit.models import AppendOnly, AuditEntry
from callmark.audit.origin import HOUSEKEEPING, acting
from callmark.audit.recording import Named, Target, record
from callmark.calls import retention
from callmark.calls.models import Call, CallAttempt
from callmark.ops import housekeeping
from tests.audit.old_records import old_call, old_entry
from tests.cast import make_account
from tests.rows import every

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "LONGEST_REST", 0)


@pytest.fixture
def firm() -> Account:
    return make_account("firm")


@pytest.fixture
def _a_year(settings: Settings) -> None:
    settings.CALLS_KEEP_DAYS = settings.ACTIVITY_KEEP_DAYS = 365


def clean_up(*, dry_run: bool = False) -> dict[str, int]:
    """What was deleted, or would be."""
    with acting(HOUSEKEEPING):
        return {done.what: done.count for done in housekeeping.clean_up(dry_run=dry_run)}


def told(action: Action) -> list[AuditEntry]:
    """What is on record about deletions, the oldest first."""
    return list(every(AuditEntry).filter(action=action).order_by("at"))


def test_without_a_setting_everything_is_kept(firm: Account) -> None:
    old_call(firm, 9000)
    old_entry(firm, 9000)
    assert clean_up() == {}
    assert every(Call).count() == 1
    assert every(AuditEntry).filter(action=Action.SIGNED_IN).count() == 1


@pytest.mark.usefixtures("_a_year")
def test_older_call_records_go_with_all_that_belongs_to_them(firm: Account) -> None:
    old, other = old_call(firm, 367), old_call(make_account("other"), 400)
    new = old_call(firm, 364)
    with acting(HOUSEKEEPING):
        done = [(one.what, one.count, one.account) for one in housekeeping.clean_up()]
    assert [(what, count) for what, count, _ in done] == [("call records", 1)] * 2
    assert {account.slug for _, _, account in done if account} == {"firm", "other"}
    assert set(every(Call).values_list("pk", flat=True)) == {new.pk}
    assert not every(CallAttempt).filter(call_id__in=(old.pk, other.pk)).exists()


@pytest.mark.usefixtures("_a_year")
def test_it_is_on_record_how_many_from_before_which_day_and_who_did_it(firm: Account) -> None:
    for _ in range(3):
        old_call(firm, 400)
    old_entry(firm, 400)
    clean_up()
    day = retention.first_day_kept(365).isoformat()
    (calls,), (activity,) = told(Action.CALLS_DELETED), told(Action.ACTIVITY_DELETED)
    for entry, count in ((calls, 3), (activity, 1)):
        assert entry.after == {"count": count, "older_than": day}
        assert (entry.actor_name, entry.source, entry.account_id) == (
            "housekeeping",
            "system",
            firm.pk,
        )


@pytest.mark.usefixtures("_a_year")
def test_a_dry_run_says_the_same_and_deletes_nothing(firm: Account) -> None:
    old_call(firm, 400)
    old_entry(firm, 400)
    old_entry(None, 400)
    said = clean_up(dry_run=True)
    assert said == {"call records": 1, "activity": 1, "activity of no account": 1}
    assert every(Call).count() == 1
    assert not told(Action.ACTIVITY_DELETED)
    assert clean_up() == said
    assert clean_up() == {}


@pytest.mark.usefixtures("_a_year")
def test_a_day_that_is_kept_is_kept_whole(firm: Account) -> None:
    kept = old_call(firm, 365)
    clean_up()
    assert every(Call).filter(pk=kept.pk).exists()


@pytest.mark.usefixtures("_a_year")
def test_many_go_in_parts_each_on_record(firm: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "DELETED_AT_ONCE", 2)
    for _ in range(5):
        old_call(firm, 400)
        old_entry(firm, 400)
    assert clean_up() == {"call records": 5, "activity": 5}
    for action in (Action.CALLS_DELETED, Action.ACTIVITY_DELETED):
        assert [entry.after["count"] for entry in told(action)] == [2, 2, 1]


@pytest.mark.usefixtures("_a_year")
def test_without_its_entry_nothing_is_deleted(
    firm: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_call(firm, 400)
    old_entry(firm, 400)

    class DiskFull(Exception):
        pass

    def fail(*_: object, **__: object) -> None:
        raise DiskFull

    monkeypatch.setattr(AuditEntry, "save", fail)
    for delete in (retention.delete_some_calls, retention.delete_some_activity):
        with pytest.raises(DiskFull), transaction.atomic():
            delete(firm)
    assert every(Call).count() == 1
    assert every(AuditEntry).filter(action=Action.SIGNED_IN).count() == 1


# --- accounts of their own mind ---------------------------------------------------------------


@pytest.mark.usefixtures("_a_year")
def test_an_account_may_keep_its_records_longer_shorter_or_for_ever() -> None:
    school, lawyers, bank = (make_account(name) for name in ("school", "lawyers", "bank"))
    change_account(school, {"calls_kept_days": 30, "activity_kept_days": 60})
    change_account(lawyers, {"calls_kept_days": 3650})
    change_account(bank, {"calls_kept_days": 0, "activity_kept_days": 0})
    for account in (school, lawyers, bank):
        for days in (40, 100, 400, 4000):
            old_call(account, days)
            old_entry(account, days)
    clean_up()
    signed_in = every(AuditEntry).filter(action=Action.SIGNED_IN)
    kept = {
        account.slug: (
            every(Call).filter(account=account).count(),
            signed_in.filter(account_id=account.pk).count(),
        )
        for account in (school, lawyers, bank)
    }
    assert kept == {"school": (0, 1), "lawyers": (3, 2), "bank": (4, 4)}


@pytest.mark.parametrize(
    ("field", "days"),
    [("calls_kept_days", 6), ("activity_kept_days", 29), ("calls_kept_days", 40_000)],
)
def test_too_few_days_and_too_many_are_refused(firm: Account, field: str, days: int) -> None:
    with pytest.raises(Refused, match="or 0 forever"):
        change_account(firm, {field: days})


# --- and nobody else deletes ------------------------------------------------------------------


def delete_by_hand(where: str = "1 = 1") -> None:
    """What code that is not ours could try."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM audit_auditentry WHERE {where}")


def test_old_entries_are_as_safe_as_new_ones_until_it_is_on_record(firm: Account) -> None:
    entry = old_entry(firm, 4000)
    with pytest.raises(AppendOnly):
        entry.delete()
    with pytest.raises(DatabaseError, match="never changed or deleted"):
        delete_by_hand("action = 'sign_in.signed_in'")
    assert every(AuditEntry).filter(pk=entry.pk).exists()


@pytest.mark.usefixtures("_a_year")
def test_the_record_of_a_deletion_opens_nothing_else(firm: Account) -> None:
    old_entry(firm, 400)
    clean_up()
    other = old_entry(make_account("other"), 400)
    nobodys, kept = old_entry(None, 400), old_entry(firm, 300)
    for entry in (other, nobodys, kept):
        as_stored = connection.ops.adapt_datetimefield_value(entry.at)
        with pytest.raises(DatabaseError, match="never changed or deleted"):
            delete_by_hand(f"at = '{as_stored}'")
    with pytest.raises(DatabaseError, match="never changed or deleted"):
        delete_by_hand(f"action = '{Action.ACTIVITY_DELETED.value}'")
    with (
        pytest.raises(DatabaseError, match="never changed or deleted"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE audit_auditentry SET actor_name = 'nobody'")
    assert every(AuditEntry).filter(action=Action.SIGNED_IN).count() == 3


def test_the_last_thirty_days_can_never_be_deleted_whatever_is_on_record(firm: Account) -> None:
    old_entry(firm, 20)
    with transaction.atomic():
        record(
            Action.ACTIVITY_DELETED,
            Target("account", str(firm.pk), firm.name),
            account=Named(firm.pk, firm.name),
            after={"older_than": "2999-01-01", "count": 1},
        )
    with pytest.raises(DatabaseError, match="never changed or deleted"):
        delete_by_hand("action = 'sign_in.signed_in'")
