"""``callmark doctor``: what is wrong here, on the portal's machine and on a switch's."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from callmark.cli import app
from callmark.cli.commands import Option
from callmark.cli.shared import database, echo, fail

if TYPE_CHECKING:
    from callmark.ops.doctor.switch import AsteriskHere
    from callmark.switches.alone.findings import Examined

SIDES = ("", "portal", "switch")


@app.command()
def doctor(
    side: Annotated[
        str, Option(help="'portal' or 'switch'; without it whatever is on this machine.")
    ] = "",
    etc: Annotated[Path, Option(help="Asterisk's configuration, or a copy.")] = Path(
        "/etc/asterisk"
    ),
    sounds: Annotated[Path, Option(help="Asterisk's folder of sounds.")] = Path(
        "/var/lib/asterisk/sounds"
    ),
    conf: Annotated[Path, Option(help="FreeSWITCH's configuration, or a copy.")] = Path(
        "/etc/freeswitch"
    ),
    asterisk: Annotated[str, Option(help="What stands before -rx to ask a running Asterisk.")] = (
        "asterisk"
    ),
    call: Annotated[
        bool, Option(help="Let Asterisk ask the gate by a call to itself; no phone rings.")
    ] = True,
    as_json: Annotated[bool, Option("--json", help="Print JSON, one object a line.")] = False,
) -> None:
    """Look for whatever keeps calls from being asked, recorded or kept secret, and say what to do.

    Ends with 0 when all that was looked at is well, with 1 when something has to be put right
    (advice alone does not count), with 2 when nothing could be looked at.
    """
    if side not in SIDES:
        fail(f"there is no side {side!r}: portal or switch.")
    from callmark.ops.doctor.switch import AsteriskHere
    from callmark.switches.asterisk.running import Console

    console = Console(tuple(asterisk.split()))
    here = AsteriskHere(etc, sounds if sounds.exists() else None, console, call)
    found = list(_examined(side, here, conf))
    for one in found:
        _print_json(one) if as_json else _print(one)
    if all(one.not_looked_at for one in found):
        raise SystemExit(2)
    if not all(one.is_well for one in found):
        raise SystemExit(1)


def _examined(side: str, here: "AsteriskHere", conf: Path) -> "Iterator[Examined]":
    from callmark.ops.doctor.switch import examine_asterisk
    from callmark.switches.alone.findings import Examined

    if side != "portal" and not _has_database():
        # The settings would make a data folder with keys: a switch's own machine needs none.
        yield Examined("portal", not_looked_at="there is no database here: a switch's machine")
        yield from examine_asterisk(here, None)
        return
    with database():
        from callmark.ops.doctor import followers, portal
        from callmark.switches.alone.installation import load_dialplans

        if side != "switch":
            yield from portal.examine()
            yield from followers.examine_cdr()
        if side != "portal":
            yield from examine_asterisk(here, load_dialplans)
            yield from followers.examine_freeswitch(conf)


def _has_database() -> bool:
    data = Path(os.environ.get("CALLMARK_DATA_DIR", "data"))
    return bool(os.environ.get("CALLMARK_DATABASE_URL")) or (data / "callmark.sqlite3").exists()


def _print(one: "Examined") -> None:
    if one.not_looked_at:
        echo(f"not looked at: {one.what}: {one.not_looked_at}")
    elif one.is_well:
        echo(f"ok: {one.what}")
    else:
        echo(f"NOT WELL: {one.what}")
    for finding in one.findings:
        echo(f"  {finding}")


def _print_json(one: "Examined") -> None:
    import json

    findings = [
        {"kind": each.kind.lower(), "where": each.where, "what": each.what, "do": each.do}
        for each in one.findings
    ]
    line = {"looked_at": one.what, "well": None if one.not_looked_at else one.is_well}
    more = {"not_looked_at": one.not_looked_at} if one.not_looked_at else {}
    echo(json.dumps({**line, **more, "findings": findings}, ensure_ascii=False))
