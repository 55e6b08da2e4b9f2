"""``callmark freeswitch ...``: configuration, prompts and checks for a FreeSWITCH."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from callmark.cli import app
from callmark.cli.commands import Argument, Group, Option
from callmark.cli.shared import database, echo, fail, find_account

if TYPE_CHECKING:
    from callmark.switches.freeswitch.dialplan import Settings

freeswitch = app.add("freeswitch", Group("Connect a FreeSWITCH."))

CONF = Path("/etc/freeswitch")


@freeswitch.command("config")
def config(
    write: Annotated[
        Path | None,
        Option(help="Folder to write into, prompts too; without it all is printed, no prompts."),
    ] = None,
    account: Annotated[list[str] | None, Option(help="Only this account; may be repeated.")] = None,
    switch: Annotated[str, Option(help="This switch's name in Callmark.")] = "main",
    gate: Annotated[str, Option(help="Where the switch reaches the gate, host:port.")] = "",
    emergency: Annotated[
        list[str] | None,
        Option(
            help="Where emergency calls go at once, such as sofia/gateway/carrier; may be repeated "
            "(the next one where one fails). Without it, to your own route for the plain number."
        ),
    ] = None,
    context: Annotated[
        str, Option(help="The phones' context, where it is not the domain of their endpoints.")
    ] = "",
    realm: Annotated[str, Option(help="Of the digit bindings; 'local' on a FusionPBX.")] = "",
) -> None:
    """Write the dialplan to include, with the fail policy as it is now, and the prompts."""
    with database():
        from callmark.switches.alone.installation import load_dialplans
        from callmark.switches.alone.reports import record_written
        from callmark.switches.freeswitch.dialplan import write_configuration, written_files

        slugs = [find_account(name).slug for name in account or []]
        plans = load_dialplans(switch, slugs)
        if not plans:
            make = "'callmark add extension' makes one."
            fail(f"no account has an extension on the switch {switch!r}: {make}")
        folder = str(write.resolve() / "sounds") if write else ""
        try:
            settings = _settings(switch, gate, emergency, context, realm, folder)
            if write is None:
                for name, text in written_files(plans, settings).items():
                    echo(f"==> {name} <==\n{text}")
                return
            write_configuration(write, plans, settings)
            _install_prompts(write / "sounds")
            if not slugs:
                record_written(switch, "FreeSWITCH", plans)
        except (ValueError, OSError) as problem:
            fail(f"{problem}.")
        echo(f"written to {write}; README.txt there says what to include, then 'reloadxml'.")
        if not settings.gate_is_here:
            echo(
                "The gate is on another machine: where its host does not answer, a call waits for "
                "the network. A forwarded port of the switch's own machine is better."
            )


def _settings(
    switch: str, gate: str, emergency: list[str] | None, context: str, realm: str, sounds: str
) -> "Settings":
    from django.conf import settings as configured

    from callmark.switches.freeswitch.dialplan import Settings

    usual = Settings(gate=f"127.0.0.1:{configured.FREESWITCH_PORT}")
    return Settings(
        gate=gate or usual.gate,
        switch=switch,
        realm=realm or usual.realm,
        emergency=tuple(emergency or ()),
        sounds=sounds,
        context=context,
    )


def _install_prompts(folder: Path) -> None:
    from django.conf import settings

    from callmark.switches.freeswitch.prompts import install_prompts

    install_prompts(settings.PROMPTS_DIR, folder)


@freeswitch.command("check")
def check(
    conf: Annotated[Path, Argument(help="FreeSWITCH's configuration.")] = CONF,
    written: Annotated[
        Path | None, Option(help="Where 'config' wrote; without it the folder 'callmark' there.")
    ] = None,
    switch: Annotated[str, Option(help="This switch's name in Callmark.")] = "main",
) -> None:
    """Report what a switch's configuration lacks, and where it would write callers' digits."""
    with database():
        from callmark.switches.alone.installation import load_dialplans
        from callmark.switches.alone.reports import record_checked
        from callmark.switches.freeswitch.check import check_configuration

        try:
            findings = check_configuration(conf, load_dialplans(switch), written)
        except OSError as problem:
            fail(f"{conf} cannot be read: {problem.strerror}. Name FreeSWITCH's configuration.")
        record_checked(switch, findings)
    for finding in findings:
        echo(str(finding))
    if findings:
        raise SystemExit(1)
    echo("nothing to report")


@freeswitch.command("import-cdr")
def import_cdr(
    source: Annotated[Path, Argument(help="Folder of mod_json_cdr, or a Master.csv.")],
    switch: Annotated[str, Option(help="This switch's name in Callmark.")] = "main",
) -> None:
    """Add calls made while the gate was down, and ends it did not hear of; repeat at will."""
    with database():
        from callmark.switches.freeswitch.cdr.importing import import_events
        from callmark.switches.freeswitch.cdr.reading import read

        try:
            found = read(source)
        except OSError as problem:
            fail(f"{source} cannot be read: {problem.strerror}.")
        for one in found.skipped[:20]:
            echo(f"skipped {one}")
        if len(found.skipped) > 20:
            echo(f"skipped {len(found.skipped) - 20} more")
        counts = import_events(found.events, switch)
        echo(
            f"{counts.completed} records completed, {counts.added} calls added, "
            f"{counts.corrected} corrected"
        )


@freeswitch.command("follow-cdr")
def follow_cdr(
    source: Annotated[
        Path | None,
        Argument(help="Folder of mod_json_cdr, or a Master.csv; CALLMARK_FREESWITCH_CDR without."),
    ] = None,
    switch: Annotated[
        str, Option(help="This switch's name in Callmark; CALLMARK_FREESWITCH_SWITCH without.")
    ] = "",
    once: Annotated[bool, Option(help="Read what is new and end.")] = False,
) -> None:
    """Do the same continuously, as the switch writes; may be stopped and started at will."""
    with database(log_progress=True):
        from django.conf import settings

        from callmark.switches.freeswitch.cdr.follower import follow

        path = source or (Path(settings.FREESWITCH_CDR) if settings.FREESWITCH_CDR else None)
        if path is None:
            fail("name the folder or file, or set CALLMARK_FREESWITCH_CDR.")
        try:
            follow(path, switch or settings.FREESWITCH_SWITCH or "main", once=once)
        except OSError as problem:
            fail(f"the CDR cannot be followed: {problem.strerror or problem}.")
