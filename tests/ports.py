"""Ports for one process of tests: the workers of a run, and runs of several people, do not meet.

They are below those that Linux gives away by itself (32768 to 60999): what is free now stays free.
"""

import random
import socket
from itertools import count

from callmark.ops.probe_places import NEXT_GATE, PORTS

_EACH = 1200
_FIRST, _PLACES = 10_000, 18
_SERVERS = 390


def _take_a_place() -> tuple[int, socket.socket]:
    """The first port of those that are our own, and its last, which says so to others."""
    for number in random.sample(range(_PLACES), _PLACES):
        start = _FIRST + _EACH * number
        sign = socket.socket()
        try:
            sign.bind(("127.0.0.1", start + _EACH - 1))
        except OSError:
            sign.close()
        else:
            return start, sign
    raise AssertionError(f"{_PLACES} processes of tests use all ports from {_FIRST} on")


_START, _sign = _take_a_place()
_next = count()

RTP = (_START + 400, _START + 800)
"""Where the media ports of the two switches begin; each has 400."""


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port nobody on this machine listens on, and that is not asked for twice."""
    return _free_in_a_row(1, kind)


def gate_ports(processes: int = 1) -> dict[str, str]:
    """Ports of a gate, as its environment names them: the relay's is the gate's next one."""
    first = _free_in_a_row(2 + len(PORTS) + NEXT_GATE * (processes - 1), socket.SOCK_STREAM)
    return {"CALLMARK_AGI_PORT": str(first), "CALLMARK_HEALTH_PORT": str(first + 2)}


def _free_in_a_row(wanted: int, kind: socket.SocketKind) -> int:
    """The first of so many ports."""
    row: list[int] = []
    for number in _next:
        assert number < _SERVERS, "all ports of this process are taken"
        row = [*row, _START + number] if _is_free(_START + number, kind) else []
        if len(row) == wanted:
            return row[0]
    raise AssertionError


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
