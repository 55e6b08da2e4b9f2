"""The check of an operator's own dialplan and feature codes: does a call reach the gate, whole?"""

import re
from collections.abc import Iterator
from pathlib import Path

from callmark.switches.alone.findings import Finding
from callmark.switches.asterisk.conf_files import ConfFile, Section, Setting
from callmark.switches.asterisk.dialplan import EXTENSIONS_FILE, FEATURES_FILE
from callmark.switches.asterisk.freepbx import (
    GENERATED,
    OUTSIDE,
    PLACES,
    includes_custom_contexts,
    is_freepbx,
    read_freepbx,
    routes_past_the_hook,
)
from callmark.switches.asterisk.requests import DIALPLAN

_DIAL = re.compile(r"\bDial\((?P<arguments>.*)\)", re.IGNORECASE)
_RAW = re.compile(r"\$\{EXTEN\b")
_FILTERED = re.compile(r"\$\{FILTER\([^{}]*\$\{EXTEN[^{}]*\}[^{}]*\)\}", re.IGNORECASE)
_PARENTHESES = re.compile(r"\([^()]*\)")
_DISCONNECT_DEFAULT = "*"
"""Asterisk's own, where features.conf names none."""


def included(etc: Path) -> Iterator[Finding]:
    """Whether our files are there and the dialplan calls us."""
    if is_freepbx(etc):
        yield from _included_in_freepbx(etc)
        return
    dialplan = ConfFile(etc / "extensions.conf", etc)
    names = {path.name for path in dialplan.files}
    if EXTENSIONS_FILE not in names:
        yield Finding(
            str(dialplan.path),
            f"{EXTENSIONS_FILE} is not included, so no call is ever asked for a code",
            f'Add the line #include "callmark/{EXTENSIONS_FILE}" outside any context',
        )
    elif not any("Gosub(callmark" in one.value for one in _own(dialplan)):
        yield Finding(
            str(dialplan.path),
            "nothing calls a context of Callmark, so no call is ever asked for a code",
            "Put Gosub(callmark-ACCOUNT,s,1(${EXTEN})) before Dial",
        )
    features = ConfFile(etc / "features.conf", etc)
    if not _our_star_codes(features):
        yield Finding(
            str(features.path),
            f"no star code of {FEATURES_FILE} is in [applicationmap], so it does nothing",
            f'Add the line #include "callmark/{FEATURES_FILE}" at the end',
        )


def written_before(etc: Path) -> Iterator[Finding]:
    """Whether our dialplan is of an older version: it works, and costs more."""
    asks = [
        one
        for one in ConfFile(etc / "extensions.conf", etc).settings()
        if one.path.name == EXTENSIONS_FILE and "/gate?" in one.value
    ]
    if asks and not any(f"dialplan={DIALPLAN}&" in one.value for one in asks):
        yield Finding(
            str(asks[0].path),
            "it was written by an older Callmark: calls work, and each costs the switch and the "
            "gate more than it needs to",
            "Run 'callmark asterisk config' anew (on FreePBX with --freepbx), then "
            "'dialplan reload'",
        )


def _included_in_freepbx(etc: Path) -> Iterator[Finding]:
    """Whether each file of ours is read, and FreePBX looks where they are."""
    dialplan = ConfFile(etc / "extensions.conf", etc)
    read = {path.name for path in dialplan.files}
    read |= {path.name for path in ConfFile(etc / "features.conf", etc).files}
    read |= {path.name for path in ConfFile(etc / "pjsip.conf", etc).files}
    do = "Run 'callmark asterisk config --freepbx', which says the line to add"
    for ours, theirs in PLACES.items():
        if ours not in read:
            what = f"{ours} is not included, so {_WITHOUT[ours]}"
            yield Finding(str(etc / theirs), what, do)
    if PLACES.keys() <= read and EXTENSIONS_FILE not in read:
        yield Finding(
            str(etc / "callmark"),
            f"{EXTENSIONS_FILE} is not there, so every call goes on without being asked",
            "Run 'callmark asterisk config --freepbx' anew",
        )
    if not includes_custom_contexts(etc):
        yield Finding(
            str(etc / GENERATED),
            "outbound-allroutes does not include outbound-allroutes-custom, so no call is ever "
            "asked for a code",
            "Turn off 'Disable -custom Context Includes' in FreePBX's Advanced Settings",
        )
    yield from _routes_in_freepbx(etc, dialplan)


