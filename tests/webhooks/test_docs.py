"""The page for receivers is true: its events, its settings and its code."""

import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from callmark.webhooks.health import DEAD_AFTER_DAYS
from callmark.webhooks.models import TEST_EVENT, Event
from callmark.webhooks.schedule import LONGEST_REST, MAX_ATTEMPTS
from callmark.webhooks.services import MAX_ENDPOINTS
from callmark.webhooks.signing import new_secret, signed_headers

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()


def test_every_event_and_setting_is_there() -> None:
    for event in (*Event.values, TEST_EVENT):
        assert f"| `{event}` |" in PAGE
    for setting in ("ALLOW_PRIVATE", "ALLOWED_HOSTS", "KEEP_DAYS"):
        assert f"| `CALLMARK_WEBHOOKS_{setting}` |" in PAGE


def test_its_numbers_are_right() -> None:
    assert f"tried {MAX_ATTEMPTS} times" in PAGE
    assert f"An account can have {MAX_ENDPOINTS}." in PAGE
    assert f"nothing has arrived there for {DEAD_AFTER_DAYS} days" in PAGE
    assert timedelta(hours=1) == LONGEST_REST
    assert "for an hour at most" in PAGE


def test_its_code_tells_genuine_from_forged() -> None:
    found = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert found
    names: dict[str, Any] = {}
    exec(found[1], names)
    is_genuine = names["is_genuine"]
    secret, body, now = new_secret(), b'{"type":"call.tagged"}', int(time.time())
    headers = signed_headers("msg_1", body, now, [new_secret(), secret])
    assert is_genuine(secret, headers, body)
    assert not is_genuine(new_secret(), headers, body)
    assert not is_genuine(secret, headers, body + b" ")
    assert not is_genuine(secret, signed_headers("msg_1", body, now - 600, [secret]), body)
