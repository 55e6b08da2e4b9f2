"""The machine of a switch. Needs neither Django nor the database, but to know the accounts."""

import os
import time
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

from callmark.ops.doctor.asking import asked
from callmark.ops.probe_places import probe_place
from callmark.ops.supervisor import takes_connections
from callmark.policy.values import value_class
from callmark.switches.alone.findings import Examined, Finding
from callmark.switches.asterisk.check import check_configuration
from callmark.switches.asterisk.dialplan.agi import FASTAGI_PORT, Agi
from callmark.switches.asterisk.report_file import IS_READ, SPOOL, SPOOL_VARIABLE, unread
from callmark.switches.asterisk.running import (
    Console,
    NotRunning,
    logs_digits,
    not_loaded,
    reaches_gate,
)
from callmark.switches.asterisk.written import Load, included_files, out_of_date


@value_class
class AsteriskHere:
    """An Asterisk: its configuration, its sounds, its console; ``call`` lets it ask the gate."""

    etc: Path
    sounds: Path | None
    console: Console
    call: bool = True


def examine_asterisk(
    switch: AsteriskHere, load: Load | None, environment: Mapping[str, str] = os.environ
) -> Iterator[Examined]:
    """What the files say, what the running switch says, and what it reaches.

    ``load`` reads the accounts with an extension on a switch; None where there is no database.
    """
    if (
        not (switch.etc / "asterisk.conf").exists()
        and not (switch.etc / "extensions.conf").exists()
    ):
        yield Examined("Asterisk", not_looked_at=f"no Asterisk is configured in {switch.etc}")
        return
    try:
        yield Examined(
            "Asterisk's configuration", tuple(check_configuration(switch.etc, switch.sounds))
        )
        yield _dialplan(switch, load)
    except PermissionError as problem:
        why = f"no permission for {problem.filename}: try as root"
        yield Examined("Asterisk's configuration", not_looked_at=why)
    yield _relay(environment)
    yield _ends(Path(environment.get(SPOOL_VARIABLE, SPOOL)))
    yield from _running(switch)


def _dialplan(switch: AsteriskHere, load: Load | None) -> Examined:
    what = "dialplan as of the accounts"
    if load is None:
        why = (
            "the accounts are on another machine: copy /etc/asterisk there, and give "
            "'callmark doctor --etc COPY'"
        )
        return Examined(what, not_looked_at=why)
    return Examined(what, tuple(out_of_date(switch.etc, load)))


def _relay(environment: Mapping[str, str]) -> Examined:
    place = probe_place("relay", environment)
    if place is None:
        return Examined("relay", not_looked_at="CALLMARK_HEALTH_PORT is 0, so it cannot be asked")
    without = "star codes rest, and the ends of calls wait"
    return Examined("relay", tuple(asked(place, "callmark relay", without)))


def _ends(spool: Path) -> Examined:
    """Whether somebody takes what the switch writes down for a relay."""
    what = "ends of calls"
    try:
        left = tuple(unread(spool, time.time()))
    except PermissionError as problem:
        return Examined(what, not_looked_at=f"no permission for {problem.filename}: try as root")
    do = (
        "Start 'callmark relay' there, of this version, with a gate that it reaches; or remove "
        f"the file {IS_READ} beside it: ends are then reported by a connection each, and these "
        "calls completed by 'callmark asterisk import-cdr'"
    )
    found = (
        Finding(str(path), f"nobody has read it for {minutes} min", do) for path, minutes in left
    )
    return Examined(what, tuple(found))


def _running(switch: AsteriskHere) -> Iterator[Examined]:
    included = included_files(switch.etc)
    try:
        yield Examined("running Asterisk's logs", tuple(logs_digits(switch.console)))
        loaded = chain.from_iterable(not_loaded(switch.console, one) for one in included)
        yield Examined("running Asterisk's dialplan", tuple(loaded))
    except NotRunning as problem:
        yield Examined("running Asterisk", not_looked_at=str(problem))
        return
    asks = {one.asks for one in included if one.asks is not None}
    if not asks or not switch.call:
        why = "--no-call was given" if asks else "no dialplan of Callmark's asks anybody"
        yield Examined("gate as Asterisk reaches it", not_looked_at=why)
        return
    for one in asks:
        yield _reached(switch.console, one)


def _reached(console: Console, asks: Agi) -> Examined:
    what = "gate as Asterisk reaches it"
    try:
        return Examined(what, tuple(reaches_gate(console, asks, listens, time.time)))
    except NotRunning as problem:
        return Examined(what, not_looked_at=str(problem))


def listens(url: str) -> bool:
    """Whether somebody takes connections at an address such as ``agi://127.0.0.1:4583``."""
    parts = urlsplit(url)
    return takes_connections(parts.hostname or "", parts.port or FASTAGI_PORT)
