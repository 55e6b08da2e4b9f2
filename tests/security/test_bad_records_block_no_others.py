"""A record the database will never take is put aside; the records of everybody else go on."""

from pathlib import Path
from typing import Any

import pytest

from callmark.calls.models import Call
from callmark.gate import process
from callmark.gate.spool import SpoolDrain, segments
from callmark.switches.simulator import simulate
from tests.factories import make_law_firm
from tests.gate.test_the_spool_loses_nothing import append_all

LONDON = "011442079460000"


def ended(call: Call, seconds: int) -> dict[str, Any]:
    return {
        "kind": "ended",
        "id": str(call.pk),
        "ended_at": "2026-11-23T12:00:00+00:00",
        "answered_at": None,
        "seconds": seconds,
        "disposition": "ANSWERED",
    }


@pytest.mark.django_db(transaction=True)
def test_a_number_too_large_for_its_column(tmp_path: Path) -> None:
    """PostgreSQL refuses it as wrong data; it used to be tried for ever, all others behind it."""
    firm = make_law_firm()
    simulate(firm.ben, LONDON, ["1234"])
    call = firm.ben.calls.get()
    append_all(tmp_path, [ended(call, 99_999_999_999), ended(call, 61)])
    SpoolDrain(tmp_path, process._store).drain(lambda: None)
    call.refresh_from_db()
    assert call.seconds == 61
    assert segments(tmp_path) == []
