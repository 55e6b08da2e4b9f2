"""``import-cdr`` and ``follow-cdr`` as processes of their own, also when they are killed."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from callmark.ops.supervisor import web_and_gate
from tests.installations import copied

from .lines import columns, line


class Installation:
    """A data folder with the demo accounts, and a CDR file that the switch writes."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "Master.csv"
        self._data = folder / "data"
        self.environment = os.environ | {
            "CALLMARK_DATA_DIR": str(self._data),
            "CALLMARK_DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "callmark.settings",
        }

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "callmark", *arguments],
            env=self.environment | more,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def follow(self) -> subprocess.Popen[bytes]:
        """As ``callmark run`` starts it."""
        (child,) = (
            one for one in web_and_gate("", 0, follow_cdr_of=("asterisk",)) if "CDR" in one.name
        )
        environment = self.environment | {"CALLMARK_CDR_FILE": str(self.file)}
        return subprocess.Popen(child.command, env=environment, stderr=subprocess.PIPE)

    def write(self, first: int, count: int) -> None:
        """Calls that the switch let through while the gate was down."""
        mark = "callmark:connected_while_down:demo:12125550100:demo-101"
        with self.file.open("a") as file:
            file.writelines(
                line(f"c{number}", field=mark, far=f"PJSIP/carrier-{number:08x}")
                for number in range(first, first + count)
            )

    def has_more_than(self, count: int) -> bool:
        return len(self.calls()) > count

    def calls(self) -> list[str]:
        query = "select switch_call_id from calls_call where switch_call_id like 'pbx-1.c%'"
        with closing(sqlite3.connect(self._data / "callmark.sqlite3", timeout=20)) as database:
            return [row[0] for row in database.execute(query)]


@pytest.fixture
def installation(with_demo: Path, tmp_path: Path) -> Installation:
    copied(with_demo, tmp_path / "data")
    return Installation(tmp_path)


def until(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + 240
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)


def test_import_says_what_it_did_and_what_it_skipped(installation: Installation) -> None:
    installation.write(0, 3)
    with installation.file.open("a") as file:
        file.write("\n" + columns(line(9), 16) + line(10)[:90])

    done = installation.run("asterisk", "import-cdr", str(installation.file))

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "skipped line 4: it is empty",
        "skipped line 5: it has no unique id or no userfield: set loguniqueid, loguserfield, "
        "newcdrcolumns and usegmtime to yes under [csv] in cdr.conf",
        "the last line has no end yet: left for the next time",
        "0 records completed, 3 calls added, 0 corrected",
    ]


@pytest.mark.parametrize("text", [None, "a,b,c\n", columns(line(1), 16)])
def test_a_file_of_which_nothing_fits_is_an_error(
    installation: Installation, text: str | None
) -> None:
    if text:
        installation.file.write_text(text)

    done = installation.run("asterisk", "import-cdr", str(installation.file))

    assert done.returncode == 2
    assert "cdr.conf" in done.stderr if text else "cannot be read" in done.stderr


def test_a_follower_that_is_killed_again_and_again_loses_and_doubles_nothing(
    installation: Installation,
) -> None:
    written = killed_half_way = 0
    # A hundred are stored at once. All of a round may be there before it is looked at.
    for _ in range(20):
        before = len(installation.calls())
        installation.write(written, 150)
        written += 150
        if killed_half_way == 1:
            installation.file.rename(installation.file.with_name("Master.csv.1"))
            installation.write(written, 30)
            written += 30
        process = installation.follow()
        until(partial(installation.has_more_than, before))
        process.kill()
        process.communicate()
        killed_half_way += len(installation.calls()) < written
        if killed_half_way == 2:
            break
    assert killed_half_way == 2

    done = installation.run("asterisk", "follow-cdr", str(installation.file), "--once")

    assert done.returncode == 0, done.stderr
    expected = [f"pbx-1.c{number}" for number in range(written)]
    assert sorted(installation.calls()) == sorted(expected)
    again = installation.run("asterisk", "follow-cdr", str(installation.file), "--once")
    assert again.returncode == 0
    assert len(installation.calls()) == written


def test_following_needs_something_to_follow_and_a_switch_by_name(
    installation: Installation,
) -> None:
    done = installation.run("asterisk", "follow-cdr")
    assert done.returncode == 2
    assert "CALLMARK_CDR_FILE" in done.stderr

    done = installation.run("asterisk", "follow-cdr", "x", "--switch", "../x")
    assert done.returncode == 2
    assert "switch" in done.stderr


def test_a_field_of_the_cdr_that_cannot_be_written_stops_the_start(
    installation: Installation,
) -> None:
    done = installation.run("asterisk", "follow-cdr", "x", CALLMARK_CDR_FIELD="billsec")

    assert done.returncode != 0
    assert "CALLMARK_CDR_FIELD" in done.stderr
