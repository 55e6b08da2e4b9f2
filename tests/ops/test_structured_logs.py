"""``CALLMARK_LOG_FORMAT=json``: one object a line, with what it is about, and never digits."""

import asyncio
import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from callmark import log_format
from callmark.log_format import FORMAT, JsonFormatter, OneLineFormatter, bind
from tests.security.test_one_line_an_event import NASTY
from tests.security.test_settings_from_the_environment import run


def line(formatter: type[logging.Formatter], message: str, *arguments: object) -> str:
    """A line as the console gets it, in the middle of handling a failure."""
    try:
        raise ValueError(NASTY)
    except ValueError:
        record = logging.getLogger("callmark.test").makeRecord(
            "callmark.test", logging.ERROR, "f", 1, message, arguments, sys.exc_info()
        )
    return formatter(FORMAT).format(record)


def told(message: str, *arguments: object) -> dict[str, Any]:
    text = line(JsonFormatter, message, *arguments)
    assert len(text.splitlines()) == 1
    assert text.isascii()
    assert text.isprintable()
    found: dict[str, Any] = json.loads(text)
    return found


def test_an_event_is_one_object_on_one_line_with_its_traceback() -> None:
    event = told("no user has the number %s", NASTY)
    assert event["event"] == f"no user has the number {NASTY}"
    assert (event["level"], event["part"]) == ("ERROR", "callmark.test")
    assert event["at"].endswith("Z")
    assert event["error"].startswith("Traceback")


def test_a_line_of_fields_becomes_fields() -> None:
    event = told("%s", 'status=403 account=firm why=not_allowed host="a b"')
    assert event.items() >= {"status": "403", "account": "firm", "host": "a b"}.items()
    assert "event" not in event


def test_each_call_names_itself_in_its_own_lines_alone() -> None:
    async def call(number: str) -> dict[str, Any]:
        bind(call=f"1732.{number}", account="firm", switch="main")
        await asyncio.sleep(0)
        return told("a call could not be decided")

    async def both() -> list[dict[str, Any]]:
        return list(await asyncio.gather(call("1"), call("2")))

    first, second = asyncio.run(both())
    assert (first["call"], second["call"]) == ("1732.1", "1732.2")
    assert (first["account"], first["switch"]) == ("firm", "main")
    assert "call" not in told("nothing in particular")


def test_text_has_the_same_ids_at_its_end() -> None:
    async def call() -> str:
        bind(call="1732.1", account="firm", switch="")
        return line(OneLineFormatter, "a call could not be decided")

    assert asyncio.run(call()).splitlines()[0].endswith("decided call=1732.1 account=firm")


@pytest.mark.parametrize("text", ["a b", "1\n2", '"', "x=y ", "\u202e"])
def test_what_is_no_id_is_left_out(text: str) -> None:
    async def call() -> dict[str, Any]:
        bind(call=text, account="firm")
        return told("x")

    assert asyncio.run(call()).keys() & set(log_format.ABOUT) == {"account"}


def test_the_setting_chooses_for_every_process(tmp_path: Path) -> None:
    program = (
        "import django, os; os.environ['DJANGO_SETTINGS_MODULE'] = 'callmark.settings';"
        "django.setup(); import logging; logging.getLogger('callmark').info('here')"
    )
    done = run(tmp_path, program, CALLMARK_LOG_FORMAT="json")
    assert json.loads(done.stderr)["event"] == "here"
    assert "text or json" in run(tmp_path, program, CALLMARK_LOG_FORMAT="xml").stderr
    bare = (
        "import os; from callmark.log_format import configure; configure(os.environ);"
        "import logging; logging.getLogger('callmark').info('here')"
    )
    done = subprocess.run(
        [sys.executable, "-c", bare],
        env={"CALLMARK_LOG_FORMAT": "json"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stderr)["part"] == "callmark"
