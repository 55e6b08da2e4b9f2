"""What nobody needs any more is deleted once a day; what somebody may need stays."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from callmark import batches
from callmark.api.models import KeptAnswer
from callmark.calls.models import Call
from callmark.ops import housekeeping
from callmark.sign_in.models import Invitation
from callmark.switches.http.models import HttpCall
from callmark.webhooks.models import WebhookMessage
from tests.audit.old_records import days_ago
from tests.cast import LawFirm
from tests.rows import every

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "LONGEST_REST", 0)


def clean_up(*, dry_run: bool = False) -> dict[str, int]:
    """What was deleted, or would be."""
    return {done.what: done.count for done in housekeeping.clean_up(dry_run=dry_run)}


def test_a_tidy_installation_has_nothing_to_delete(firm: LawFirm) -> None:
    assert clean_up(dry_run=True) == {}
    assert clean_up() == {}


def test_ended_sessions(firm: LawFirm) -> None:
    ended, going_on = Client(), Client()
    for client in (ended, going_on):
        client.force_login(firm.olivia)
    key = ended.session.session_key
    for client in (ended, going_on):
        UserSession.objects.get_or_create(
            session_key=client.session.session_key,
            defaults={"user": firm.olivia, "ip": "192.0.2.1", "last_seen_at": days_ago(20)},
        )
    UserSession.objects.update(last_seen_at=days_ago(20))
    Session.objects.filter(session_key=key).update(expire_date=days_ago(1))
    assert clean_up()["ended sessions"] == 1
    assert [one.session_key for one in UserSession.objects.all()] == [going_on.session.session_key]
    assert going_on.get("/").status_code in {200, 302}
    assert Session.objects.count() == 1


def test_answers_that_cannot_be_asked_for_any_more(db: None) -> None:
    for number, hours in enumerate((1, 25, 300)):
        KeptAnswer.objects.create(principal="token:x", key_hash=str(number), fingerprint="f")
        KeptAnswer.objects.filter(key_hash=str(number)).update(
            created_at=timezone.now() - timedelta(hours=hours)
        )
    assert clean_up() == {"answers kept for Idempotency-Key": 2}
    assert KeptAnswer.objects.get().key_hash == "0"


def test_expired_counts_of_the_sign_in_limits(db: None) -> None:
    cache.set("stays", 1, 600)
    for number in range(3):
        cache.set(f"goes-{number}", 1, -5)
    table = connection.ops.quote_name("sign_in_cache")
    with connection.cursor() as cursor:
        # The library itself deletes what is expired when it is set: put them there.
        for number in range(3):
            cache.set(f"goes-{number}", 1, 600)
        cursor.execute(
            f"UPDATE {table} SET expires = %s WHERE cache_key LIKE %s",
            [connection.ops.adapt_datetimefield_value(days_ago(1)), "%goes-%"],
        )
    assert clean_up() == {"expired counts of the sign-in limits": 3}
    assert cache.get("stays") == 1


@pytest.mark.parametrize(
    ("ended", "days", "goes"),
    [
        ("accepted_at", 31, True),
        ("revoked_at", 31, True),
        ("expires_at", 31, True),
        ("accepted_at", 29, False),
        ("expires_at", 1, False),
        ("expires_at", -6, False),
    ],
)
def test_invitations_long_used_or_expired(firm: LawFirm, ended: str, days: int, goes: bool) -> None:
    values = {"expires_at": days_ago(-6), ended: days_ago(days)}
    Invitation(user=firm.ben, token_hash="h", **values).save()
    assert ("used or expired invitations" in clean_up()) is goes
    assert every(Invitation).exists() is not goes


def test_old_webhook_messages(firm: LawFirm) -> None:
    for days in (1, 31):
        WebhookMessage.objects.create(
            account=firm.account, event="call.tagged", at=days_ago(days), data={}
        )
    assert clean_up(dry_run=True) == {"webhook messages": 1}
    assert clean_up() == {"webhook messages": 1}
    assert every(WebhookMessage).count() == 1


def test_notes_on_calls_controlled_by_an_account_that_never_calls_again(firm: LawFirm) -> None:
    for number in range(45):
        call = HttpCall.objects.create(
            id=f"00000000-0000-4000-8000-{number:012}",
            account=firm.account,
            user=firm.ben,
            call_id=str(number),
            request={},
            state={},
            finished=True,
        )
    every(HttpCall).exclude(pk=call.pk).update(touched_at=days_ago(3))
    assert clean_up() == {"notes on calls controlled through the API": 44}
    assert every(HttpCall).get().call_id == "44"


def test_one_kind_that_cannot_be_deleted_does_not_keep_the_others(
    firm: LawFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    KeptAnswer.objects.create(principal="token:x", key_hash="k", fingerprint="f")
    KeptAnswer.objects.update(created_at=days_ago(3))

    def fail(_: object) -> int:
        raise ValueError("something of this account cannot be read")

    monkeypatch.setattr(housekeeping, "delete_some_calls", fail)
    done = {one.what: one for one in housekeeping.clean_up()}
    assert done["call records"].failed
    assert done["answers kept for Idempotency-Key"].count == 1


def test_a_database_that_is_away_ends_it(monkeypatch: pytest.MonkeyPatch, firm: LawFirm) -> None:
    def fail(_: object) -> int:
        raise DatabaseError

    monkeypatch.setattr(housekeeping, "delete_some_calls", fail)
    with pytest.raises(DatabaseError):
        clean_up()
    assert not every(Call).exists()
