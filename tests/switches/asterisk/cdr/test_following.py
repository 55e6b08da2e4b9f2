"""Following a live file: over rotation, over being killed, each row once."""

import gzip
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmark.switches.asterisk.cdr.follower import AlreadyFollowed, Follower
from callmark.switches.asterisk.cdr.journal import Journal
from tests.examples import examples

from .lines import line

Texts = Iterator[str]


@pytest.fixture
def live(tmp_path: Path) -> Path:
    return tmp_path / "Master.csv"


@pytest.fixture
def texts() -> Texts:
    return (line(number, far=f"PJSIP/carrier-{number:08x}") for number in itertools.count())


def write(path: Path, texts: Texts, count: int) -> None:
    with path.open("a") as file:
        file.writelines(itertools.islice(texts, count))


def look(live: Path) -> tuple[int, bool]:
    """A follower that is started, looks once and ends: new rows, and whether some may be lost."""
    follower = Follower(live, live.parent / "place" / "cdr.sqlite3")
    try:
        progress = follower.read_new()
        return progress.rows, progress.lost
    finally:
        follower.close()


def known(live: Path) -> list[str]:
    journal = Journal(live.parent / "place" / "cdr.sqlite3")
    try:
        calls, _ = journal.pending_calls(100_000)
        return calls
    finally:
        journal.close()


def test_each_row_is_new_once(live: Path, texts: Texts) -> None:
    assert look(live) == (0, False)
    write(live, texts, 3)
    assert look(live) == (3, False)
    assert look(live) == (0, False)
    write(live, texts, 2)
    assert look(live) == (2, False)


def test_half_a_line_waits_for_its_other_half(live: Path, texts: Texts) -> None:
    text = next(texts)
    live.write_text(text[:80])
    assert look(live) == (0, False)
    with live.open("a") as file:
        file.write(text[80:])
    assert look(live) == (1, False)


def test_renamed_and_made_anew(live: Path, texts: Texts) -> None:
    write(live, texts, 3)
    look(live)
    write(live, texts, 4)
    live.rename(live.with_name("Master.csv.1"))
    write(live, texts, 2)
    assert look(live) == (6, False)


def test_copied_and_truncated(live: Path, texts: Texts) -> None:
    write(live, texts, 3)
    look(live)
    write(live, texts, 4)
    shutil.copy(live, live.with_name("Master.csv-20261123"))
    live.write_text("")
    assert look(live) == (4, False)
    write(live, texts, 30)
    assert look(live) == (30, False)


def test_truncated_and_longer_than_before_when_looked_at(live: Path, texts: Texts) -> None:
    write(live, texts, 3)
    look(live)
    shutil.copy(live, live.with_name("Master.csv.1"))
    live.write_text("")
    write(live, texts, 300)
    assert look(live) == (300, False)


def test_rotated_several_times_while_nobody_looked(live: Path, texts: Texts) -> None:
    write(live, texts, 3)
    look(live)
    write(live, texts, 1)
    with gzip.open(live.with_name("Master.csv.3.gz"), "wb") as packed:
        packed.write(live.read_bytes())
    live.unlink()
    for name in ("Master.csv.2", "Master.csv.1", "Master.csv"):
        write(live.with_name(name), texts, 10)
    assert look(live) == (31, False)
    assert known(live) == [f"pbx-1.{number}" for number in range(34)]


def test_a_file_that_is_gone_is_said(live: Path, texts: Texts) -> None:
    write(live, texts, 3)
    look(live)
    live.unlink()
    write(live, texts, 2)
    assert look(live) == (2, True)
    assert look(live) == (0, False)


def test_two_cannot_follow_one_file(live: Path) -> None:
    first = Follower(live, live.parent / "place" / "cdr.sqlite3")
    with pytest.raises(AlreadyFollowed):
        Follower(live, live.parent / "place" / "cdr.sqlite3")
    first.close()
    assert look(live) == (0, False)


def test_only_its_owner_can_read_the_journal(live: Path) -> None:
    look(live)
    modes = {path.stat().st_mode & 0o77 for path in (live.parent / "place").iterdir()}
    assert modes == {0}


def test_rows_that_are_settled_are_not_pending_again(live: Path, texts: Texts) -> None:
    write(live, texts, 5)
    look(live)
    journal = Journal(live.parent / "place" / "cdr.sqlite3")
    calls, until = journal.pending_calls(3)
    assert calls == ["pbx-1.0", "pbx-1.1", "pbx-1.2"]
    journal.close()  # killed before it was done: they come again
    assert len(known(live)) == 5
    journal = Journal(live.parent / "place" / "cdr.sqlite3")
    journal.settle(until)
    journal.close()
    assert known(live) == ["pbx-1.3", "pbx-1.4"]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(1, 5)),
        st.tuples(st.just("part"), st.integers(1, 300)),
        st.tuples(st.sampled_from(["rename", "copytruncate", "look"]), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=examples(30))
@given(STEPS)
def test_whatever_happens_to_the_file_each_row_comes_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    live = tmp_path_factory.mktemp("cdr") / "Master.csv"
    texts = (line(number) for number in itertools.count())
    write(live, texts, 1)
    written, rotations, rest = 1, 0, ""
    rows, _ = look(live)
    for step, number in [*steps, ("write", 1), ("look", 0)]:
        if step in {"write", "part"} and rest:
            with live.open("a") as file:
                file.write(rest)
            rest = ""
        if step == "write":
            write(live, texts, number)
            written += number
        elif step == "part":
            text = next(texts)
            written += 1
            rest = text[number:]
            with live.open("a") as file:
                file.write(text[:number])
        elif step == "look":
            new, lost = look(live)
            rows += new
            assert not lost
        elif live.exists() and not rest:
            rotations += 1
            old = live.with_name(f"Master.csv.{1000 - rotations}")
            if step == "rename":
                live.rename(old)
            else:
                shutil.copy2(live, old)
                live.write_text("")
    assert rows == written
    assert known(live) == [f"pbx-1.{number}" for number in range(written)]
