"""Where each process beside the portal tells that it is well: see :mod:`callmark.ops.probes`."""

import sys
from collections.abc import Mapping

from callmark.gate.share import MOST_PROCESSES

PORTS = {"gate": 0, "drain": 1, "jobs": 2, "relay": 3, "cdr": 4}
"""What each process adds to ``CALLMARK_HEALTH_PORT``."""


NEXT_GATE = 10
"""What each further gate process adds to the one before."""


def place_of_gate(place: tuple[str, int] | None, process: int) -> tuple[str, int] | None:
    """Where one of several gate processes answers, from 1; ``place`` is the first one's."""
    return place and (place[0], place[1] + NEXT_GATE * (process - 1))


def probe_place(process: str, environment: Mapping[str, str]) -> tuple[str, int] | None:
    """Where a process answers, by the environment; None where it is turned off by port 0.

    Raises ``ValueError`` where the variables hold something other than a number.
    """
    agi = int(environment.get("CALLMARK_AGI_PORT") or 4583)
    first = int(environment.get("CALLMARK_HEALTH_PORT") or agi + 10)
    if first == 0:
        return None
    return environment.get("CALLMARK_HEALTH_HOST", "127.0.0.1"), first + PORTS[process]


def probes_from(
    environment: Mapping[str, str],
) -> tuple[int, dict[str, tuple[str, int] | None], str]:
    """How many gate processes there are; where each process answers (the first gate); the token.

    Ends the process for what is wrong.
    """
    gates = environment.get("CALLMARK_GATE_PROCESSES") or "1"
    if not (gates.isascii() and gates.isdigit() and 1 <= int(gates) <= MOST_PROCESSES):
        sys.exit(f"CALLMARK_GATE_PROCESSES must be a whole number from 1 to {MOST_PROCESSES}.")
    try:
        places = {process: probe_place(process, environment) for process in PORTS}
    except ValueError:
        sys.exit("CALLMARK_HEALTH_PORT must be a whole number; 0: none.")
    token = environment.get("CALLMARK_METRICS_TOKEN", "")
    if token and len(token) < 16:
        sys.exit("CALLMARK_METRICS_TOKEN is too short: use 16 random characters or more.")
    return int(gates), places, token
