"""``callmark asterisk config --freepbx``: what an operator of a FreePBX is told."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from callmark.cli.shared import echo, fail, find_account

if TYPE_CHECKING:
    from callmark.accounts.models import Account
    from callmark.switches.alone.account import AccountDialplan
    from callmark.switches.asterisk.dialplan.agi import Agi
    from callmark.switches.asterisk.freepbx import FreePbx


def write(folder: Path, etc: Path, plans: "list[AccountDialplan]", agi: "Agi") -> None:
    """Write the files and say where they go. Raises ``ValueError`` and ``OSError``."""
    from callmark.switches.alone.installation import account_dialplan, asks_inside, phones
    from callmark.switches.asterisk.dialplan import write_configuration
    from callmark.switches.asterisk.freepbx import read_freepbx, where, write_freepbx

    if len(plans) > 1:
        names = ", ".join(plan.slug for plan in plans)
        fail(f"a FreePBX is one company: choose its account with --account ({names}).")
    account = find_account(plans[0].slug)
    system = read_freepbx(etc)
    if system is None:
        fail(
            f"no dialplan of a FreePBX is in {etc}: run this on its machine, or copy its "
            "/etc/asterisk here and name the copy with --etc."
        )
    _list_own_numbers(account, system)
    account.refresh_from_db()
    plan, inside = account_dialplan(account), asks_inside(account)
    paths = write_configuration(folder, [plan], agi.gate_url, agi.switch, agi.relay_url)
    endpoints = phones(account, agi.switch)
    paths += write_freepbx(folder, etc, plan, endpoints, system, inside=inside)
    say_written(paths, folder)
    for line in where(folder, etc, plan, system):
        echo(line)
    echo("Calls between extensions " + ("ask for a code, too." if inside else "ask nobody."))
    echo(f"One command undoes it all: callmark asterisk remove {folder}")


def remove(folder: Path) -> None:
    """Remove the files; the lines that include them do no harm without."""
    from callmark.switches.asterisk.freepbx import RELOAD, remove_freepbx

    try:
        found = remove_freepbx(folder)
    except OSError as problem:
        fail(f"{folder} cannot be changed: {problem.strerror}.")
    for path in found:
        echo(f"removed {path}")
    if not found:
        fail(f"nothing of Callmark's is in {folder}.")
    echo("The lines #tryinclude may stay: they do nothing now. Then:")
    for command in RELOAD:
        echo(f"  {command}")


def _list_own_numbers(account: "Account", system: "FreePbx") -> None:
    """Add the numbers that the switch itself answers to those of the account."""
    from callmark.accounts import services
    from callmark.accounts.models import Extension

    extensions = set(Extension.objects.of(account).values_list("number", flat=True))
    known = {*account.own_numbers, *extensions}
    added = [number for number in system.own_numbers if number not in known]
    if added:
        services.change_account(account, {"own_numbers": [*account.own_numbers, *added]})
        echo(f"The switch's own numbers, now on the list of {account.slug}:")
        echo(f"  {', '.join(added)}")


def say_written(paths: list[Path], folder: Path) -> None:
    """Write the secret beside the other files, and say what was written."""
    from django.conf import settings

    from callmark.switches.asterisk.access import make_secret, write_secret

    wanted = os.environ.get("CALLMARK_AGI_SECRET") != ""
    made = wanted and not settings.AGI_SECRET
    secret = make_secret(settings.AGI_SECRET_FILE) if made else settings.AGI_SECRET
    if secret:
        paths = [*paths, write_secret(folder, secret)]
    for path in paths:
        echo(f"wrote {path}")
    if made:
        echo("Restart the gate: from then on it asks every switch for the secret.")
