"""A record the database will never take is set aside; the records of everybody else go on."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from callmark.calls.models import Call
from callmark.calls.records import Record
from callmark.gate.drain import store_or_refuse
from callmark.gate.set_aside import count_set_aside
from callmark.gate.spool import Spool, SpoolDrain, segments
from tests.cast import LawFirm, make_law_firm
from tests.factories import decided_call, tag_of


@pytest.fixture
def firm(transactional_db: None) -> LawFirm:
    return make_law_firm()


def spooled(directory: Path, *records: Record) -> None:
    """Append in one gate's life, and end without storing."""

    async def work() -> None:
        spool = Spool(directory)
        for record in records:
            await spool.append(record)
        spool.close()

    asyncio.run(work())


def changed(record: Record, **values: Any) -> Record:  # noqa: ANN401
    return replace(record, **values)


def test_of_an_account_that_is_gone_or_with_a_key_that_is_lost(
    firm: LawFirm, tmp_path: Path
) -> None:
    tag = tag_of(firm)
    lost = replace(tag, code="00000000:" + tag.code.partition(":")[2])
    spooled(
        tmp_path,
        decided_call(firm, "not_gated"),
        changed(decided_call(firm, "not_gated"), account_id=str(uuid4())),
        decided_call(firm, "connected", tag=lost),
        decided_call(firm, "connected", tag=tag),
    )
    SpoolDrain(tmp_path, store_or_refuse).drain()
    assert sorted(Call.objects.of(firm.account).values_list("outcome", flat=True)) == [
        "connected",
        "not_gated",
    ]
    assert count_set_aside(tmp_path) == 2
    assert segments(tmp_path) == []


def test_text_and_numbers_too_large_for_their_columns_are_cut(
    firm: LawFirm, tmp_path: Path
) -> None:
    long = replace(decided_call(firm, "not_gated"), dialed="9" * 500 + "\0")
    spooled(tmp_path, long)
    SpoolDrain(tmp_path, store_or_refuse).drain()
    assert Call.objects.of(firm.account).get().dialed == "9" * 80
