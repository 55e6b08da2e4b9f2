"""From the files of mod_json_cdr and mod_cdr_csv to events of channels that have ended.

Nothing escapes a quote inside a value of mod_cdr_csv. So our template has only columns that no
phone can write into; a line that is not exactly such columns is skipped.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from callmark.policy.values import value_class
from callmark.switches.freeswitch.event_socket import Event
from callmark.switches.freeswitch.marks import ALONE, MARKS
from callmark.switches.freeswitch.variables import (
    ANSWER_FIRST,
    CALL,
    FORWARDER,
    INBOUND,
    OF,
    PHONE,
    RESULT,
)

ENDED = "CHANNEL_HANGUP_COMPLETE"
MOST_BYTES = 4 * 1024 * 1024
"""Of one JSON file; an ordinary one has 20 kB."""

LONGEST_LINE = 32 * 1024
JSON_NAME = "*.cdr.json"

COLUMNS = (
    *("uuid", "direction", "originating_leg_uuid", "last_bridge_to"),
    *("start_uepoch", "answer_uepoch", "end_uepoch", "billsec", "hangup_cause"),
    *("sip_authorized", "sip_auth_username", "sip_auth_realm", "dialed_user", "dialed_domain"),
    *(INBOUND, RESULT, CALL, OF, ALONE, MARKS, PHONE, FORWARDER, ANSWER_FIRST),
)
TEMPLATE_NAME = "callmark"

_LINE = re.compile(",".join([r'"([^"\r\n]*)"'] * len(COLUMNS)))
NOT_A_LINE = "it is not a line of the template 'callmark'"
NOT_JSON = "it is not a whole file of mod_json_cdr"


@value_class
class Skipped:
    """A file or line that no event was made of. Never says what was in it."""

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


@dataclass(slots=True)
class Found:
    """Events, and what was skipped."""

    events: list[Event] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def template_text() -> str:
    """What mod_cdr_csv expands for each channel; a line ends with its own newline."""
    return ",".join(f'"${{{column}}}"' for column in COLUMNS)


def template() -> str:
    """The template to put among those of ``cdr_csv.conf.xml``."""
    return f'<template name="{TEMPLATE_NAME}">{template_text()}</template>\n'


def event_of_line(line: bytes) -> Event | None:
    """The channel of one line of our template; None for anything else."""
    if len(line) > LONGEST_LINE:
        return None
    match = _LINE.fullmatch(line.decode("utf-8", "replace").rstrip("\r\n"))
    return _event(dict(zip(COLUMNS, match.groups(), strict=True)), {}) if match else None


def event_of_json(text: bytes) -> Event | None:
    """The channel of one file of mod_json_cdr, whose values are URL-encoded; None if it is none."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    variables = data.get("variables") if isinstance(data, dict) else None
    if not isinstance(variables, dict):
        return None
    values = {name: unquote(one) for name, one in variables.items() if isinstance(one, str)}
    return _event(values, _first_profile(data))


def read_json(path: Path) -> Event | None:
    """The same of a file. Raises ``OSError``."""
    with path.open("rb") as file:
        text = file.read(MOST_BYTES + 1)
    return event_of_json(text) if len(text) <= MOST_BYTES else None


def read(path: Path) -> Found:
    """All of a folder of JSON files, of one such file, or of a CSV file. Raises ``OSError``."""
    found = Found()
    if path.is_dir() or path.suffix == ".json":
        for one in sorted(path.glob(JSON_NAME)) if path.is_dir() else [path]:
            _take(found, read_json(one), one.name, NOT_JSON)
        return found
    with path.open("rb") as file:
        for number, line in _whole_lines(file.read()):
            _take(found, event_of_line(line), f"line {number}", NOT_A_LINE)
    return found


def _take(found: Found, event: Event | None, where: str, reason: str) -> None:
    if event is None:
        found.skipped.append(Skipped(where, reason))
    else:
        found.events.append(event)


def _whole_lines(text: bytes) -> Iterator[tuple[int, bytes]]:
    """What stands behind the last newline is not a line yet."""
    for number, line in enumerate(text.split(b"\n")[:-1], 1):
        if line.strip():
            yield number, line


def _event(values: dict[str, str], profile: dict[str, Any]) -> Event | None:
    uuid = values.get("uuid", "")
    if not re.fullmatch(r"[0-9A-Za-z-]{1,64}", uuid, re.ASCII):
        return None
    fields = {f"variable_{name}": value for name, value in values.items()}
    fields |= {"Unique-ID": uuid, "Call-Direction": values.get("direction", "")}
    for ours, theirs in (
        ("Caller-Caller-ID-Number", "caller_id_number"),
        ("Caller-Destination-Number", "destination_number"),
    ):
        if isinstance(one := profile.get(theirs), str):
            fields[ours] = one
    return Event(ENDED, fields)


def _first_profile(data: dict[str, Any]) -> dict[str, Any]:
    """Of the first run through the dialplan: the list begins with the last."""
    flow = data.get("callflow")
    last = flow[-1] if isinstance(flow, list) and flow else None
    profile = last.get("caller_profile") if isinstance(last, dict) else None
    return profile if isinstance(profile, dict) else {}
