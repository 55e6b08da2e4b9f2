"""``python -m bench.load``: cost of a call, knee, overload and edits, as tables in markdown.

Everything in one run, in turns; needs root, sipp and the tests' Asterisk. What is measured is where
``docs/benchmarks-calls.md`` says what it came to.
"""

import argparse
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.load.rig import OURS, WAYS, Rig, Told, Way

PLAIN, PROMPT, PINS, HASHED, GATED, FREE = WAYS.values()
LADDER = {PLAIN: 200.0, PINS: 60.0, FREE: 60.0, GATED: 40.0}
"""Where the search for a way's knee begins, in calls a second."""


def main() -> None:
    """Start the rig, measure, print."""
    options = _options()
    rig = Rig(options.codes, options.keep)
    try:
        rig.start()
        _say(f"## A call's cost and what is left beyond the knee\n\n{_machine(options)}\n")
        _say(
            f"The gate was ready {rig.ready_after:.1f} s after its start with "
            f"{2 * options.codes:,} codes; its heartbeat paused for {rig.longest_pause:.2f} s at "
            "most meanwhile (it is killed after 2 s).\n"
        )
        if options.only_start:
            return
        if options.only_overload:
            rig.calls(GATED, options.rate, 1.0)  # Warms up; not counted.
            for rate in options.only_overload:
                _overload(rig, rate, options)
            return
        costs = _costs(rig, options)
        knees = _knees(rig, options) if options.steps else {}
        _print_costs(costs, knees)
        rate = options.rate if not knees else max(options.rate, knees[GATED] / 2)
        _edits(rig, rate, options.seconds * 2)
        _overload(rig, options.overload or 1.5 * knees.get(GATED, options.rate), options)
    finally:
        rig.stop()


def _options() -> argparse.Namespace:
    told = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    told.add_argument("--codes", type=int, default=100_000, help="of each of the two accounts")
    told.add_argument("--keep", type=Path, help="a folder for the database, for the next run")
    told.add_argument("--rate", type=float, default=40.0, help="calls a second, for the cost")
    told.add_argument("--seconds", type=float, default=4.0, help="of each run")
    told.add_argument("--rounds", type=int, default=3)
    told.add_argument("--steps", type=int, default=7, help="at most, in the search for a knee")
    told.add_argument("--scale", type=float, default=1.0, help="of where that search begins")
    told.add_argument("--overload", type=float, default=0.0, help="calls a second instead")
    told.add_argument("--only-overload", type=float, nargs="+", help="at these calls a second")
    told.add_argument("--only-start", action="store_true", help="how soon the gate is ready")
    return told.parse_args()


def _costs(rig: Rig, options: argparse.Namespace) -> dict[Way, list[Told]]:
    """Every way in turns, at a rate that all of them bear; the hashed one bears little."""
    rounds: dict[Way, list[Told]] = {way: [] for way in WAYS.values()}
    rig.calls(GATED, options.rate, 1.0)  # Warms up; not counted.
    for _ in range(options.rounds):
        for way, told in rounds.items():
            rate = min(options.rate, 5.0) if way is HASHED else options.rate
            told.append(rig.calls(way, rate, options.seconds))
            _progress(way, rate, told[-1])
    return rounds


def _knees(rig: Rig, options: argparse.Namespace) -> dict[Way, float]:
    """The last clean rate of each way: all take their steps in turns."""
    clean = dict.fromkeys(LADDER, 0.0)
    rates = {way: rate * options.scale for way, rate in LADDER.items()}
    for _ in range(options.steps):
        for way, rate in list(rates.items()):
            told = rig.calls(way, rate, options.seconds, wait=False)
            _progress(way, rate, told)
            if _is_clean(told):
                clean[way], rates[way] = rate, rate * 1.25
            else:
                del rates[way]
    return clean


def _is_clean(told: Told) -> bool:
    """99 in 100 reached the carrier, and 99 in 100 of those within a tenth of a second."""
    enough = len(told.reached) >= 0.99 * len(told.placed)
    return enough and _percentile(told.waits, 0.99) <= 0.1


def _print_costs(costs: dict[Way, list[Told]], knees: dict[Way, float]) -> None:
    idle = {
        name: statistics.median(told.cpu[name] / told.seconds for told in costs[PLAIN])
        for name in OURS
    }
    base = statistics.median(_switch(told) for told in costs[PROMPT])
    _say(
        "| | switch, CPU ms | gate + relay + drain, CPU ms | last digit to INVITE p50, ms "
        "| p99, ms | last clean rate |"
    )
    _say("|---|---|---|---|---|---|")
    for way, rounds in costs.items():
        ours = [sum(_ours(told, idle).values()) for told in rounds] if way.letter == "g" else []
        knee = f"{knees[way]:.0f}" if way in knees else "-"
        cells = (
            way.name,
            _spread([_switch(told) for told in rounds]),
            _spread(ours) if ours else "-",
            _spread([1000 * _percentile(told.waits, 0.5) for told in rounds]),
            _spread([1000 * _percentile(told.waits, 0.99) for told in rounds]),
            knee,
        )
        _say(f"| {' | '.join(cells)} |")
    gated = costs[GATED]
    parts = {name: statistics.median(_ours(told, idle)[name] for told in gated) for name in OURS}
    over = statistics.median(_switch(told) for told in gated) - base
    _say(f"\nGated over *prompt + 6 digits, no check*: switch {over:+.1f} ms. Ours, gated: ")
    _say(", ".join(f"{name} {spent:.1f} ms" for name, spent in parts.items()) + "; ")
    _say("less what they use when idle, a second: ")
    _say(", ".join(f"{name} {1000 * spent:.0f} ms" for name, spent in idle.items()) + ".\n")


