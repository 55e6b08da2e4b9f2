"""``callmark asterisk ...``: configuration, prompts and checks for an Asterisk."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from callmark.cli import app
from callmark.cli.commands import Argument, Group, Option
from callmark.cli.shared import database, echo, fail, find_account

if TYPE_CHECKING:
    from callmark.switches.alone.account import AccountDialplan
    from callmark.switches.asterisk.dialplan.agi import Agi

asterisk = app.add("asterisk", Group("Connect an Asterisk."))


ETC = Path("/etc/asterisk")
SOUNDS = Path("/var/lib/asterisk/sounds")
RELAYS_GROUP = "callmark"
"""Of the relay's user, as deploy/systemd has it."""


@asterisk.command("config")
def config(
    write: Annotated[
        Path | None,
        Option(
            help="Folder to write into; without it the data folder's 'asterisk', "
            "for FreePBX the folder 'callmark' beside Asterisk's configuration."
        ),
    ] = None,
    account: Annotated[list[str] | None, Option(help="Only this account; may be repeated.")] = None,
    agi: Annotated[str, Option(help="Where the switch reaches the gate.")] = "",
    relay: Annotated[str, Option(help="Where it reaches the relay beside it.")] = "",
    switch: Annotated[str, Option(help="This switch's name in Callmark.")] = "main",
    freepbx: Annotated[
        bool, Option(help="For a FreePBX (15 to 17); says what goes where.")
    ] = False,
    etc: Annotated[Path, Option(help="FreePBX's configuration, or a copy of it.")] = ETC,
) -> None:
    """Write the dialplan and features files to include, with the fail policy as it is now."""
    with database():
        from django.conf import settings

        from callmark.cli import freepbx as for_freepbx
        from callmark.switches.alone.installation import load_dialplans
        from callmark.switches.alone.reports import record_written
        from callmark.switches.asterisk.dialplan.agi import Agi
        from callmark.switches.asterisk.relay import relay_port

        folder = write or (etc / "callmark" if freepbx else settings.DATA_DIR / "asterisk")
        slugs = [find_account(name).slug for name in account or []]
        plans = load_dialplans(switch, slugs)
        if not plans:
            make = "'callmark add extension' makes one."
            fail(f"no account has an extension on the switch {switch!r}: {make}")
        try:
            addresses = Agi(
                agi or f"agi://{settings.AGI_HOST}:{settings.AGI_PORT}",
                relay or f"agi://127.0.0.1:{relay_port(os.environ)}",
                switch,
            )
            if freepbx:
                for_freepbx.write(folder, etc, plans, addresses)
            else:
                _write(folder, plans, addresses)
                echo("Include them (README.txt says how), then 'dialplan reload' in Asterisk.")
            if not slugs:
                record_written(switch, "FreePBX" if freepbx else "Asterisk", plans)
            _make_report_folder(addresses)
        except (ValueError, OSError) as problem:
            fail(f"{problem}.")


def _make_report_folder(agi: "Agi") -> None:
    """Where ends of calls are written, on the machine of a switch; only root may make it."""
    import grp

    from callmark.switches.asterisk.report_file import (
        SPOOL,
        SPOOL_VARIABLE,
        make_report_folder,
        report_folder,
    )

    spool = Path(os.environ.get(SPOOL_VARIABLE, SPOOL))
    if os.geteuid() != 0 or not spool.is_dir():
        return
    groups = {one.gr_name for one in grp.getgrall()}
    group = RELAYS_GROUP if RELAYS_GROUP in groups else None
    try:
        echo(f"made {make_report_folder(spool, agi.relay_port, group)}, for the ends of calls")
    except OSError as problem:
        echo(
            f"{spool / report_folder(agi.relay_port)} cannot be made ({problem.strerror}): "
            "Asterisk reports the end of each call by a connection, which costs it more"
        )


def _write(folder: Path, plans: "list[AccountDialplan]", agi: "Agi") -> None:
    from callmark.cli.freepbx import say_written
    from callmark.switches.asterisk.dialplan import write_configuration

    paths = write_configuration(folder, plans, agi.gate_url, agi.switch, agi.relay_url)
    say_written(paths, folder)


@asterisk.command("remove")
def remove(
    folder: Annotated[Path, Argument(help="Where 'config --freepbx' wrote.")] = ETC / "callmark",
) -> None:
    """Remove what 'config --freepbx' has written: calls go as they went without Callmark."""
    from callmark.cli import freepbx as for_freepbx

    for_freepbx.remove(folder)


