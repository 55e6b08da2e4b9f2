"""What older versions left on disk, run by today's code: nothing is lost, everybody still gets in.

The files beside this one were made by :mod:`tests.upgrade.make_release_fixture` with the code of
that version: a database, the keys, and a spool that had not been drained when it was stopped. A
version is a release, or the day on which something with other tables was landed.
"""

import gzip
import json
import os
import re
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
import requests

from callmark.gate.spool import count_waiting
from tests.cases import for_each
from tests.ops.test_running_an_installation import until
from tests.ports import free_port, gate_ports

HERE = Path(__file__).parent
RELEASES = sorted(path.name.removeprefix("spool-")[:-6] for path in HERE.glob("spool-*.jsonl"))
PASSWORD = "kept-for-upgrades"
LONDON = "9011442079460000"

CALLS = [
    # direction, dialed, outcome, code, its name, how it was entered, seconds of talk
    ("outbound", LONDON, "connected", "1234", "General office", "prompt", 61),
    ("outbound", LONDON, "ended_after_max_retries", "", "", None, None),
    ("outbound", LONDON, "abandoned", "", "", None, None),
    ("internal", "102", "not_gated", "0417", "Harper v. Castellan", "star_code", 15),
    ("inbound", "102", "not_gated", "5521", "Nordby Shipping", "star_code", None),
    ("outbound", "911", "not_gated", "", "", None, None),
    # Its end was still in the spool.
    ("outbound", "92125551234", "connected", "7730", "Firm business (catch-all)", "prompt", 9),
    # These were in the spool from beginning to end.
    ("outbound", LONDON, "connected", "2086", "Estate of Whitlock", "prompt", 125),
    ("outbound", "92125551234", "not_gated", "0417", "Harper v. Castellan", "star_code", 30),
    ("inbound", "102", "not_gated", "5521", "Nordby Shipping", "star_code", None),
]


def calls_of(release: str) -> list[tuple[object, ...]]:
    """What history tells of them.

    In 0.1 a star code during a call that nothing else told of made a call at once; since then it
    waits for a week, in case the call is reported late.
    """
    return [call for call in CALLS if release == "0.1" or call[0] != "inbound"]


CODES = {
    "Harper v. Castellan": "0417",
    "General office": "1234",
    "Estate of Whitlock": "2086",
    "Nordby Shipping": "5521",
    "Firm business (catch-all)": "7730",
}


def kept(what: str, release: str) -> str:
    """The text of one of the files, which may be compressed."""
    path = HERE / f"{what}-{release}"
    if path.exists():
        return path.read_text()
    return gzip.decompress(path.with_name(f"{path.name}.gz").read_bytes()).decode()


def lay_out(data: Path, release: str) -> None:
    """Keys and spool as the older version left them."""
    (data / "spool").mkdir(parents=True, mode=0o700)
    for name in ("code-keys", "secret-key", "api-token-pepper"):
        (data / name).write_text(kept(name, release))
    (data / "spool" / "000000000001.jsonl").write_text(
        (HERE / f"spool-{release}.jsonl").read_text()
    )


