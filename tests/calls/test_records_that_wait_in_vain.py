"""Records whose call never comes: kept for a week, then told by what they say themselves."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from callmark.calls.models import Call, WaitingRecord
from callmark.calls.store import store
from callmark.calls.waiting import take_up_stranded
from callmark.keys.columns import encrypted_columns
from callmark.keys.installed import keyring
from callmark.ops.housekeeping import clean_up
from tests.calls.conversations import Conversation
from tests.cast import LawFirm


@pytest.fixture
def talk(firm: LawFirm) -> Conversation:
    return Conversation(firm)


def a_week_later() -> None:
    WaitingRecord.objects.update(came_at=timezone.now() - timedelta(days=7, minutes=1))


def told() -> dict[str, int]:
    return {f"{done.verb[1]} {done.what}": done.count for done in clean_up()}


PHONE = "1700000002.4"


def test_a_star_code_alone_becomes_an_inbound_call(talk: Conversation, firm: LawFirm) -> None:
    store([talk.star_code(PHONE, 20, "1234", who="102", wrong=1)])
    assert told() == {}
    assert not Call.objects.of(firm.account).exists()
    a_week_later()
    assert told() == {"recorded inbound calls from star codes, of which nothing else tells": 1}
    call = Call.objects.of(firm.account).get()
    assert (call.direction, call.user, call.dialed) == ("inbound", firm.carla, "102")
    assert (call.account_code, call.attempts.count()) == ("1234", 2)
    assert told() == {"deleted notes on star codes": 1}


def test_a_report_that_comes_later_still_is_about_the_same_call(
    talk: Conversation, firm: LawFirm
) -> None:
    store([talk.star_code(PHONE, 20, "1234", who="102")])
    a_week_later()
    told()
    store([talk.came_in("102", answered=5, ended=65)])
    call = Call.objects.of(firm.account).get()
    assert (call.caller, call.seconds, call.account_code) == ("+442079460000", 60, "1234")


def test_an_end_alone_is_forgotten(talk: Conversation) -> None:
    store([talk.ended("1700000000.1", 40, 10, by="caller")])
    assert told() == {}
    a_week_later()
    assert told() == {"deleted ends of calls that never came": 1}
    assert not WaitingRecord.objects.exists()


def test_two_gates_at_the_very_same_moment_strand_nothing(
    talk: Conversation, firm: LawFirm
) -> None:
    """Neither transaction sees what the other writes."""
    call = "1700000000.1"
    with transaction.atomic():
        store([talk.star_code(call, 20, "1234"), talk.ended(call, 40, 10, by="outside")])
        hidden = list(WaitingRecord.objects.all())
        WaitingRecord.objects.all().delete()
    store([talk.asked(call, 0)])
    WaitingRecord.objects.bulk_create(hidden)
    assert take_up_stranded() == 0  # They may be under way.
    a_moment_ago = timezone.now() - timedelta(seconds=6)
    WaitingRecord.objects.update(came_at=a_moment_ago)
    assert take_up_stranded() == 2
    stored = Call.objects.of(firm.account).get()
    assert (stored.account_code, stored.seconds) == ("1234", 30)
    assert take_up_stranded() == 0


def test_a_change_of_keys_finds_the_codes_that_wait(talk: Conversation) -> None:
    call = "1700000000.1"
    store([talk.asked(call, 0, code="2086"), talk.star_code(call, 20, "1234")])
    columns = {str(one): one for one in encrypted_columns()}
    waiting = columns["calls.WaitingRecord.code_encrypted"]
    replaced = columns["calls.WaitingRecord.replaced.code"]
    (row,) = waiting.rows()
    assert keyring().decrypt(waiting.value(row)) == "1234"
    assert keyring().decrypt(replaced.value(row)) == "2086"
    assert waiting.value(row) not in WaitingRecord.objects.get().line
