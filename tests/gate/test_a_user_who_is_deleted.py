"""A user is deleted while the gate runs: the phone is forgotten, what was recorded stays."""

from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.db import DatabaseError

from callmark.accounts.deletion import delete_person
from callmark.calls import store as store_module
from callmark.calls.models import Call
from callmark.calls.records import Record
from callmark.gate import background, drain
from callmark.gate.gate import UnknownAccount
from callmark.policy.outbound import Outcome
from tests.cast import LawFirm
from tests.gate.test_a_running_gate import LONDON, Phones, until, with_gate
from tests.rows import every

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_gate_no_longer_knows_the_phone(firm: LawFirm, tmp_path: Path) -> None:
    async def story(phones: Phones) -> None:
        assert await phones.call(LONDON, "1234") is Outcome.CONNECTED
        await sync_to_async(delete_person)(firm.ben, actor=firm.olivia)

        async def unknown() -> bool:
            try:
                await phones.call(LONDON, "1234")
            except UnknownAccount:
                return True
            return False

        await until(unknown)
        # Calling Ben's former extension is no internal call any more.
        assert await phones.call("101", endpoint="firm-102") is not Outcome.CONNECTED

    with_gate(tmp_path, story)
    kept = every(Call).filter(dialed=LONDON)
    assert {(call.user, call.user_name) for call in kept} == {(None, "Ben")}
    assert every(Call).get(dialed="101").call_type != "internal"


def test_a_record_that_waited_while_the_user_was_deleted_keeps_the_name(
    firm: LawFirm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = True

    def store_or_fail(records: list[Record]) -> None:
        if down:
            raise DatabaseError("gone")
        store_module.store(records)

    monkeypatch.setattr(background, "RETRY_SECONDS", 0.05)

    async def story(phones: Phones) -> None:
        nonlocal down
        monkeypatch.setattr(drain, "store", store_or_fail)
        assert await phones.call(LONDON, "1234") is Outcome.CONNECTED
        await sync_to_async(delete_person)(firm.ben, actor=firm.olivia)
        down = False

        async def stored() -> bool:
            return await sync_to_async(every(Call).count)() == 1

        await until(stored)

    with_gate(tmp_path, story)
    call = every(Call).get()
    assert (call.user, call.user_name, call.account_code) == (None, "Ben", "1234")
