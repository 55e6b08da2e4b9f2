"""The command line: ``callmark --help``. Commands parse and print; services do the work.

One module for each group of commands; only the module of the command that is given is loaded.
Does not belong here: rules, queries, protocols.
"""

import gc
import os
import sys
from importlib import import_module

from callmark.cli.later import load_later

# What reads Python's own source text: no command does, but much that is loaded names it.
load_later("ast", "tokenize")

from callmark.cli.commands import Group  # noqa: E402
from callmark.secret_files import read_secret_files  # noqa: E402

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callmark.settings")

MODULES = {
    "asterisk": ("asterisk",),
    "freeswitch": ("freeswitch",),
    "backup": ("backup", "restore"),
    "doctor": ("doctor",),
    "housekeeping": ("delete-old-records", "keep-records"),
    "keys": ("keys", "rotate-code-keys"),
    "people": ("add", "set", "delete"),
    "records": ("records", "switch"),
    "running": ("run", "demo", "portal", "gate", "drain", "relay", "manage", "openapi"),
    "webhooks": ("webhooks",),
    "what_if": ("classify", "simulate"),
}
"""A module and the first words of its commands, which it registers on ``app``."""

app = Group("Callmark: account codes for business phone systems.")


def every_command() -> Group:
    """``app`` with the commands of all modules."""
    for module in MODULES:
        import_module(f"callmark.cli.{module}")
    return app


def main() -> None:
    """Run one command; what a service refuses is printed without a traceback, exit code 2."""
    read_secret_files(os.environ)
    words = sys.argv[1:]
    # What is loaded stays: nothing of it is garbage (shared.database turns this on again).
    gc.disable()
    ours = [module for module, names in MODULES.items() if words[:1] and words[0] in names]
    if ours:
        import_module(f"callmark.cli.{ours[0]}")
    else:
        every_command()
    try:
        app.run(words, "callmark")
    except BrokenPipeError:
        # The reader has seen enough, as "head" has.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
