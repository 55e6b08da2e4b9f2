"""``callmark backup`` and ``callmark restore``."""

from pathlib import Path
from typing import Annotated

from callmark.cli import app
from callmark.cli.commands import Argument, Option
from callmark.cli.shared import database, echo

Keys = Annotated[Path | None, Option(help="The folder of the keys: elsewhere than the backup.")]


@app.command()
def backup(
    folder: Annotated[Path, Argument(help="A new folder for database and spool.")],
    keys: Keys = None,
) -> None:
    """Back up a running installation: the database, the spool and, apart from them, the keys."""
    with database():
        from callmark.ops.backup import back_up, key_files

        back_up(folder, keys)
        echo(f"backed up to {folder}")
        if keys is None:
            names = ", ".join(str(path) for path in key_files())
            echo(f"not in it, and needed to restore it: {names} (--keys copies them)")


@app.command()
def restore(
    folder: Annotated[Path, Argument(help="The folder of the backup.")],
    keys: Keys = None,
) -> None:
    """Bring a backup back into a new installation, and check that every code can be read."""
    with database():
        from callmark.ops.backup import restore as restore_backup

        found = restore_backup(folder, keys)
        echo(
            f"restored: {found.codes:,} codes, all readable; {found.calls:,} calls; "
            f"{found.waiting:,} records wait in the spool for the gate"
        )
        if found.set_aside:
            echo(
                f"{found.set_aside:,} records are set aside, as they were: "
                "'callmark records --replay' tries them again"
            )
