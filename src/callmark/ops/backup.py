"""A backup of an installation that goes on meanwhile, and bringing one back.

What is in it, each by the database's own means: the database (SQLite's backup API, ``pg_dump``) and
the spool. The keys go to a folder of their own: who finds a backup alone must not read codes in it.

The order matters. The spool is copied before the database: a record that is drained in between is
then in both, and storing is idempotent; the other way round it would be in neither. Keys come last:
a new one that was put in front meanwhile is needed for what the database holds by then.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient

from callmark.accounts.refused import Refused
from callmark.accounts.row_security import EVERY_ACCOUNT
from callmark.calls.models import Call
from callmark.codes.models import AccountCode
from callmark.gate.set_aside import count_set_aside, files_set_aside, files_to_keep
from callmark.gate.spool import segments
from callmark.gate.spools import spools
from callmark.keys.keyring import KeyProblem
from callmark.policy.values import value_class

SQLITE_NAME = "callmark.sqlite3"
POSTGRESQL_NAME = "callmark.pgdump"
SPOOL_NAME = "spool"


@value_class
class Restored:
    """What is there again."""

    codes: int
    calls: int
    waiting: int
    """Records that were in the spool: the gate stores them when it runs."""
    set_aside: int
    """Records that the database had refused: ``callmark records --replay`` tries them again."""


def back_up(folder: Path, keys: Path | None) -> None:
    """Write database and spool to a new folder, the keys to another. Raises :class:`Refused`."""
    if keys is not None and keys.resolve().is_relative_to(folder.resolve()):
        raise Refused("The folder of the keys must not be inside that of the backup.")
    _new_folder(folder)
    if keys is not None:
        _new_folder(keys)
    _copy_spools(settings.SPOOL_DIR, folder / SPOOL_NAME)
    if connection.vendor == "sqlite":
        _copy_sqlite(folder / SQLITE_NAME)
    else:
        _postgresql("pg_dump", "--format=custom", f"--file={folder / POSTGRESQL_NAME}")
    if keys is not None:
        for path in key_files():
            _copy(path, keys / path.name)


def restore(folder: Path, keys: Path | None) -> Restored:
    """Bring a backup back into an installation without a database, and bring it up to date.

    Raises :class:`Refused` where something is there already, or the keys do not fit.
    """
    _refuse_what_is_there()
    if keys is not None:
        _restore_keys(keys)
    elif not Path(settings.CODE_KEYS_FILE).exists():
        raise Refused(
            f"The keys are missing: name their folder with --keys, or put the key file of that "
            f"installation at {settings.CODE_KEYS_FILE} first."
        )
    if connection.vendor == "sqlite":
        _restore_sqlite(_there(folder / SQLITE_NAME))
    else:
        dump = _there(folder / POSTGRESQL_NAME)
        _postgresql("pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", "", dump)
    _copy_spools(folder / SPOOL_NAME, settings.SPOOL_DIR)
    call_command("migrate", verbosity=0, interactive=False)
    return verify()


def verify() -> Restored:
    """Read every code with the keys that are here. Raises :class:`Refused`."""
    try:
        every_code = AccountCode.objects.of_every_account("all of it was brought back")
        codes = sum(bool(code.code) for code in every_code.iterator())
        every_call = Call.objects.of_every_account("all of it was brought back")
        tagged = every_call.exclude(account_code_encrypted="")
        for call in tagged.only("account_code_encrypted").iterator():
            _ = call.account_code
    except KeyProblem as problem:
        raise Refused(
            f"{problem}: the codes cannot be read. Put the key file of that time in place of "
            f"{settings.CODE_KEYS_FILE}; nothing is lost."
        ) from None
    waiting = sum(path.read_bytes().count(b"\n") for path in _every_segment())
    return Restored(codes, every_call.count(), waiting, count_set_aside(settings.SPOOL_DIR))


def key_files() -> Iterator[Path]:
    """The files without which a backup is of no use; secrets in the environment are not here."""
    for path in (
        Path(settings.CODE_KEYS_FILE),
        settings.DATA_DIR / "secret-key",
        settings.DATA_DIR / "api-token-pepper",
    ):
        if path.exists():
            yield path


def _new_folder(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise Refused(f"{folder} is not empty: a backup is written to a new folder.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _there(path: Path) -> Path:
    if not path.exists():
        kind = "PostgreSQL" if path.name == POSTGRESQL_NAME else "SQLite"
        raise Refused(f"{path.parent} holds no backup of a {kind} database, which this one is.")
    return path


def _copy(source: Path, target: Path) -> None:
    target.touch(mode=0o600)
    shutil.copyfile(source, target)


def _copy_spools(source: Path, target: Path) -> None:
    for spool in spools(source):
        copy = target / spool.relative_to(source)
        copy.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in (*segments(spool), *files_to_keep(spool)):
            # Gone meanwhile: its records are in the database, which is copied after this.
            with suppress(FileNotFoundError):
                _copy(path, copy / path.name)


def _every_segment() -> list[Path]:
    return [path for spool in spools(settings.SPOOL_DIR) for path in segments(spool)]


def _copy_sqlite(target: Path) -> None:
    target.touch(mode=0o600)
    with (
        closing(sqlite3.connect(connection.settings_dict["NAME"])) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        # All pages in one step, which is one moment: with WAL, nobody who writes has to wait.
        source.backup(copy)


def _restore_sqlite(source: Path) -> None:
    # Asking whether it was empty has made an empty file, which must not stay open or leave a log.
    connection.close()
    target = Path(connection.settings_dict["NAME"])
    for ending in ("", "-wal", "-shm"):
        target.with_name(target.name + ending).unlink(missing_ok=True)
    _copy(source, target)


def _postgresql(tool: str, *options: str | Path) -> None:
    # Django knows how to tell libpq's programs where the database is, and its password.
    given, extra = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    *where, database = given[1:]
    # Row-level security binds the owner of the tables, too: without this the dump would fail.
    everything = f"-c callmark.account={EVERY_ACCOUNT}"
    environment = os.environ | (extra or {}) | {"PGOPTIONS": everything}
    command = [tool, *where, "--no-password", "--enable-row-security"]
    command += [f"--dbname={database}", *(str(option) for option in options if option)]
    try:
        done = subprocess.run(command, env=environment, check=False)
    except FileNotFoundError:
        raise Refused(f"{tool} is not installed: apt install postgresql-client.") from None
    if done.returncode != 0:
        raise Refused(f"{tool} failed: see what it says above.")


def _refuse_what_is_there() -> None:
    tables = connection.introspection.table_names()
    if tables:
        raise Refused("The database is not empty: a backup is only ever restored into a new one.")
    if _every_segment() or files_set_aside(settings.SPOOL_DIR):
        raise Refused(f"Records wait in {settings.SPOOL_DIR}: they belong to another database.")


def _restore_keys(keys: Path) -> None:
    code_keys = Path(settings.CODE_KEYS_FILE)
    kept = keys / code_keys.name
    if code_keys.exists() and kept.exists() and code_keys.read_text() != kept.read_text():
        raise Refused(f"{code_keys} holds other keys: they are never overwritten, move them away.")
    if kept.exists():
        _copy(kept, code_keys)
    # These are made anew wherever they are missing, so they are here, and worth nothing yet.
    for name in ("secret-key", "api-token-pepper"):
        if (keys / name).exists():
            _copy(keys / name, settings.DATA_DIR / name)
