"""The command line: ``callmark --help``. Commands parse and print; services do the work.

One module for each group of commands. Does not belong here: rules, queries, protocols.
"""

import os

import typer

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callmark.settings")

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Callmark: account codes for business phone systems.",
)


def main() -> None:
    """Run one command; what a service refuses is printed without a traceback, exit code 2."""
    # The modules register their commands on ``app``.
    from callmark.cli import (  # noqa: F401
        asterisk,
        backup,
        housekeeping,
        keys,
        people,
        records,
        running,
        webhooks,
        what_if,
    )

    app()
