"""Ids of rows, calls and events: their digits are any, also those of a code now and then."""

import re

_UUID = re.compile(r"\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b")


def without_ids(told: str | bytes) -> str:
    """What is told beside ids, to look for a code in."""
    text = told if isinstance(told, str) else told.decode(errors="replace")
    return _UUID.sub("", text)
