"""A file in which the switch writes its reports, line by line, and the relay's reading of it.

A connection for each report costs the switch a millisecond, and nobody takes it while the relay is
away. A line waits on the switch's disk until a gate has it on its own.

The folder belongs to Asterisk's user, below its spool folder, with a name from the relay's port.
``is-read`` in it says that a relay of this version reads: the dialplan looks for it, and reports by
a connection otherwise. In it is what the switch shows gates that ask for the secret, which the
relay had from a report by connection that a gate has taken. Loads neither Django nor the database.
"""

import asyncio
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

log = logging.getLogger("callmark.relay")

SPOOL_VARIABLE = "CALLMARK_ASTERISK_SPOOL"
SPOOL = "/var/spool/asterisk"
WRITTEN, TAKEN, IS_READ = "reports", "reports.taken", "is-read"

LOOK_SECONDS = 0.2
_RENAME_SECONDS = 60.0
"""So long a file is written to; it is read meanwhile."""
_LAST_WRITER_SECONDS = 10.0
"""A file that has another name by now is deleted no sooner: somebody may just be writing to it."""
_LONGEST_LINE = 8192
_AT_ONCE = 65_536
_COMPLAIN_SECONDS = 600.0
_UNREAD_MINUTES = 5
SHED = "shed"
"""A call that the dialplan gave to the fail policy by itself, as the gate had told it to."""
REPORTS = frozenset({"end", "inbound", SHED})
_OF_THE_HEADER = {"script", "switch", "account", "id", "channel", "callerid"}

Take = Callable[[bytes, Callable[[], None]], bool]
"""Takes a report as an AGI header, and what to call once it is off our hands."""


def report_folder(port: int) -> str:
    """The folder of the relay at this port, below Asterisk's spool folder."""
    return f"callmark/{port}"


def make_report_folder(spool: Path, port: int, group: str | None = None) -> Path:
    """Make the folder, so that Asterisk and a relay of ``group`` (or ours) can write there.

    Raises ``OSError`` where that is not allowed.
    """
    folder = spool / report_folder(port)
    folder.parent.mkdir(mode=0o755, exist_ok=True)
    folder.mkdir(exist_ok=True)
    owner = spool.stat().st_uid
    if group is not None:
        shutil.chown(folder, owner, group)
    elif folder.stat().st_uid != owner:
        os.chown(folder, owner, os.getegid())
    if folder.stat().st_uid == os.geteuid() or os.geteuid() == 0:
        folder.chmod(0o2770)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise PermissionError(f"{folder} may not be written to")
    return folder


def unread(spool: Path, now: float) -> Iterator[tuple[Path, int]]:
    """Files that no relay has read for long, and for how many minutes.

    What a relay reads has another name a minute after it began, and is deleted when gates have it.
    """
    for path in sorted(spool.glob("callmark/*/reports*")):
        with suppress(FileNotFoundError):
            told = path.stat()
            minutes = int(now - told.st_mtime) // 60
            if told.st_size and minutes >= _UNREAD_MINUTES:
                yield path, minutes


