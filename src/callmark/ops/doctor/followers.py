"""What needs the settings of a switch: a FreeSWITCH beside the gate, and the reader of the CDR."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from callmark.ops.supervisor import takes_connections
from callmark.switches.alone.findings import Examined, Finding
from callmark.switches.alone.installation import load_dialplans
from callmark.switches.asterisk.cdr.follower import AlreadyFollowed, lock
from callmark.switches.asterisk.cdr.service import journal_path
from callmark.switches.freeswitch.cdr.follower import place_file
from callmark.switches.freeswitch.check import check_configuration
from callmark.switches.freeswitch.running import sockets
from callmark.switches.freeswitch.service import FreeSwitchSettings

LATE_SECONDS = 120.0
"""A reader looks every few seconds; a row older than this should be in the history."""

_FOLLOW = "Start 'callmark {} follow-cdr' ('callmark run' does) and see its log"


def examine_freeswitch(conf: Path) -> Iterator[Examined]:
    """The files and the sockets of a FreeSWITCH on this machine."""
    name = settings.FREESWITCH_SWITCH
    if not conf.exists() and not name:
        yield Examined("FreeSWITCH", not_looked_at=f"no FreeSWITCH is configured in {conf}")
        return
    try:
        accounts = load_dialplans(name or "main")
        yield Examined("FreeSWITCH's configuration", tuple(check_configuration(conf, accounts)))
    except OSError as problem:
        why = f"{problem.filename} cannot be read ({problem.strerror}): try as root"
        yield Examined("FreeSWITCH's configuration", not_looked_at=why)
    if not name:
        yield Examined("FreeSWITCH's sockets", not_looked_at="CALLMARK_FREESWITCH_SWITCH is unset")
        return
    configured = FreeSwitchSettings.of(
        name,
        settings.FREESWITCH_PORT,
        settings.FREESWITCH_EVENT_SOCKET,
        settings.FREESWITCH_PASSWORD,
    )
    assert configured is not None
    yield Examined("FreeSWITCH's sockets", tuple(sockets(configured, takes_connections)))


def examine_cdr() -> Iterator[Examined]:
    """Whether what a switch writes by itself is read into the history."""
    if settings.CDR_FILE or settings.CDR_DATABASE_URL:
        yield Examined("CDR of Asterisk", tuple(_asterisk()))
    if settings.FREESWITCH_CDR:
        yield Examined("CDR of FreeSWITCH", tuple(_freeswitch()))
    if not (settings.CDR_FILE or settings.CDR_DATABASE_URL or settings.FREESWITCH_CDR):
        why = (
            "neither CALLMARK_CDR_FILE nor CALLMARK_CDR_DATABASE_URL nor CALLMARK_FREESWITCH_CDR "
            "is set: calls made while the gate is down are in no history, unless a switch's "
            "machine follows its own"
        )
        yield Examined("CDR of the switch", not_looked_at=why)


def _asterisk() -> Iterator[Finding]:
    path = Path(settings.CDR_FILE) if settings.CDR_FILE else None
    journal = journal_path(settings.CDR_SWITCH, of_table=path is None)
    follow = _FOLLOW.format("asterisk")
    if not _is_held(journal):
        yield Finding(str(path or journal), "nobody follows this CDR", follow)
    elif path is not None and (late := _behind(path, journal)):
        yield Finding(str(path), late, follow)
    if path is not None and not path.exists():
        do = "Load cdr_csv, or set CALLMARK_CDR_FILE to where it writes"
        yield Finding(str(path), "there is no such file", do)


def _freeswitch() -> Iterator[Finding]:
    source = Path(settings.FREESWITCH_CDR)
    if not source.exists():
        do = "Set CALLMARK_FREESWITCH_CDR to the folder of mod_json_cdr, or to its Master.csv"
        yield Finding(str(source), "there is no such file or folder", do)
    elif late := _behind(source, place_file(settings.FREESWITCH_SWITCH or "main")):
        yield Finding(str(source), late, _FOLLOW.format("freeswitch"))


def _is_held(journal: Path) -> bool:
    """Whether a reader has the journal to itself."""
    if not journal.exists():
        return False
    try:
        os.close(lock(journal))
    except AlreadyFollowed:
        return True
    return False


def _behind(source: Path, kept: Path) -> str:
    """Whether the source was written to and the place of its reader was not, for some time."""
    if not source.exists():
        return ""
    written = source.stat().st_mtime
    places = (kept, kept.with_name(f"{kept.name}-wal"))
    read = max((path.stat().st_mtime for path in places if path.exists()), default=0.0)
    waits = time.time() - written
    if read >= written or waits < LATE_SECONDS:
        return ""
    return f"what the switch wrote {waits / 60:.0f} minutes ago is not read"