@asterisk.command("prompts")
def prompts(
    sounds: Annotated[Path, Argument(help="Asterisk's folder of sounds.")] = SOUNDS,
) -> None:
    """Copy the spoken prompts, of every language, to where Asterisk finds them."""
    with database():
        from django.conf import settings

        from callmark.policy.prompts import PromptLanguage
        from callmark.switches.asterisk.sounds import folder_of, install_prompts

        try:
            written = install_prompts(settings.PROMPTS_DIR, sounds)
        except OSError as problem:
            fail(f"the prompts cannot be copied to {sounds}: {problem.strerror}.")
        folders = ", ".join(str(folder_of(sounds, one)) for one in PromptLanguage)
        echo(f"{len(written)} files written to {folders}; the others were there")


@asterisk.command("check")
def check(
    etc: Annotated[Path, Argument(help="Asterisk's configuration.")] = ETC,
    sounds: Annotated[
        Path | None, Option(help="Asterisk's folder of sounds, to look for the prompts.")
    ] = SOUNDS,
    switch: Annotated[
        str,
        Option(
            help="Also whether the dialplan is that of the accounts of this switch as they are "
            "now; show on the portal what was found."
        ),
    ] = "",
) -> None:
    """Report what a switch's configuration lacks, and where it would write callers' digits."""
    from callmark.switches.asterisk.check import check_configuration

    try:
        findings = check_configuration(etc, sounds)
    except OSError as problem:
        fail(f"{etc} cannot be read: {problem.strerror}. Name Asterisk's configuration folder.")
    if switch:
        with database():
            from callmark.switches.alone.installation import load_dialplans
            from callmark.switches.alone.reports import record_checked
            from callmark.switches.asterisk.written import out_of_date

            findings += out_of_date(etc, load_dialplans)
            record_checked(switch, findings)
    for finding in findings:
        echo(str(finding))
    if findings:
        raise SystemExit(1)
    echo("nothing to report")


@asterisk.command("import-cdr")
def import_cdr(
    file: Annotated[Path, Argument(help="Asterisk's Master.csv.")],
    switch: Annotated[str, Option(help="This switch's name in Callmark.")] = "main",
) -> None:
    """Add calls made while the gate was down, and ends it did not hear of; repeat at will."""
    with database():
        from django.conf import settings

        from callmark.switches.asterisk.cdr.importing import import_file
        from callmark.switches.asterisk.cdr.reading import WRITE_THEM

        try:
            found = import_file(file, switch, settings.CDR_TIME_ZONE)
        except OSError as problem:
            fail(f"{file} cannot be read: {problem.strerror}.")
        for one in found.skipped:
            echo(f"skipped {one}")
        if found.skipped_count > len(found.skipped):
            echo(f"skipped {found.skipped_count - len(found.skipped)} more")
        if found.unfinished:
            echo("the last line has no end yet: left for the next time")
        if found.skipped_count and not found.rows:
            fail(f"no line of {file} could be used: {WRITE_THEM}.")
        echo(
            f"{found.counts.completed} records completed, {found.counts.added} calls added, "
            f"{found.counts.corrected} corrected"
        )


@asterisk.command("follow-cdr")
def follow_cdr(
    file: Annotated[
        Path | None,
        Argument(help="Asterisk's Master.csv; CALLMARK_CDR_FILE or its database without it."),
    ] = None,
    switch: Annotated[
        str, Option(help="This switch's name in Callmark; CALLMARK_CDR_SWITCH without it.")
    ] = "",
    once: Annotated[bool, Option(help="Read what is new and end.")] = False,
) -> None:
    """Do the same continuously, as the switch writes; may be stopped and started at will."""
    with database(log_progress=True):
        from django.conf import settings

        from callmark.switches.asterisk.cdr.follower import AlreadyFollowed
        from callmark.switches.asterisk.cdr.freepbx import NoClient
        from callmark.switches.asterisk.cdr.service import follow, source_of

        name = switch or settings.CDR_SWITCH
        path = file or (Path(settings.CDR_FILE) if settings.CDR_FILE else None)
        if path is None and not settings.CDR_DATABASE_URL:
            fail("name the file, or set CALLMARK_CDR_FILE or CALLMARK_CDR_DATABASE_URL.")
        try:
            source = source_of(path, settings.CDR_DATABASE_URL, name)
            follow(source, name, once=once)
        except (AlreadyFollowed, NoClient, ValueError) as problem:
            fail(f"{problem}.")
        except OSError as problem:
            fail(f"the CDR cannot be followed: {problem.strerror or problem}.")