class ReportFile:
    """Reads what the switch writes, and deletes it when gates have all of it.

    ``take`` is given each report; it returns False where it has room for no more.
    """

    def __init__(
        self, spool: Path, port: int, take: Take, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._spool = spool
        self._port = port
        self._folder = spool / report_folder(port)
        self._take = take
        self._now = now
        self._files: dict[str, _File] = {}
        self._looking: asyncio.TimerHandle | None = None
        self._complained_at = float("-inf")
        self.secret = b""
        """What the switch answers to the question for the secret; b'' as long as nobody knows."""

    def start(self) -> None:
        """Begin to look, again and again, with what an earlier relay has left."""
        self.recall()
        self._look_again()

    def recall(self) -> None:
        """Know what an earlier relay knew."""
        with suppress(OSError):
            self.secret = (self._folder / IS_READ).read_bytes()

    def stop(self) -> None:
        """Look no more. What is not off our hands is read again by the next relay."""
        if self._looking is not None:
            self._looking.cancel()
        for file in self._files.values():
            file.close()
        self._files.clear()

    def known(self, secret: bytes) -> None:
        """A gate has taken a report with this: the switch may write from now on."""
        if secret == self.secret:
            return
        now = self._now()
        try:
            folder = make_report_folder(self._spool, self._port)
            unfinished = folder / f".{IS_READ}"
            unfinished.touch(mode=0o600)
            unfinished.write_bytes(secret)
            _begin(folder / WRITTEN)
            unfinished.replace(folder / IS_READ)
        except OSError as problem:
            if now - self._complained_at > _COMPLAIN_SECONDS:
                self._complained_at = now
                log.info("reports come by a connection each: %s", problem)
            return
        self.secret = secret

    def refused(self) -> None:
        """A gate did not take one: the next are to come by a connection, with the secret of now."""
        self.secret = b""
        with suppress(OSError):
            (self._folder / IS_READ).unlink()

    def _look_again(self) -> None:
        try:
            self.look()
        except OSError as problem:
            self.refused()
            if self._now() - self._complained_at > _COMPLAIN_SECONDS:
                self._complained_at = self._now()
                log.error("reports in %s cannot be read: %s", self._folder, problem.strerror)
        loop = asyncio.get_running_loop()
        self._looking = loop.call_later(LOOK_SECONDS, self._look_again)

    def look(self) -> None:
        """Take what has come. Raises ``OSError``."""
        if not self.secret:
            return
        for name in (TAKEN, WRITTEN):
            file = self._files.get(name) or self._open(name)
            if file is not None and not file.read(self._take):
                return
        self._put_away()

    def _open(self, name: str) -> "_File | None":
        with suppress(FileNotFoundError):
            self._files[name] = _File(self._folder / name, self._now())
            return self._files[name]
        return None

    def _put_away(self) -> None:
        """Delete what is done, and have the switch begin a new file."""
        now = self._now()
        taken, written = self._files.get(TAKEN), self._files.get(WRITTEN)
        if taken is not None and taken.is_done and now - taken.since > _LAST_WRITER_SECONDS:
            # A line without an end is of a switch that died: the CDR completes that call.
            (self._folder / TAKEN).unlink()
            taken.close()
            del self._files[TAKEN]
        elif taken is None and written and written.size and now - written.since > _RENAME_SECONDS:
            (self._folder / WRITTEN).rename(self._folder / TAKEN)
            _begin(self._folder / WRITTEN)
            written.since = now
            self._files = {TAKEN: written}


class _File:
    """One of the files, read as far as it goes."""

    def __init__(self, path: Path, since: float) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._lines: list[bytes] = []
        self._begun = b""
        self._held = 0
        self.size = 0
        self.since = since
        """When it was opened, or got the name that it has."""

    @property
    def is_done(self) -> bool:
        """Whether all lines in it are off our hands; one that was begun is none."""
        return not self._held and not self._lines

    def close(self) -> None:
        """Read no more."""
        os.close(self._descriptor)

    def read(self, take: Take) -> bool:
        """Hand over what came; False where there is room for no more."""
        while True:
            while self._lines:
                header = header_of(self._lines[0])
                if header is None:
                    log.warning("a line of %d bytes is no report", len(self._lines[0]))
                elif take(header, self._done):
                    self._held += 1
                else:
                    return False
                self._lines.pop(0)
            data = os.read(self._descriptor, _AT_ONCE)
            if not data:
                return True
            self.size += len(data)
            *self._lines, self._begun = (self._begun + data).split(b"\n")
            if len(self._begun) > _LONGEST_LINE:
                self._begun = b""

    def _done(self) -> None:
        self._held -= 1


def _begin(path: Path) -> None:
    """A new file, whatever Asterisk's umask: its folder is for two users alone.

    One that Asterisk has begun in the meantime stays.
    """
    before = os.umask(0)
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    except FileExistsError:
        pass
    finally:
        os.umask(before)


def header_of(line: bytes) -> bytes | None:
    """A line as the header of the connection that it stands for; None where it is no report.

    One with two beginnings is two, of which the switch wrote the first only in part.
    """
    parts = line.decode(errors="replace").split("&")
    named = {name: value for name, _, value in (part.partition("=") for part in parts)}
    is_one = len(line) <= _LONGEST_LINE and line.count(b"script=") == 1
    if not is_one or named.get("script") not in REPORTS:
        return None
    said = "&".join(part for part in parts if part.partition("=")[0] not in _OF_THE_HEADER)
    script, where = named["script"], f"switch={named.get('switch')}&account={named.get('account')}"
    lines = {
        "agi_network": "yes",
        "agi_network_script": script,
        "agi_request": f"agi://127.0.0.1/{script}?{where}",
        "agi_channel": unquote(named.get("channel", "")),
        "agi_uniqueid": named.get("id", ""),
        "agi_callerid": unquote(named.get("callerid", "")) or "unknown",
        "agi_arg_1": said,
    }
    written = (f"{name}: {_plain(value)}\n" for name, value in lines.items())
    return ("".join(written) + "\n").encode()


def _plain(text: str) -> str:
    """Nothing in it may end a line of the header."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
