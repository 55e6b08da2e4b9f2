"""Our part of a switch's dialplan: whom it asks, and for which accounts it was written."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from callmark.policy.values import value_class
from callmark.switches.alone.account import AccountDialplan
from callmark.switches.alone.findings import Finding
from callmark.switches.asterisk.conf_files import ConfFile
from callmark.switches.asterisk.dialplan import EXTENSIONS_FILE, FEATURES_FILE
from callmark.switches.asterisk.dialplan.agi import Agi
from callmark.switches.asterisk.dialplan.files import extensions_text, features_text
from callmark.switches.asterisk.freepbx import is_freepbx

_AGI = re.compile(r"\bAGI\((h?agi://[^/,()]+)/(\w+|\$\{ARG1\})\?switch=([\w-]+)")
_CONTEXT = re.compile(r"callmark-([\w-]+)")
_BY_THE_RELAY = {"end", "inbound", "${ARG1}"}
_FASTAGI_PORT = 4573
_AGAIN = "Run 'callmark asterisk config' again, then 'dialplan reload' and 'module reload features'"

Load = Callable[[str], Sequence[AccountDialplan]]
"""The accounts with an extension on the switch of this name, as they are now."""


@value_class
class Written:
    """One dialplan file of ours that the switch includes; ``asks`` is None where none asks."""

    path: Path
    asks: Agi | None
    accounts: tuple[str, ...]


def included_files(etc: Path) -> list[Written]:
    """The dialplan files of ours that ``extensions.conf`` includes; one, as a rule."""
    found = ConfFile(etc / "extensions.conf", etc).files
    return [_read(path, etc) for path in found if path.name == EXTENSIONS_FILE]


def taken_port(etc: Path) -> Iterator[Finding]:
    """On a FreePBX, 4573 belongs to a server of its own."""
    for one in included_files(etc) if is_freepbx(etc) else ():
        for url in {one.asks.gate_url, one.asks.relay_url} if one.asks else ():
            if url.endswith(f":{_FASTAGI_PORT}"):
                yield Finding(
                    str(one.path),
                    f"the dialplan asks at {url}, a port that FreePBX has a server of its own on",
                    "Unset CALLMARK_AGI_PORT or choose another, restart gate and relay, and run "
                    "'callmark asterisk config --freepbx' again",
                )


def out_of_date(etc: Path, load: Load) -> Iterator[Finding]:
    """Whether the files are what would be written now."""
    included = included_files(etc)
    written = {account for one in included for account in one.accounts}
    for one in included:
        if one.asks is None:
            yield _is_old(one.path, "nothing in it asks a gate")
            continue
        now = {plan.slug: plan for plan in load(one.asks.switch)}
        for slug in sorted(now.keys() - written):
            yield Finding(
                str(one.path),
                f"the account {slug} has extensions on the switch {one.asks.switch!r}, and no "
                "context here",
                _AGAIN,
            )
        yield from _compared(one, one.asks, [now[slug] for slug in now if slug in one.accounts])


def _compared(one: Written, asks: Agi, plans: Sequence[AccountDialplan]) -> Iterator[Finding]:
    gone = sorted(set(one.accounts) - {plan.slug for plan in plans})
    if gone:
        yield _is_old(one.path, f"{', '.join(gone)} has no extension on {asks.switch!r} any more")
        return
    texts = {EXTENSIONS_FILE: extensions_text(plans, asks), FEATURES_FILE: features_text(plans)}
    for name, text in texts.items():
        path = one.path.with_name(name)
        if not path.exists():
            yield Finding(str(path), "there is no such file", _AGAIN)
        elif path.read_text(errors="replace") != text:
            yield _is_old(
                path,
                "it was written for other accounts, extensions or settings than there are now, or "
                "by another version",
            )


def _is_old(path: Path, why: str) -> Finding:
    return Finding(
        str(path), f"{why}: the fail policy and emergency numbers in it may be old", _AGAIN
    )


def _read(path: Path, etc: Path) -> Written:
    conf = ConfFile(path, etc)
    names = [section.name for section in conf.sections if "." not in section.name]
    accounts = [found[1] for name in names if (found := _CONTEXT.fullmatch(name))]
    asked = [found for one in conf.settings() for found in _AGI.finditer(one.value)]
    if not asked:
        return Written(path, None, tuple(accounts))
    by_relay = [found[1] for found in asked if found[2] in _BY_THE_RELAY]
    relay = (by_relay or [asked[0][1]])[0]
    gate = next((found[1] for found in asked if found[1] != relay), relay)
    return Written(path, Agi(gate, relay, asked[0][3]), tuple(accounts))
