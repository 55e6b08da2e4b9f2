"""The files of an installation, for an Asterisk to include."""

from collections.abc import Sequence
from pathlib import Path

from callmark.switches.alone.account import AccountDialplan
from callmark.switches.alone.files import write_texts
from callmark.switches.asterisk.dialplan.agi import Agi
from callmark.switches.asterisk.dialplan.asking import accepted_lines, leg_lines, not_first
from callmark.switches.asterisk.dialplan.during import during_lines
from callmark.switches.asterisk.dialplan.emergency import emergency_lines
from callmark.switches.asterisk.dialplan.fail_policy import down_lines
from callmark.switches.asterisk.dialplan.full import full_lines
from callmark.switches.asterisk.dialplan.inbound import inbound_lines
from callmark.switches.asterisk.relay import AGI_PORT

EXTENSIONS_FILE = "extensions_callmark.conf"
FEATURES_FILE = "features_callmark.conf"
README_FILE = "README.txt"

GATE_URL = f"agi://127.0.0.1:{AGI_PORT}"
RELAY_URL = f"agi://127.0.0.1:{AGI_PORT + 1}"


def write_configuration(
    directory: Path,
    accounts: Sequence[AccountDialplan],
    agi_url: str = GATE_URL,
    switch: str = "main",
    relay_url: str = RELAY_URL,
) -> list[Path]:
    """Write the files for ``accounts`` into ``directory``; returns their paths."""
    texts = {
        EXTENSIONS_FILE: extensions_text(accounts, Agi(agi_url, relay_url, switch)),
        FEATURES_FILE: features_text(accounts),
        README_FILE: _readme_text(accounts),
    }
    return write_texts(directory, texts)


def extensions_text(accounts: Sequence[AccountDialplan], agi: Agi) -> str:
    """The dialplan: some contexts for each account."""
    blocks = [HEAD]
    blocks += [_account_contexts(account, agi) for account in accounts]
    if len(accounts) == 1:
        only = accounts[0].context
        blocks += [
            f"[callmark]\nexten => s,1,Goto({only},s,1)\n",
            f"[callmark.inbound]\nexten => s,1,Goto({only}.inbound,s,1)\n",
        ]
    return "\n".join(blocks)


def features_text(accounts: Sequence[AccountDialplan]) -> str:
    """The star code of each account. Only the phone that dials it can use it."""
    lines = [star_code_line(account) for account in accounts]
    return "\n".join([HEAD, "[applicationmap]", *lines, ""])


def star_code_line(account: AccountDialplan) -> str:
    """The line of ``[applicationmap]``."""
    name = account.context
    return f"{name} => {account.star_code},self/both,Gosub({name}.tag,s,1)"


def _account_contexts(account: AccountDialplan, agi: Agi) -> str:
    return "\n".join(
        (
            f"; --- {account.slug} {'-' * 60}",
            *leg_lines(account, agi),
            "",
            *emergency_lines(account),
            "",
            *down_lines(account),
            "",
            *full_lines(account, not_first()),
            "",
            *accepted_lines(account, agi),
            *inbound_lines(account),
            *during_lines(account, agi),
        )
    )


def _readme_text(accounts: Sequence[AccountDialplan]) -> str:
    context = accounts[0].context if accounts else "callmark-ACCOUNT"
    return _README.format(
        extensions=EXTENSIONS_FILE,
        features=FEATURES_FILE,
        gosub=f"Gosub({context},s,1(${{EXTEN}}))",
        contexts="\n".join(f"    {account.context}" for account in accounts),
    )


HEAD = """\
; Written by 'callmark asterisk config'. Changes here are lost when it is run again.
"""

_README = """\
Written by 'callmark asterisk config'. Run it again when accounts, extensions, star codes or
outside-line prefixes change, then 'asterisk -rx "dialplan reload"' and 'module reload features'.

FreePBX has places of its own: see what 'callmark asterisk config --freepbx' says, not this.

extensions.conf, outside any context:

    #include "callmark/{extensions}"

features.conf, at its end:

    #include "callmark/{features}"

Before every Dial to an outside number or a colleague, and in it the number that comes back:

    same => n,{gosub}
    same => n,Dial(PJSIP/${{CALLMARK_NUMBER}}@carrier,,${{CALLMARK_DIAL_OPTIONS}})

It returns when the call may go on and hangs up otherwise. Contexts, one for each account:

{contexts}

'callmark relay' must run on this machine. docs/asterisk.md of Callmark says the rest: who is
calling, what happens when Callmark is down, prompts, and what must not be logged.
"""
