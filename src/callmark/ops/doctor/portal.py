"""The machine of portal, gate, drain and worker, looked at from inside."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.core.checks import CheckMessage
from django.db import connection

from callmark.deployment_checks import check_deployment
from callmark.gate.set_aside import count_set_aside
from callmark.gate.spool import is_in_use
from callmark.gate.spools import all_that_waits, spool_of
from callmark.keys.keyring import KeyProblem
from callmark.keys.starting import require_keys
from callmark.ops import checks
from callmark.ops.doctor.asking import asked
from callmark.ops.metrics_of_jobs import queues
from callmark.ops.probe_places import place_of_gate
from callmark.ops.supervisor import reachable
from callmark.switches.alone.findings import Examined, Finding

MOST_OFFSET = 2.0
"""Seconds between our clock and the database's."""
LEAST_FREE = 1024 * 1024 * 1024
LEAST_PART = 0.05
"""Of a disk: below either, somebody should look. A spool that cannot be written refuses calls."""
LATE_SECONDS = 60.0
OVERDUE_SECONDS = 900.0

_COMMANDS = {"drain": "callmark drain", "jobs": "callmark webhooks"}
_CONSEQUENCES = {
    "gate": "calls follow the fail policy",
    "drain": "the gate stores its records itself, and is slower for it",
    "jobs": "webhooks, corrections and reports wait",
}
"""Of a process that does not answer."""
_SECRET_FILES = {"callmark.W001", "callmark.W002"}

Look = Callable[[], Iterator[Finding]]


def examine() -> Iterator[Examined]:
    """Everything, in the order in which one thing may explain the next."""
    yield (database := _examined("database", _database))
    needs_database: dict[str, Look] = {
        "keys": _keys,
        "clock of the database": _clock,
        "work that waits": _jobs,
    }
    for what, look in needs_database.items():
        if database.is_well:
            yield _examined(what, look)
        else:
            yield Examined(what, not_looked_at="the database cannot be asked")
    yield _examined("disk", _disks)
    yield _examined("records that wait", _spool)
    yield _examined("portal", _portal)
    for process in range(1, settings.GATE_PROCESSES + 1):
        yield _gate(process)
    for name, command in _COMMANDS.items():
        yield _asked(name, settings.PROBES[name], command, _CONSEQUENCES[name])
    yield _examined("files and settings", _deployment)


def _examined(what: str, look: Look) -> Examined:
    try:
        return Examined(what, tuple(look()))
    except PermissionError as problem:
        return Examined(what, not_looked_at=f"no permission for {problem.filename}: try as root")


def _database() -> Iterator[Finding]:
    where = str(connection.settings_dict["NAME"])
    if problem := checks.database():
        yield Finding(where, problem, "Start it, and see CALLMARK_DATABASE_URL and its own log")
    elif missing := checks.missing_migrations():
        yield Finding(
            where,
            f"{len(missing)} migrations are missing, first {missing[0]}",
            "Run 'callmark manage migrate' and restart the processes",
        )


def _keys() -> Iterator[Finding]:
    where = str(settings.CODE_KEYS_FILE)
    back = "Put back the key file of this database, readable for its user alone: nothing is lost"
    if problem := checks.keys():
        yield Finding(where, problem, back)
        return
    try:
        require_keys()
    except KeyProblem as wrong:
        what, _, do = str(wrong).partition(". ")
        yield Finding(where, what, do or back)


def _clock() -> Iterator[Finding]:
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        before = time.time()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        theirs = float(cursor.fetchone()[0])
        after = time.time()
    offset = max(before - theirs, theirs - after, 0.0)
    if offset > MOST_OFFSET:
        yield Finding(
            "the database's machine",
            f"its clock and ours differ by {offset:.0f} s",
            "Let both take their time from the same place (chrony, systemd-timesyncd)",
        )


def _disks() -> Iterator[Finding]:
    folders = {settings.DATA_DIR: "data", settings.SPOOL_DIR: "spool"}
    seen: set[int] = set()
    for folder, name in folders.items():
        if not folder.exists() or folder.stat().st_dev in seen:
            continue
        seen.add(folder.stat().st_dev)
        found = os.statvfs(folder)
        free, whole = found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize
        if free < min(LEAST_FREE, whole * LEAST_PART):
            yield Finding(
                str(folder),
                f"the disk of the {name} folder has {free // 1024 // 1024} MB left; when it is "
                "full, calls that need a code follow the fail policy",
                "Make room, or move CALLMARK_DATA_DIR to a larger disk",
            )
    if problem := checks.spool_writable(settings.SPOOL_DIR):
        yield Finding(
            str(settings.SPOOL_DIR), problem, "Let the user that the gate runs as write there"
        )


def _spool() -> Iterator[Finding]:
    folder: Path = settings.SPOOL_DIR
    waits = all_that_waits(folder)
    if waits.seconds > LATE_SECONDS:
        yield Finding(
            str(folder),
            f"{waits.records:,} records wait for the database, the first for "
            f"{waits.seconds / 60:.0f} minutes",
            "Start 'callmark drain' and see its log; nothing is lost while the disk has room",
        )
    if aside := count_set_aside(folder):
        yield Finding(
            str(folder),
            f"{aside:,} records could not be stored and are set aside",
            "The drain's log says why; mend that, then 'callmark records --replay'",
        )


def _jobs() -> Iterator[Finding]:
    values = {metric.name: metric.samples[0].value for metric in queues()}
    late = {
        "callmark_webhooks_overdue_seconds": "a webhook has been due",
        "callmark_jobs_oldest_seconds": "work on calls has waited",
    }
    for name, what in late.items():
        if (seconds := values.get(name, 0.0)) > OVERDUE_SECONDS:
            yield Finding(
                "the worker",
                f"{what} for {seconds / 60:.0f} minutes",
                "Start 'callmark webhooks', and see its log",
            )
    if given_up := values.get("callmark_reports_given_up", 0.0):
        yield Finding(
            "reports",
            f"{given_up:.0f} reports of the last day were given up",
            "See the log of 'callmark webhooks'; mail is set by CALLMARK_SMTP_HOST",
        )


def _portal() -> Iterator[Finding]:
    where = (reachable(settings.HTTP_HOST), settings.HTTP_PORT)
    yield from asked(where, "callmark portal", "nobody can sign in")


def _gate(process: int) -> Examined:
    name = "gate" if settings.GATE_PROCESSES == 1 else f"gate process {process}"
    consequence = _CONSEQUENCES["gate"]
    if is_in_use(spool_of(settings.SPOOL_DIR, process)):
        consequence = "the gate runs, and cannot be watched"
    place = place_of_gate(settings.PROBES["gate"], process)
    return _asked(name, place, "callmark gate", consequence)


def _asked(name: str, place: tuple[str, int] | None, command: str, consequence: str) -> Examined:
    """One process at its place of health; None where it has none."""
    if place is None:
        return Examined(name, not_looked_at="CALLMARK_HEALTH_PORT is 0, so it cannot be asked")
    where = (reachable(place[0]), place[1])
    return _examined(name, lambda: asked(where, command, consequence))


def _deployment() -> Iterator[Finding]:
    """``manage check --deploy``: files that others may read are wrong, the rest is advice."""
    for one in check_deployment(None):
        yield Finding(
            str(one.id), one.msg.rstrip("."), _hint(one), advice=one.id not in _SECRET_FILES
        )


def _hint(one: CheckMessage) -> str:
    return (one.hint or "See docs/security.md").rstrip(".")