def _routes_in_freepbx(etc: Path, dialplan: ConfFile) -> Iterator[Finding]:
    """Outbound routes that a call reaches without the hook."""
    hooked = {
        one.value.partition(",")[0]
        for section in dialplan.named("outbound-allroutes-custom")
        for one in section.settings
        if OUTSIDE in one.value
    }
    system = read_freepbx(etc)
    for pattern in system.odd_routes if system and hooked else ():
        if pattern not in hooked:
            yield Finding(
                str(etc / GENERATED),
                f"the outbound route for {pattern} is newer than Callmark's files, so its calls "
                "are not asked for a code",
                "Run 'callmark asterisk config --freepbx' anew",
            )
    for context in routes_past_the_hook(etc):
        yield Finding(
            str(dialplan.path),
            f"[{context}] includes an outbound route itself, past outbound-allroutes, so its calls "
            "are not asked for a code",
            "Include outbound-allroutes there, or "
            f"'exten => _[+0-9]!,1,Gosub({OUTSIDE},s,1)' in a context before the route",
        )


_WITHOUT = dict(
    zip(
        PLACES,
        (
            "no call is ever asked for a code",
            "the star code does nothing",
            "a phone that is called has no star code, and the far end hears its digits",
        ),
        strict=True,
    )
)


def dials(etc: Path) -> Iterator[Finding]:
    """Every Dial of what a phone sent, where that may be anything at all."""
    not_theirs = {EXTENSIONS_FILE}
    if is_freepbx(etc):
        # Its own dialplan dials what our hook has handed back to it, in the place of what was sent.
        not_theirs |= {GENERATED, "extensions.conf"}
    for section in ConfFile(etc / "extensions.conf", etc).sections:
        pattern = ""
        for one in section.settings:
            if one.name == "exten":
                pattern = one.value.partition(",")[0].strip()
            takes_anything = pattern.startswith("_") and pattern.endswith((".", "!"))
            if one.path.name not in not_theirs and takes_anything and _dials_raw(one.value):
                yield Finding(
                    f"{one.path}:{one.line}",
                    f"[{section.name}] dials ${{EXTEN}} under {pattern}: what a phone puts into it "
                    "('&', a comma) calls more than was judged",
                    "Dial ${CALLMARK_NUMBER}, which the Gosub hands back",
                )


def star_codes(etc: Path) -> Iterator[Finding]:
    """Feature codes of the operator that fire before a star code of ours is complete."""
    features = ConfFile(etc / "features.conf", etc)
    for name, ours in _our_star_codes(features).items():
        for one, code in _other_codes(features, etc):
            if ours.startswith(code):
                yield Finding(
                    f"{one.path}:{one.line}" if one else str(features.path),
                    f"the feature code {code} fires first when somebody dials {ours}, the star "
                    f"code of {name}",
                    "Give one of the two another code",
                )


def _own(dialplan: ConfFile) -> Iterator[Setting]:
    return (one for one in dialplan.settings() if one.path.name != EXTENSIONS_FILE)


def _dials_raw(value: str) -> bool:
    found = _DIAL.search(value)
    return bool(found and _RAW.search(_FILTERED.sub("", found["arguments"])))


def _our_star_codes(features: ConfFile) -> dict[str, str]:
    # FreePBX includes a file of the customer's inside [applicationmap]: the lines count.
    return {
        one.name: one.value.partition(",")[0].strip()
        for section in features.named("applicationmap")
        for one in section.settings
        if "Gosub(callmark" in one.value
    }


def _other_codes(features: ConfFile, etc: Path) -> Iterator[tuple[Setting | None, str]]:
    disconnects = False
    for section in _sections(features, "featuremap", "applicationmap"):
        for one in section.settings:
            code = one.value.partition(",")[0].strip()
            if code and "Gosub(callmark" not in one.value:
                yield one, code
            disconnects = disconnects or one.name == "disconnect"
    if not disconnects and _somebody_may_hang_up_by_key(etc):
        yield None, _DISCONNECT_DEFAULT


def _sections(conf: ConfFile, *names: str) -> Iterator[Section]:
    return (section for section in conf.sections if section.name in names)


def _somebody_may_hang_up_by_key(etc: Path) -> bool:
    """Whether a Dial has option h or H; only then the feature ``disconnect`` is in force."""
    for one in _own(ConfFile(etc / "extensions.conf", etc)):
        if found := _DIAL.search(one.value):
            parts = _PARENTHESES.sub("", found["arguments"]).split(",")
            if len(parts) > 2 and set("hH") & set(re.sub(r"\$\{[^{}]*\}", "", parts[2])):
                return True
    return False
