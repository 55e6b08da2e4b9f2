"""A running Asterisk, asked by its own command line: is what was written loaded, and let in?

Whether it reaches the gate is asked by a call from the switch to itself: a context that is there
for seconds runs AGI as the dialplan does, and what became of it is read from the channel. Nobody's
phone rings, no trunk is used, and the gate keeps no record of it.
"""

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from secrets import token_hex

from callmark.policy.values import value_class
from callmark.switches.alone.findings import Finding
from callmark.switches.asterisk.dialplan.agi import Agi
from callmark.switches.asterisk.protocol import GATES_TIME
from callmark.switches.asterisk.written import Written

CONSOLE = ("asterisk",)
CONSOLE_SECONDS = 10.0
CALL_SECONDS = 12.0
"""Longer than the relay waits for a gate that says nothing."""

MOST_OFFSET = 2.0
"""Seconds between two clocks from which on calls are told in the wrong order."""

_CONTEXT = "callmark-doctor-"
_WAIT = 20
_STATUS = "CALLMARK_DOCTOR"
_LOG_CHANNEL = re.compile(r"^(\S+)\s+(?:File|Console|Syslog)\b.*?-\s(?P<levels>.*)$", re.IGNORECASE)


class NotRunning(Exception):
    """No Asterisk answers; the text says why."""


@value_class
class Console:
    """``asterisk -rx``; ``command`` is all that stands before that."""

    command: tuple[str, ...] = CONSOLE

    def run(self, line: str) -> str:
        """What the switch answers. Raises :class:`NotRunning`."""
        try:
            done = subprocess.run(
                [*self.command, "-rx", line],
                capture_output=True,
                text=True,
                timeout=CONSOLE_SECONDS,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except FileNotFoundError:
            raise NotRunning("there is no program 'asterisk' here") from None
        except (subprocess.TimeoutExpired, OSError) as problem:
            raise NotRunning(f"its console does not answer ({type(problem).__name__})") from None
        if done.returncode != 0 or "Unable to connect" in done.stdout + done.stderr:
            raise NotRunning(
                "it does not run, or only another user may ask it (try as root or as asterisk)"
            )
        return done.stdout


def logs_digits(console: Console) -> Iterator[Finding]:
    """Logs that take digits now, whatever the files say."""
    for line in console.run("logger show channels").splitlines():
        found = _LOG_CHANNEL.match(line.strip())
        levels = set(found["levels"].split()) & {"DTMF", "DEBUG"} if found else set()
        if found and levels:
            yield Finding(
                found[1],
                f"the running switch logs {' and '.join(sorted(levels))} there, with every digit "
                "that callers type",
                "Take the level out of logger.conf and run 'logger reload'",
                leak=True,
            )
    settings = console.run("core show settings")
    if found := re.search(r"Debug level:\s*([1-9]\d*)", settings):
        yield Finding(
            "core set debug",
            f"the running switch has the debug level {found[1]}",
            "Run 'core set debug 0'",
            leak=True,
        )


def not_loaded(console: Console, written: Written) -> Iterator[Finding]:
    """Accounts whose context stands in the file and not in the running dialplan."""
    for account in written.accounts:
        if "no existence of" in console.run(f"dialplan show callmark-{account}"):
            yield Finding(
                str(written.path),
                f"the running dialplan has no context callmark-{account}",
                "Run 'dialplan reload'; its output says what it cannot read",
            )


def reaches_gate(
    console: Console, asks: Agi, listens: Callable[[str], bool], now: Callable[[], float]
) -> Iterator[Finding]:
    """Let the switch ask relay and gate. ``listens``: whether an address takes connections."""
    for name, url in {"the gate": asks.gate_url, "the relay": asks.relay_url}.items():
        status, gates_time, asked_at = _call(console, f"{url}/doctor?switch={asks.switch}", now)
        if gates_time is None:
            yield _not_reached(name, url, status, listens)
        elif abs(gates_time - asked_at) > MOST_OFFSET:
            yield Finding(
                url,
                f"its clock and the switch's differ by {abs(gates_time - asked_at):.0f} s, so "
                "calls and their ends do not belong together",
                "Let both machines take their time from the same place (chrony, systemd-timesyncd)",
            )


def _not_reached(name: str, url: str, status: str, listens: Callable[[str], bool]) -> Finding:
    if not status:
        what = f"the switch's own call to {name} came to nothing"
        do = "Run 'module load res_clioriginate.so' and 'module load res_agi.so' and try again"
    elif listens(url):
        what = f"Asterisk reaches something there and gets no answer as from {name} ({status})"
        do = (
            "See the gate's log: another secret (CALLMARK_AGI_SECRET, callmark_secret.conf), a "
            "network that CALLMARK_AGI_ALLOW leaves out, an older version, or another program on "
            "that port"
        )
    else:
        what = f"Asterisk cannot reach {name} there ({status}): calls follow the fail policy"
        do = f"Start {name}, or write its address with 'callmark asterisk config --agi --relay'"
    return Finding(url, what, do)


def _call(
    console: Console, address: str, now: Callable[[], float]
) -> tuple[str, float | None, float]:
    """AGI's status in the switch's words, the gate's time, and that of the switch when it asked."""
    context = f"{_CONTEXT}{token_hex(4)}"
    steps = (
        "Set(CDR_PROP(disable)=1)",
        f"AGI({address})",
        f"Set({_STATUS}=${{AGISTATUS}}/${{STRFTIME(,,%s.%3q)}})",
        f"Wait({_WAIT})",
    )
    try:
        for number, step in enumerate(steps, 1):
            console.run(f"dialplan add extension s,{number},{step} into {context}")
        said = console.run(f"channel originate Local/s@{context} application Wait {_WAIT}")
        if "No such command" in said:
            return "", None, 0.0
        return _outcome(console, context, now)
    finally:
        with suppress(NotRunning):
            for channel in _channels(console, context):
                console.run(f"channel request hangup {channel}")
            console.run(f"dialplan remove context {context}")


def _outcome(
    console: Console, context: str, now: Callable[[], float]
) -> tuple[str, float | None, float]:
    give_up_at = now() + CALL_SECONDS
    while now() < give_up_at:
        for channel in _channels(console, context):
            shown = console.run(f"core show channel {channel}")
            if found := re.search(rf"^{_STATUS}=(\w*)/([\d.]+)$", shown, re.MULTILINE):
                gates = re.search(rf"^{GATES_TIME}=([\d.]+)$", shown, re.MULTILINE)
                return found[1] or "none", float(gates[1]) if gates else None, float(found[2])
        time.sleep(0.1)
    return "", None, 0.0


def _channels(console: Console, context: str) -> list[str]:
    lines = console.run("core show channels concise").splitlines()
    return [line.partition("!")[0] for line in lines if f"@{context}-" in line.partition("!")[0]]