def _edits(rig: Rig, rate: float, seconds: float) -> None:
    """The same calls, while nobody edits and while another account is edited once a second."""
    waits: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(2):
        for edited, found in waits.items():
            with rig.beside("edit", f"{seconds}") if edited else rig.beside():
                found.extend(rig.calls(GATED, rate, seconds, wait=False).waits)
    quiet, busy = (1000 * _percentile(sorted(found), 0.99) for found in waits.values())
    _say(
        f"At {rate:.0f} gated calls a second, last digit to INVITE p99: {quiet:.1f} ms while "
        f"nobody edits, {busy:.1f} ms while the other account is edited once a second "
        f"({busy / quiet:.1f} times)."
    )
    force = [float(word) for word in rig.office("force", f"{rig.agi_port}").split()]
    _say(f"An edit was in force after {_spread(force, 2)} s ({len(force)} edits).\n")


def _overload(rig: Rig, rate: float, options: argparse.Namespace) -> None:
    seconds = max(6.0, options.seconds * 3)
    told = rig.calls(GATED, rate, seconds, refused_each=10)
    goodput = told.goodput(seconds / 4, seconds)
    # The refusal itself, or the early media in which it is spoken.
    shed = sorted(
        told.heard.get(one, refused) - told.placed[one] for one, refused in told.refused.items()
    )
    _say(
        f"Overload: {rate:.0f} gated calls a second for {seconds:.0f} s, "
        f"{len(told.placed)} calls.\n"
    )
    _say("| | |")
    _say("|---|---|")
    _say(f"| reached the trunk by their code, a second | {goodput:.0f} |")
    _say(f"| share of the rate before (two thirds of this) | {goodput / (rate / 1.5):.0%} |")
    _say(f"| given back to the fail policy | {len(shed)} |")
    alone = sorted(told.alone.values())
    for what, after in (("...", shed), ("refused by the switch in its first step", alone)):
        if after:
            p50, p99 = (1000 * _percentile(after, one) for one in (0.5, 0.99))
            within = sum(one <= 0.05 for one in after) / len(after)
            said = f"{p50:.0f} / {p99:.0f}; {within:.0%}"
            _say(f"| {what} after p50 / p99, ms; within 50 ms | {said} |")
    lost = len(told.placed) - len(told.reached) - len(told.refused)
    _say(f"| neither (wrong entries, time-outs) | {lost} |")
    _say(f"| last digit to INVITE p50 / p99, ms | {_both(told)} |")
    _say(f"| entries refused as locked out | {_locked_out(rig)} |\n")


def _both(told: Told) -> str:
    return " / ".join(f"{1000 * _percentile(told.waits, one):.0f}" for one in (0.5, 0.99))


def _locked_out(rig: Rig) -> int:
    path = rig.folder / "data" / "callmark.sqlite3"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        query = "select count(*) from calls_callattempt where result = 'locked_out'"
        count: int = database.execute(query).fetchone()[0]
    database.close()
    return count


def _switch(told: Told) -> float:
    return 1000 * told.cpu["switch"] / len(told.placed)


def _ours(told: Told, idle: dict[str, float]) -> dict[str, float]:
    return {
        name: max(0.0, 1000 * (told.cpu[name] - idle[name] * told.seconds) / len(told.placed))
        for name in OURS
    }


def _percentile(values: Sequence[float], part: float) -> float:
    return values[min(len(values) - 1, int(len(values) * part))] if values else float("inf")


def _spread(values: Sequence[float], places: int = 1) -> str:
    """Median and range."""
    middle = statistics.median(values)
    return f"{middle:.{places}f} ({min(values):.{places}f} to {max(values):.{places}f})"


def _progress(way: Way, rate: float, told: Told) -> None:
    sys.stderr.write(
        f"{time.strftime('%T')} {way.name}: {rate:.0f}/s, {len(told.placed)} placed, "
        f"{len(told.reached)} reached, p99 {1000 * _percentile(told.waits, 0.99):.1f} ms, "
        f"switch {_switch(told):.1f} ms\n"
    )


def _machine(options: argparse.Namespace) -> str:
    cpu = Path("/proc/cpuinfo").read_text().partition("model name")[2].split("\n")[0].strip(" \t:")
    load = os.getloadavg()[0]
    try:
        switch = subprocess.run(
            ["sipp", "-v"], capture_output=True, text=True, check=False
        ).stdout.split()[1]
    except IndexError:
        switch = "sipp"
    return (
        f"{time.strftime('%d %B %Y')}, {os.cpu_count()} cores of {cpu}, load {load:.1f} at the "
        f"start, Python {platform.python_version()}, SQLite, Asterisk 22 and sipp "
        f"{switch.strip(',')} on the same cores; {options.codes:,} codes an account, two "
        f"accounts, {options.rounds} rounds in turns of {options.seconds:.0f} s at "
        f"{options.rate:.0f} calls a second (hashed PINs 5); median and range."
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
