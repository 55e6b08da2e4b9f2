"""How the dialplan reports an end, or a call that came in: a line in a file, or a connection.

A line costs the switch a tenth of what a connection to the relay does, and is there when the relay
is not. The relay says by a file of its own that it reads there; without that, it is told by AGI.
"""

from collections.abc import Iterable

from callmark.switches.alone.account import AccountDialplan
from callmark.switches.asterisk.dialplan.agi import Agi, encoded, joined
from callmark.switches.asterisk.report_file import IS_READ, WRITTEN


def report(account: AccountDialplan, script: str, **values: str) -> str:
    """The application that reports. Values may have no comma, once evaluated."""
    return f"Gosub({account.context}.report,s,1({script},{joined(values)}))"


def report_lines(account: AccountDialplan, agi: Agi) -> Iterable[str]:
    """The context behind it."""
    folder = agi.report_folder
    # A header has these by itself.
    channel = {"id": "${UNIQUEID}", "channel": encoded("${CHANNEL}")}
    who = {"callerid": encoded("${CALLERID(num)}")}
    said = {"script": "${ARG1}", "switch": agi.switch, "account": account.slug, **channel, **who}
    return (
        f"[{account.context}.report]",
        f'exten => s,1,GotoIf($["${{STAT(e,{folder}/{IS_READ})}}" = "1"]?file)',
        f" same => n,{agi.reporting(account.slug)}",
        " same => n,Return()",
        f" same => n(file),Set(FILE({folder}/{WRITTEN},,,al,u)={joined(said)}&${{ARG2}})",
        " same => n,Return()",
        "",
    )
