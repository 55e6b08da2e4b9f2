"""``callmark records`` and ``callmark switch``: what waits at the gate, and who may speak to it."""

import json
import sys
from typing import Annotated

from callmark.cli import app
from callmark.cli.commands import Argument, Group, Option
from callmark.cli.shared import database, echo, fail

switch = app.add("switch", Group("The machines behind the switches' names."))
records = app.add(
    "records", Group("Records of calls: what waits for the database, and their totals.")
)


@records.alone
def waiting(
    replay: Annotated[
        bool, Option("--replay", help="Try to store what is set aside again.")
    ] = False,
) -> None:
    """Say how many records wait for the database, and how many could not be stored."""
    with database():
        from django.conf import settings

        from callmark.gate.drain import store_or_refuse
        from callmark.gate.set_aside import ReplayUnderWay, replay_set_aside, what_is_set_aside
        from callmark.gate.spool import SpoolDrain
        from callmark.gate.spools import all_lines_waiting

        folder = settings.SPOOL_DIR
        if replay:
            try:
                drain = SpoolDrain(folder, store_or_refuse)
                stored, left = replay_set_aside(folder, drain.store_lines)
            except ReplayUnderWay as problem:
                fail(f"{problem}.")
            echo(f"{stored:,} stored, {left:,} still set aside")
            return
        echo(f"{sum(1 for _ in all_lines_waiting(folder)):,} wait for the database")
        aside = what_is_set_aside(folder)
        since = f" since {aside.since:%Y-%m-%d %H:%M} UTC" if aside.since else ""
        echo(f"{aside.count:,} set aside{since}")
        if aside.count:
            echo("The gate's log says why; fix that, then 'callmark records --replay'.")


@records.command("rebuild-totals")
def rebuild_totals() -> None:
    """Count the calls of all open months again; closed months stay as they were kept."""
    with database():
        from callmark.calls.totals import count_everything_again

        for account, months in count_everything_again():
            echo(f"{account.slug}: {months:,} open months counted again")


@switch.command("list")
def list_switches() -> None:
    """List the switches and the machine behind each name."""
    with database():
        from callmark.accounts.models import Switch

        for one in Switch.objects.all():
            machine = one.entity or "no machine yet"
            refused = f"; {one.refused:,} reports of {one.refused_entity} refused"
            echo(f"{one.name}: {machine}{refused if one.refused else ''}")


@switch.command("forget-machine")
def forget_machine(
    name: Annotated[str, Argument(help="The switch's name in Callmark.")],
) -> None:
    """After a switch's hardware was replaced: the next machine under its name has it."""
    with database():
        from callmark.accounts import services

        services.forget_machine(name)
        echo(f"the next machine that calls itself {name} has the name")


@switch.command("report")
def report(
    name: Annotated[str, Argument(help="The switch's name in Callmark.")],
) -> None:
    """Keep what a check found, for the operator's page of switches.

    Reads what 'callmark doctor --side switch --json' printed on the switch's machine.
    """
    with database():
        from callmark.switches.alone.findings import Finding
        from callmark.switches.alone.reports import report_checked

        found: list[Finding] = []
        try:
            for line in filter(str.strip, sys.stdin):
                for one in json.loads(line)["findings"]:
                    kind = str(one["kind"])
                    where, what, do = (str(one[part]) for part in ("where", "what", "do"))
                    bad = {"leak": kind == "leak", "advice": kind == "advice"}
                    found.append(Finding(where, what, do, **bad))
        except (ValueError, KeyError, TypeError):
            fail("send what 'callmark doctor --side switch --json' prints, as it is.")
        report_checked(name, found)
        echo(f"{len(found):,} finding{'' if len(found) == 1 else 's'} of {name} kept")
