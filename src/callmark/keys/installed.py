"""This process's keyring: read once, then held in memory.

:func:`keyring` does no I/O. :func:`refresh` looks whether the file has changed: a web process does
so at each request, a gate when the revisions it polls say that something changed.
"""

import logging
import time
from pathlib import Path

from django.conf import settings

from callmark.keys import key_file
from callmark.keys.keyring import KeyProblem, Keyring
from callmark.policy.values import value_class

log = logging.getLogger("callmark.keys")

SAID_AGAIN_SECONDS = 60.0


@value_class
class _Held:
    path: Path
    state: tuple[int, int]
    ring: Keyring


_held: _Held | None = None
_said_at = -SAID_AGAIN_SECONDS


def keyring() -> Keyring:
    """The keys of this installation, from memory. Raises :class:`KeyProblem` at first use."""
    held = _held
    if held is None or held.path is not settings.CODE_KEYS_FILE:
        return _read(None)
    return held.ring


def refresh() -> Keyring:
    """Read the file again if it has changed; return the keys that are in force now.

    A file that is gone or broken while the process runs is an error in its log, once a minute;
    what is in memory goes on: calls and people do not pay for it.
    """
    held = _held
    if held is None or held.path is not settings.CODE_KEYS_FILE:
        return _read(None)
    try:
        if _state(held.path) == held.state:
            return held.ring
        return _read(held.ring)
    except (OSError, KeyProblem):
        _say(held.path)
        return held.ring


def look_at_each_request(**_: object) -> None:
    """For ``request_started``: one look at the file's state for a whole request."""
    if _held is not None:
        refresh()


def _say(path: Path) -> None:
    global _said_at  # noqa: PLW0603
    if time.monotonic() - _said_at < SAID_AGAIN_SECONDS:
        return
    _said_at = time.monotonic()
    log.error(
        "the code key file %s is missing or broken. This process goes on with the keys in its "
        "memory and will not start again without the file: put it back now",
        path,
    )


def _read(before: Keyring | None) -> Keyring:
    global _held, _said_at
    path: Path = settings.CODE_KEYS_FILE
    # Before the contents: a change in between is then seen the next time.
    state = _state(path) if path.exists() else (0, 0)
    # Until it ends, the process reads what it has encrypted, whatever becomes of the key.
    former = before.readable if before else ()
    ring = Keyring(key_file.read(path), former=former, read_again=refresh)
    _held, _said_at = _Held(path, state, ring), -SAID_AGAIN_SECONDS
    return ring


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_ino
