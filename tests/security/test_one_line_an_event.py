"""Nobody who dials, types or calls can write a line of the log."""

import logging
from datetime import datetime
from typing import Any

from django.conf import settings

from callmark.log_format import OneLineFormatter

CONFIGURATION: Any = settings.LOGGING
NASTY = "9011\r\n2026-01-01 00:00:00 ERROR forged\x1b[31m\x00\x85\u2028\u202e"


def formatted(message: str, *arguments: object, error: bool = False) -> str:
    """A line as the console gets it."""
    logger = logging.getLogger("callmark.test")
    try:
        raise ValueError(NASTY)
    except ValueError as problem:
        info = (type(problem), problem, problem.__traceback__) if error else None
        record = logger.makeRecord(logger.name, logging.ERROR, "f", 1, message, arguments, info)
    options = CONFIGURATION["formatters"]["plain"]
    return OneLineFormatter(options["format"]).format(record)


def test_a_message_is_one_line_without_control_characters() -> None:
    line = formatted("no user has the number %s", NASTY)
    assert line.isprintable()
    assert "forged" in line
    assert "\\r\\n" in line


def test_a_traceback_is_indented_so_that_no_line_begins_an_event() -> None:
    first, *rest = formatted("failed", error=True).splitlines()
    assert first.endswith("failed")
    assert rest
    assert all(line.startswith("    ") for line in rest)


def test_times_are_utc_and_say_so() -> None:
    stamp = formatted("x").split(" ", 1)[0]
    assert stamp.endswith("Z")
    assert datetime.fromisoformat(stamp).tzinfo is not None


def test_the_settings_use_it() -> None:
    assert CONFIGURATION["formatters"]["plain"]["()"].endswith("OneLineFormatter")
    assert all(one["formatter"] == "plain" for one in CONFIGURATION["handlers"].values())
