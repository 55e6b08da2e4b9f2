"""Limits hold when several web processes serve one portal: they count together."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from callmark.web import shared_counts
from callmark.web.limits import Counters
from callmark.web.shared_counts import SharedCounters
from tests.installations import copied
from tests.ops.test_running_an_installation import until
from tests.ports import free_port

ASKS = """
import sys
from pathlib import Path
from callmark.web.shared_counts import SharedCounters
counters = SharedCounters(Path(sys.argv[1]))
print(max(counters.count(7, ("pages", "person:1")) for _ in range(2000)))
"""


def test_no_request_of_three_processes_is_lost(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ASKS, str(tmp_path / "counts")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    most = [int(process.communicate()[0]) for process in running]
    assert max(most) == 6000
    assert SharedCounters(tmp_path / "counts").count(7, ("pages", "person:1")) == 6001


ASKED = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from(["pages", "slow pages"]),
        st.sampled_from(["person:1", "person:2", "address:192.0.2.1"]),
    ),
    max_size=20,
)


@given(ASKED)
def test_two_count_as_one_would_in_memory(asked: list[tuple[int, str, str]]) -> None:
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"counts-{os.getpid()}"
    path.unlink(missing_ok=True)
    one, other, memory = SharedCounters(path), SharedCounters(path), Counters()
    windows = sorted(window for window, _, _ in asked)
    for number, (window, (_, limit, who)) in enumerate(zip(windows, asked, strict=True)):
        counters = (one, other)[number % 2]
        assert counters.count(window, (limit, who)) == memory.count(window, (limit, who))
    one.close()
    other.close()
    path.unlink()


def test_a_flood_of_addresses_begins_again_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_counts, "MOST", 1000)
    counters = SharedCounters(tmp_path / "counts")
    for number in range(2500):
        assert counters.count(1, ("pages", f"address:{number}")) == 1
    assert counters.count(1, ("pages", "address:2499")) == 2


def test_a_portal_of_two_processes_answers_so_often_and_no_more(
    migrated: Path, tmp_path: Path
) -> None:
    port = free_port()
    environment = os.environ | {
        "CALLMARK_DATA_DIR": str(copied(migrated, tmp_path / "data")),
        "CALLMARK_DATABASE_URL": "",
        "CALLMARK_PORT": str(port),
        "CALLMARK_PORTAL_WORKERS": "2",
        "CALLMARK_PORTAL_REQUESTS_A_MINUTE": "20",  # half of it where nobody is signed in
        "DJANGO_SETTINGS_MODULE": "callmark.settings",
    }
    portal = subprocess.Popen([sys.executable, "-m", "callmark", "portal"], env=environment)

    def answers() -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).ok
        except requests.ConnectionError:
            return False

    try:
        until(answers)
        by_minute: dict[str, Counter[int]] = {}
        # Each on a connection of its own, of which either process may take it.
        while not any(sum(one.values()) >= 40 for one in by_minute.values()):
            found = requests.get(f"http://127.0.0.1:{port}/login/", timeout=20)
            minute = found.headers["Date"][:-7]
            by_minute.setdefault(minute, Counter())[found.status_code] += 1
    finally:
        portal.terminate()
        portal.wait(30)
    whole = next(one for one in by_minute.values() if sum(one.values()) >= 40)
    assert whole[200] == 10
    assert whole[429] == sum(whole.values()) - 10
