"""The key file: one key a line, the first is used for new values, the others still read old ones.

It is beside the database, never in it. Writing is durable before it returns: a key that is lost
after something was encrypted with it loses that, too.
"""

import base64
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from callmark.keys.keyring import BadKeyFile, KeyFileMissing, KeyProblem
from callmark.keys.sealing import KEY_BYTES


def read(path: Path) -> list[str]:
    """The file's lines. Raises :class:`KeyFileMissing` or :class:`BadKeyFile`."""
    try:
        lines = path.read_text().split()
    except FileNotFoundError:
        raise KeyFileMissing(
            f"the code key file {path} is missing. Put it back from your back-up, or set "
            "CALLMARK_CODE_KEYS_FILE to where it is: without it no stored account code, second "
            "factor or webhook secret can be read. Only a new installation makes one: "
            "'callmark keys create'"
        ) from None
    except (OSError, UnicodeDecodeError) as problem:
        raise BadKeyFile(
            f"the code key file {path} cannot be read ({type(problem).__name__}): only the user "
            "that Callmark runs as needs to read it"
        ) from None
    if not lines:
        raise BadKeyFile(f"the code key file {path} is empty: put it back from your back-up")
    return lines


def create(path: Path) -> bool:
    """Make the file with one new key, unless it is there; whether it was made."""
    if path.exists():
        return False
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    _write_durably(fresh, [_new_key()])
    try:
        # Unlike a rename, a link never replaces what another process has made meanwhile.
        os.link(fresh, path)
    except FileExistsError:
        return False
    finally:
        fresh.unlink()
    _flush_folder(path)
    return True


def add_primary_key(path: Path) -> None:
    """Put a new key in front; values are to be encrypted again with it."""
    _replace(path, [_new_key(), *read(path)])


def drop_former_keys(path: Path) -> None:
    """Keep only the primary key; whatever another one encrypted is lost."""
    _replace(path, read(path)[:1])


@contextmanager
def being_changed(path: Path) -> Iterator[None]:
    """Hold the file's folder for one change of keys: two would lose each other's new key."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise KeyProblem("the keys are being changed by another command: wait for it") from None
    finally:
        os.close(folder)


def _replace(path: Path, lines: list[str]) -> None:
    fresh = path.with_name(f"{path.name}.new")
    _write_durably(fresh, lines)
    fresh.replace(path)
    _flush_folder(path)


def _write_durably(path: Path, lines: list[str]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _new_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()
