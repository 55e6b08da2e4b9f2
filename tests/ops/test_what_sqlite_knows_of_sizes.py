"""With renewed statistics SQLite still finds the few calls of a conversation by their index."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from callmark.calls.models import Call
from callmark.ops.housekeeping import clean_up
from tests.factories import LawFirm

MORE_THAN_IT_LOOKS_AT = 2500


@pytest.mark.parametrize(
    ("named", "index"),
    [
        ({"linked_id__in": ["1700000000.1", "1700000000.2"]}, "calls_by_linked_id"),
        ({"switch_call_id": "1700000000.1"}, "calls_by_switch_id"),
    ],
)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL sees to its own")
def test_many_calls_without_a_conversation_make_nobody_read_all_calls(
    firm: LawFirm, named: dict[str, object], index: str
) -> None:
    now = timezone.now()
    Call.objects.bulk_create(
        Call(
            pk=uuid4(),
            account=firm.account,
            switch="main",
            started_at=now - timedelta(seconds=number),
            outcome="not_gated",
        )
        for number in range(MORE_THAN_IT_LOOKS_AT)
    )
    list(clean_up())
    found = Call.objects.of_every_account("a switch's own").filter(switch="main", **named)
    assert index in found.order_by().explain()