class Updated:
    """Today's ``callmark run`` over what an older version left."""

    def __init__(self, data: Path, database_url: str, release: str) -> None:
        self.data = data
        self.expected = calls_of(release)
        self.release = release
        self.url = f"http://127.0.0.1:{free_port()}"
        tokens = dict(line.split() for line in kept("tokens", release).splitlines())
        self.token = tokens["parent"]
        environment = os.environ | {
            "CALLMARK_DATA_DIR": str(data),
            "CALLMARK_DATABASE_URL": database_url,
            "CALLMARK_PORT": self.url.rpartition(":")[2],
            **gate_ports(),
            "DJANGO_SETTINGS_MODULE": "callmark.settings",
        }
        self.process = subprocess.Popen([sys.executable, "-m", "callmark", "run"], env=environment)

    def ask(self, path: str, body: Any = None) -> Any:  # noqa: ANN401
        """What the API answers to the program that got its token from the older version."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data, headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    @property
    def firm(self) -> str:
        """The path of the only account that the token reaches."""
        (account,) = self.ask("/accounts")["items"]
        return f"/accounts/{account['id']}"

    def is_up(self) -> bool:
        """Whether the portal answers."""
        with suppress(OSError):
            return requests.get(f"{self.url}/login/", timeout=5).ok
        return False

    def calls(self) -> list[tuple[object, ...]]:
        """The call history as the API tells it, the oldest first."""
        calls = self.ask(f"{self.firm}/calls")["items"]
        names = "direction dialed outcome account_code account_code_name entered_by seconds"
        return [tuple(call[name] for name in names.split()) for call in reversed(calls)]

    def sign_in(self, email: str) -> requests.Response:
        """The page that somebody sees who signs in as ever."""
        browser = requests.Session()
        form = browser.get(f"{self.url}/login/", timeout=30).text
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
        assert token
        sent = {"login": email, "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
        return browser.post(f"{self.url}/login/", sent, headers={"Referer": self.url}, timeout=60)

    def stop(self) -> None:
        """Ctrl-C."""
        self.process.terminate()
        self.process.wait(30)


def on_sqlite(data: Path, release: str) -> str:
    """The database as a file; returns CALLMARK_DATABASE_URL, which is empty for that."""
    with closing(sqlite3.connect(data / "callmark.sqlite3")) as database:
        database.executescript(kept("sqlite", f"{release}.sql"))
    return ""


def on_postgresql(data: Path, release: str) -> str:
    """The database restored into a new one of the run's PostgreSQL; returns its URL."""
    parts = urlsplit(os.environ["CALLMARK_DATABASE_URL"])
    name = f"upgraded_{uuid4().hex}"
    host = parse_qs(parts.query)["host"][0]
    with psycopg.connect(host=host, user="callmark", dbname="callmark", autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"'.encode())
    subprocess.run(
        ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", host, "-U", "callmark", name],
        input=kept("postgresql", f"{release}.sql"),
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return urlunsplit(parts._replace(path=f"/{name}"))


Restore = Callable[[Path, str], str]


def _on_each(release: str, number: int) -> list[object]:
    """A release on each kind of database, a day between two on one of them, in turns.

    What was released goes through every update that a day between goes through.
    """
    kinds: list[object] = [
        pytest.param((release, on_sqlite), id=f"{release}-sqlite", marks=pytest.mark.sqlite),
        pytest.param((release, on_postgresql), id=f"{release}-pg", marks=pytest.mark.postgres),
    ]
    return [kinds[number % 2]] if release.count("-") else kinds


@pytest.fixture(params=[one for n, day in enumerate(RELEASES) for one in _on_each(day, n)])
def updated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Updated]:
    release, restore = request.param
    lay_out(tmp_path / "data", release)
    running = Updated(tmp_path / "data", restore(tmp_path / "data", release), release)
    try:
        until(running.is_up)
        yield running
    finally:
        running.stop()


def every_call_is_there_also_those_of_the_spool(updated: Updated) -> None:
    until(lambda: count_waiting(updated.data / "spool") == 0)
    assert not (updated.data / "spool" / "rejected.jsonl").exists()
    assert sorted(map(str, updated.calls())) == sorted(map(str, updated.expected))


def the_entries_made_at_the_prompt_and_by_star_code_are_there(updated: Updated) -> None:
    until(lambda: len(updated.calls()) == len(updated.expected))
    entries = {}
    for call in updated.ask(f"{updated.firm}/calls")["items"]:
        detail = updated.ask(f"{updated.firm}/calls/{call['id']}")
        entries[call["account_code_name"], call["seconds"]] = [
            (one["result"], one["entered_by"]) for one in detail["attempts"]
        ]
    assert entries["General office", 61] == [
        ("unknown_code", "prompt"),
        ("accepted", "prompt"),
    ]
    assert entries["Harper v. Castellan", 30] == [
        ("unknown_code", "star_code"),
        ("accepted", "star_code"),
    ]


def codes_can_still_be_read_and_new_ones_added(updated: Updated) -> None:
    listed = {one["name"]: one["code"] for one in updated.ask(f"{updated.firm}/codes")["items"]}
    assert {name: listed[name] for name in CODES} == CODES
    new = updated.ask(f"{updated.firm}/codes", {"name": "After the update", "code": "9090"})
    assert new["code"] == "9090"


def a_program_may_what_it_could(updated: Updated) -> None:
    """``read`` held the digits of codes in 0.1: the token has that scope now."""
    assert updated.ask("/me")["scopes"] == ["codes:read", "read", "write"]


def the_administrator_signs_in_as_ever_and_sees_the_history(updated: Updated) -> None:
    page = updated.sign_in("olivia@demo.example")
    assert page.ok
    assert "Demo Law Firm" in page.text
    assert "Sign out" in page.text


def the_operator_is_led_to_a_second_factor(updated: Updated) -> None:
    page = updated.sign_in("operator@callmark.example")
    assert page.url.endswith("/sign-in/")
    assert "Set up a second factor" in re.sub(r"\s+", " ", page.text)


def what_each_user_has_set_is_kept(updated: Updated) -> None:
    users = {one["name"]: one for one in updated.ask(f"{updated.firm}/users")["items"]}
    assert {"Ben Attorney", "Carla Paralegal", "Front Desk"} <= users.keys()
    own = updated.ask(f"{updated.firm}/users/{users['Front Desk']['id']}/account-codes")
    assert own["enabled"]
    assert own["override"]


KEPT: list[Callable[[Updated], None]] = [
    every_call_is_there_also_those_of_the_spool,
    the_entries_made_at_the_prompt_and_by_star_code_are_there,
    codes_can_still_be_read_and_new_ones_added,
    a_program_may_what_it_could,
    the_administrator_signs_in_as_ever_and_sees_the_history,
    the_operator_is_led_to_a_second_factor,
    what_each_user_has_set_is_kept,
]


@pytest.mark.begins_a_run
@for_each(KEPT, name=lambda check: check.__name__)
def test_nothing_is_lost_and_everybody_still_gets_in(
    check: Callable[[Updated], None], updated: Updated
) -> None:
    """All that is true of it, of one that is started once."""
    check(updated)
