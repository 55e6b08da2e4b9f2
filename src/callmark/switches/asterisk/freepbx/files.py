"""The files of a FreePBX: each is included by one of the customer's own, which an update keeps.

They are included by ``#tryinclude``: without the files nothing is missing, so removing them is all
it takes to be without Callmark.
"""

from collections.abc import Sequence
from pathlib import Path

from callmark.switches.alone.account import AccountDialplan, require
from callmark.switches.alone.files import write_texts
from callmark.switches.asterisk.access import SECRET_FILE
from callmark.switches.asterisk.dialplan import EXTENSIONS_FILE, FEATURES_FILE, README_FILE
from callmark.switches.asterisk.dialplan.files import HEAD, star_code_line
from callmark.switches.asterisk.freepbx.contexts import (
    FreePbx,
    context_lines,
    hook_line,
    hook_lines,
)

DIALPLAN = "freepbx_extensions.conf"
FEATURES = "freepbx_features.conf"
ENDPOINTS = "freepbx_endpoints.conf"

PLACES = {
    DIALPLAN: "extensions_custom.conf",
    FEATURES: "features_applicationmap_custom.conf",
    ENDPOINTS: "pjsip.endpoint_custom_post.conf",
}
"""Which file of FreePBX's customer includes which of ours."""


def write_freepbx(
    directory: Path,
    etc: Path,
    account: AccountDialplan,
    endpoints: Sequence[str],
    system: FreePbx,
    *,
    inside: bool = False,
) -> list[Path]:
    """Write the files beside those of ``write_configuration``; ``etc`` is Asterisk's folder.

    ``endpoints`` are those of phones, which get the star code; ``inside``: calls between extensions
    are asked for a code, too. Raises ``ValueError`` for what cannot be written.
    """
    texts = {
        DIALPLAN: "\n".join(
            (
                HEAD,
                *hook_lines(account, system, inside=inside),
                "",
                *context_lines(account, system, inside=inside),
                f"#tryinclude {_seen_from(etc, directory / EXTENSIONS_FILE)}",
                "",
            )
        ),
        FEATURES: "\n".join((HEAD, star_code_line(account), "")),
        ENDPOINTS: "\n".join((HEAD, *(_endpoint(account, one) for one in endpoints))),
    }
    return write_texts(directory, texts)


def where(directory: Path, etc: Path, account: AccountDialplan, system: FreePbx) -> list[str]:
    """What is left to do, in lines to print."""
    lines = ["Add one line to each of these, at its end (FreePBX never changes them):"]
    for name, place in PLACES.items():
        lines.append(f"  {etc / place}:")
        lines.append(f"    #tryinclude {_seen_from(etc, directory / name)}")
    for hook in sorted(system.hooks_taken):
        lines.append(f"  [{hook}] has lines of your own already; add as its first:")
        lines.append(f"    {hook_line(account, hook)}")
    return [*lines, "and then:", *(f"  {command}" for command in RELOAD)]


RELOAD = (
    'asterisk -rx "dialplan reload"',
    'asterisk -rx "module reload features"',
    'asterisk -rx "module reload res_pjsip.so"',
)


def remove_freepbx(directory: Path) -> list[Path]:
    """Remove every file that the configuration has written there; returns those that were."""
    ours = (*PLACES, EXTENSIONS_FILE, FEATURES_FILE, README_FILE, SECRET_FILE)
    found = [directory / name for name in ours if (directory / name).exists()]
    for path in found:
        path.unlink()
    return found


def _seen_from(etc: Path, path: Path) -> str:
    """As Asterisk finds it: relative names begin in its own folder."""
    try:
        return str(path.absolute().relative_to(etc.absolute()))
    except ValueError:
        return str(path.absolute())


def _endpoint(account: AccountDialplan, endpoint: str) -> str:
    """Give an endpoint the star code of its account, and keep recording on demand.

    An addition to a section that is not there makes the whole of pjsip.conf invalid: an extension
    that was deleted since would silence every phone. The template is what is added to then.
    """
    require(r"[a-zA-Z0-9_.-]{1,80}", "endpoint", endpoint)
    return (
        f"[{endpoint}](!)\ntype = endpoint\n[{endpoint}](+type=endpoint&TEMPLATES=include)\n"
        f"set_var = DYNAMIC_FEATURES={account.context}#apprecord\n"
    )
