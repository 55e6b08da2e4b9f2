"""``callmark keys ...`` and ``rotate-code-keys``: the file that everything is encrypted with."""

from typing import Annotated

from callmark.cli import app
from callmark.cli.commands import Group, Option
from callmark.cli.shared import database, echo

keys = app.add("keys", Group("The keys of what is stored encrypted."))


@keys.command("create")
def create() -> None:
    """Make the key file of a new installation; never for a database that holds encrypted values."""
    with database():
        make_key_file()


def make_key_file() -> None:
    """Make it if this is a new installation, and say so. Raises ``KeyProblem``."""
    from django.conf import settings

    from callmark.keys.starting import create_keys, require_keys

    if create_keys():
        echo(
            f"made the code key file {settings.CODE_KEYS_FILE}: back it up, apart from the database"
        )
    require_keys()


@keys.command("check")
def check() -> None:
    """Say whether the key file is there and reads what this database holds."""
    with database():
        from callmark.keys.starting import require_keys

        require_keys()
        echo("the key file reads what the database holds")


@app.command("rotate-code-keys")
def rotate_code_keys(
    drop_old: Annotated[
        bool, Option("--drop-old", help="Delete the former keys, once nothing needs them.")
    ] = False,
) -> None:
    """Encrypt everything stored again with a new key; calls go on meanwhile."""
    with database():
        from callmark.ops.key_rotation import drop_former_keys, rotate_keys

        counted = drop_former_keys() if drop_old else rotate_keys()
        renewed = [f"{count} {name}" for name, count in counted.items() if count]
        echo(f"renewed {', '.join(renewed) or 'nothing'}")
        if drop_old:
            echo("the former keys are deleted")
