"""A gate shows that it lives; one who watches it and does not look must not hold up calls."""

import asyncio
import os
import socket
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from callmark.ops import heartbeat
from callmark.ops.heartbeat import HEARTBEAT_VARIABLE, READY, beat

ROUNDS = 50


def test_nobody_who_does_not_read_stops_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    with suppress(BlockingIOError):
        while True:
            os.write(write_end, b"." * 65_536)
    os.set_blocking(write_end, True)
    # systemd's end: a socket whose queue is full, and later none at all.
    there = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    there.bind(str(tmp_path / "notify"))
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv(HEARTBEAT_VARIABLE, str(write_end))
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 0.0)
    rounds = count()
    enough = asyncio.Event()

    def is_ready() -> bool:
        if next(rounds) == ROUNDS:
            there.close()
            (tmp_path / "notify").unlink()
        if next(rounds) > 2 * ROUNDS:
            enough.set()
        return True

    async def go_on() -> None:
        beating = asyncio.create_task(beat(is_ready))
        await asyncio.wait_for(enough.wait(), 30)
        os.set_blocking(read_end, False)
        with suppress(BlockingIOError):
            while os.read(read_end, 1_000_000):
                pass
        # Once somebody reads again, it is heard again.
        enough.clear()
        await asyncio.wait_for(enough.wait(), 30)
        assert not beating.done()
        beating.cancel()

    asyncio.run(go_on())
    assert READY in os.read(read_end, 4096)
    os.close(read_end)
    os.close(write_end)
