"""SQLite has one writer at a time: who has much to write lets those go first who wait for it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from django.db import connection, transaction

from callmark import batches
from callmark.accounts.models import Account
from callmark.sqlite_turns import is_waited_for
from tests.cast import make_law_firm

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]
AN_HOUR_AGO = -3600.0


def _in_a_transaction(account: Account, has_begun: threading.Event) -> None:
    with transaction.atomic():
        has_begun.set()
        Account.objects.filter(pk=account.pk).update(name="Renamed")


def _by_one_statement(account: Account, has_begun: threading.Event) -> None:
    Account.objects.filter(pk=account.pk).update(name="Renamed")
    has_begun.set()


@contextmanager
def _somebody_who(
    writes: Callable[[Account, threading.Event], None], account: Account
) -> Iterator[threading.Event]:
    """Another thread with a connection of its own, as another process has one."""
    has_begun = threading.Event()

    def work() -> None:
        try:
            writes(account, has_begun)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield has_begun
    thread.join(30)
    assert not thread.is_alive()


@pytest.mark.parametrize("writes", [_in_a_transaction, _by_one_statement])
def test_who_waits_goes_before_the_next_batch(
    writes: Callable[[Account, threading.Event], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "LONGEST_REST", 60)
    account = make_law_firm().account
    has_rested = threading.Event()

    def rest() -> None:
        batches.rest_since(time.monotonic() + AN_HOUR_AGO)
        has_rested.set()

    rests = threading.Thread(target=rest)
    with ExitStack() as until_the_end:
        with transaction.atomic():
            Account.objects.filter(pk=account.pk).update(name="Before")
            has_begun = until_the_end.enter_context(_somebody_who(writes, account))
            while not is_waited_for():
                time.sleep(0.001)
            rests.start()
            assert not has_rested.wait(0.3)
            assert not has_begun.is_set()
        assert has_rested.wait(30)
    rests.join(30)
    account.refresh_from_db()
    assert account.name == "Renamed"
    assert not is_waited_for()


def test_who_only_reads_keeps_nobody_waiting() -> None:
    account = make_law_firm().account
    with transaction.atomic():
        Account.objects.filter(pk=account.pk).update(name="Before")

        def reads(account: Account, has_read: threading.Event) -> None:
            assert Account.objects.get(pk=account.pk).name != "Before"
            assert not is_waited_for()
            has_read.set()

        with _somebody_who(reads, account) as has_read:
            assert has_read.wait(30)
