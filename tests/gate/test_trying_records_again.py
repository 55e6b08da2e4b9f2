"""What is set aside is tried again while a gate works; nothing is lost by it."""

from pathlib import Path

import pytest

from callmark.calls.records import to_line
from callmark.gate.set_aside import (
    ReplayUnderWay,
    count_set_aside,
    replay_set_aside,
    what_is_set_aside,
)
from callmark.gate.spool import SpoolDrain
from tests.gate.test_the_spool_loses_nothing import Stored, append_all, record


def test_a_line_that_a_gate_sets_aside_during_a_replay_is_kept(tmp_path: Path) -> None:
    append_all(tmp_path, [])
    (tmp_path / "000000000001.jsonl").write_bytes(b"no record\n" + to_line(record(1)))
    gate = SpoolDrain(tmp_path, Stored())
    gate.drain()
    before = what_is_set_aside(tmp_path)
    assert before.count == 1
    assert before.since is not None

    def meanwhile(lines: list[bytes]) -> int:
        gate.store_lines([b"another that is none\n"])
        return len(lines)

    assert replay_set_aside(tmp_path, meanwhile) == (1, 1)
    assert what_is_set_aside(tmp_path) == before


def test_a_replay_that_is_cut_short_leaves_everything_set_aside(tmp_path: Path) -> None:
    gate = SpoolDrain(tmp_path, Stored())
    gate.store_lines([b"no record\n"])

    def down(lines: list[bytes]) -> int:
        raise ConnectionError("the database is down")

    with pytest.raises(ConnectionError):
        replay_set_aside(tmp_path, down)
    gate.store_lines([b"one more\n"])
    assert count_set_aside(tmp_path) == 2
    assert replay_set_aside(tmp_path, len) == (2, 0)
    assert what_is_set_aside(tmp_path).since is None


def test_two_replays_at_once_do_not_mix(tmp_path: Path) -> None:
    SpoolDrain(tmp_path, Stored()).store_lines([b"no record\n"])

    def again(lines: list[bytes]) -> int:
        with pytest.raises(ReplayUnderWay):
            replay_set_aside(tmp_path, again)
        return len(lines)

    assert replay_set_aside(tmp_path, again) == (1, 0)
