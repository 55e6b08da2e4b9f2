"""What a FreePBX tells about itself: the dialplan that it generated, and its customer's own."""

import re
from collections.abc import Iterator
from pathlib import Path

from callmark.policy.numbering import OwnNumbers
from callmark.switches.asterisk.conf_files import ConfFile
from callmark.switches.asterisk.freepbx.contexts import HOOKS, FreePbx

GENERATED = "extensions_additional.conf"
ROOT = "extensions.conf"
CUSTOM = ("extensions_override_freepbx.conf", "extensions_custom.conf")

_MACRO = re.compile(r"\bMacro\(user-callerid\b")
_ROUTE = re.compile(r"outrt-.+")
_ROUTE_INCLUDED = re.compile(r"outrt-(?!.*-custom)")
_USUAL_START = re.compile(r"[+0-9]|_[+0-9XZN]|_\[[+0-9-]+\]")
_OWN = re.compile(
    r"ext-(group|queues|meetme|paging|miscdests)|parkedcalls|park-hints|conferences|"
    r"timeconditions-toggles|vmblast-grp|miscapps|app-(?!blackhole|announcement).*"
)
"""Contexts whose extensions are numbers that phones dial and the switch itself answers."""


def read_freepbx(etc: Path) -> FreePbx | None:
    """The installation in ``etc``, such as ``/etc/asterisk``; None: there is none to be read.

    Raises ``OSError`` for files that are there and cannot be read.
    """
    if not is_freepbx(etc):
        return None
    dialplan = ConfFile(etc / GENERATED, etc)
    extensions = list(_extensions(dialplan))
    return FreePbx(
        macros=any(_MACRO.search(one.value) for one in dialplan.settings()),
        odd_routes=tuple(
            dict.fromkeys(
                name
                for context, name in extensions
                if _ROUTE.fullmatch(context) and not _USUAL_START.match(name)
            )
        ),
        hooks_taken=_hooks_taken(etc),
        own_numbers=_own_numbers(extensions),
    )


def is_freepbx(etc: Path) -> bool:
    """Whether a FreePBX writes the dialplan in ``etc``."""
    return (etc / GENERATED).exists()


def includes_custom_contexts(etc: Path) -> bool:
    """Whether the generated dialplan includes the customer's contexts, as it does by default."""
    sections = ConfFile(etc / GENERATED, etc).named("outbound-allroutes")
    return any(
        one.name == "include" and one.value == "outbound-allroutes-custom"
        for section in sections
        for one in section.settings
    )


def routes_past_the_hook(etc: Path) -> list[str]:
    """Contexts that include an outbound route itself, such as those of Custom Contexts."""
    return [
        section.name
        for section in ConfFile(etc / ROOT, etc).sections
        if section.name != "outbound-allroutes"
        and any(
            one.name == "include" and _ROUTE_INCLUDED.match(one.value) for one in section.settings
        )
    ]


def _extensions(dialplan: ConfFile) -> Iterator[tuple[str, str]]:
    """Every context with each of its extensions, as often as it has priorities."""
    for section in dialplan.sections:
        for one in section.settings:
            if one.name == "exten":
                # A caller may stand behind it: _9NXXNXXXXXX/201.
                yield section.name, one.value.partition(",")[0].partition("/")[0].strip()


def _hooks_taken(etc: Path) -> frozenset[str]:
    found = set()
    for name in CUSTOM:
        for section in ConfFile(etc / name, etc).sections:
            theirs = [one for one in section.settings if "callmark" not in one.path.parts]
            if section.name in HOOKS and any("callmark" not in one.value for one in theirs):
                found.add(section.name)
    return frozenset(found)


def _own_numbers(extensions: list[tuple[str, str]]) -> tuple[str, ...]:
    found = dict.fromkeys(name for context, name in extensions if _OWN.fullmatch(context))
    return tuple(name for name in found if _can_be_listed(name))


def _can_be_listed(name: str) -> bool:
    # Letters are FreePBX's own (s, h, RG-600-201).
    try:
        OwnNumbers.of([name])
    except ValueError:
        return False
    return True
