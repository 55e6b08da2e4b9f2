"""The files of an installation, for a FreeSWITCH to include."""

from collections.abc import Sequence
from pathlib import Path

from callmark.switches.alone.account import AccountDialplan, version_of
from callmark.switches.alone.files import write_texts
from callmark.switches.freeswitch.cdr.reading import template
from callmark.switches.freeswitch.dialplan.gate import own_extensions
from callmark.switches.freeswitch.dialplan.hook import hook
from callmark.switches.freeswitch.dialplan.inbound import NO_CONTEXT, inbound
from callmark.switches.freeswitch.dialplan.names import own_context
from callmark.switches.freeswitch.dialplan.settings import Settings
from callmark.switches.freeswitch.dialplan.xml import contexts, fragment

CONTEXTS_FILE = "contexts.xml"
INBOUND_FILE = "inbound.xml"
TEMPLATE_FILE = "cdr_csv_template.xml"
README_FILE = "README.txt"

VERSION_WORD = "version"


def hook_file(account: AccountDialplan) -> str:
    """The file of an account's phones."""
    return f"account_{account.slug}.xml"


def written_files(accounts: Sequence[AccountDialplan], settings: Settings) -> dict[str, str]:
    """The files by their names."""
    version = version_of(accounts)
    texts = {
        hook_file(account): fragment(hook(account, settings), _head(version))
        for account in accounts
    }
    own = ((own_context(account), own_extensions(account, settings)) for account in accounts)
    texts[CONTEXTS_FILE] = contexts(own, _head(version))
    texts[INBOUND_FILE] = fragment(
        (one for account in accounts for one in inbound(account, settings)), _head(version)
    )
    texts[TEMPLATE_FILE] = template()
    texts[README_FILE] = _readme(accounts, settings)
    return texts


def write_configuration(
    directory: Path, accounts: Sequence[AccountDialplan], settings: Settings
) -> list[Path]:
    """Write the files for ``accounts`` into ``directory``; returns their paths."""
    return write_texts(directory, written_files(accounts, settings))


def _head(version: str) -> str:
    return (
        f"Written by 'callmark freeswitch config', {VERSION_WORD} {version}. "
        "Changes here are lost when it is run again."
    )


def _readme(accounts: Sequence[AccountDialplan], settings: Settings) -> str:
    lines = [
        f"  {settings.context or account.domain or NO_CONTEXT:30} "
        f'<X-PRE-PROCESS cmd="include" data="FOLDER/{hook_file(account)}"/>'
        for account in accounts
    ]
    return _README.format(contexts=CONTEXTS_FILE, inbound=INBOUND_FILE, hooks="\n".join(lines))


_README = """\
Written by 'callmark freeswitch config'. Run it again when accounts, extensions, phone numbers, star
codes, outside-line prefixes or 'Allow account codes' change, then 'fs_cli -x reloadxml'.

FOLDER is where these files are, for example /etc/freeswitch/callmark.

1. Our own contexts, which no phone is in, beside the others:

  ln -s FOLDER/{contexts} /etc/freeswitch/dialplan/callmark.xml

2. First in the context of each account's phones, before every other extension, one line:

{hooks}

3. First in the context of calls that come in (public):

  <X-PRE-PROCESS cmd="include" data="FOLDER/{inbound}"/>

Behind them your own routes stay as they are. Where one takes anything that is dialed, bridge to
${{callmark_number}} and not to $1. 'callmark freeswitch check' says what is missing.
docs/freeswitch.md of Callmark says the rest: who is calling, FusionPBX, what happens when Callmark
is down, prompts.
"""
