"""A user or a code is deleted while a call of theirs is being stored: both are carried out."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from callmark.accounts.deletion import delete_person
from callmark.accounts.models import User
from callmark.calls.models import Call
from callmark.calls.store import store
from callmark.codes.batch_models import Kind
from callmark.codes.many import change_many
from callmark.codes.models import AccountCode
from callmark.codes.services import add_code, delete_code
from tests.calls.beside import Beside
from tests.cast import LawFirm, make_law_firm
from tests.factories import decided_call, tag_of
from tests.rows import every

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

NOON = datetime(2026, 3, 10, 16, tzinfo=UTC)
WAITS = """SELECT count(*) FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND datname = current_database()"""


@pytest.fixture
def firm() -> LawFirm:
    return make_law_firm()


def while_it_is_stored(firm: LawFirm, work: Callable[[], object]) -> None:
    """Begin when a call of Ben's with the firm's code is written, and not yet there for others."""
    beside = Beside(work)
    with transaction.atomic():
        store([decided_call(firm, "accepted", at=NOON, tag=tag_of(firm))])
        beside.begin()
        with connection.cursor() as cursor:
            waits = False
            while not waits and not beside.done.wait(0.02):
                cursor.execute(WAITS)
                ((count,),) = cursor.fetchall()
                waits = count > 0
    beside.wait()


def test_the_call_of_a_user_who_is_deleted_keeps_the_name(firm: LawFirm) -> None:
    while_it_is_stored(firm, lambda: delete_person(firm.ben, actor=firm.olivia))
    call = every(Call).get()
    assert (call.user, call.user_name) == (None, "Ben")
    assert not every(User).filter(pk=firm.ben.pk).exists()


def delete_alone(firm: LawFirm) -> None:
    delete_code(firm.code, actor=firm.olivia)


def delete_with_others(firm: LawFirm) -> None:
    codes = AccountCode.objects.of(firm.account).filter(pk=firm.code.pk)
    change_many(firm.account, Kind.DELETE, codes, actor=firm.olivia)


@pytest.mark.parametrize("delete", [delete_alone, delete_with_others])
def test_the_call_with_a_code_that_is_deleted_keeps_its_name(
    firm: LawFirm, delete: Callable[[LawFirm], None]
) -> None:
    left = add_code(firm.account, name="Lane", code="5678", actor=firm.olivia)
    while_it_is_stored(firm, lambda: delete(firm))
    call = every(Call).get()
    assert (call.code, call.account_code_name) == (None, "Harper v. Castellan")
    assert every(AccountCode).get() == left
