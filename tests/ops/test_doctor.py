"""``callmark doctor``: each thing that can be wrong is brought about, and said with what to do."""

import asyncio
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import Settings

from callmark.calls.models import Job
from callmark.calls.records import LegEnded
from callmark.gate.set_aside import set_aside
from callmark.gate.spool import Spool
from callmark.gate.spools import spool_of
from callmark.keys import key_file
from callmark.ops.doctor import followers, portal
from callmark.ops.doctor.switch import AsteriskHere, examine_asterisk
from callmark.ops.health import Check, Health
from callmark.ops.probe_places import NEXT_GATE
from callmark.ops.probes import Pages, ProbeServer
from callmark.switches.alone.account import AccountDialplan
from callmark.switches.alone.findings import Examined, Finding
from callmark.switches.asterisk.access import write_secret
from callmark.switches.asterisk.cdr.journal import Journal
from callmark.switches.asterisk.cdr.service import journal_path
from callmark.switches.asterisk.dialplan import write_configuration
from callmark.switches.asterisk.running import Console
from callmark.switches.asterisk.sounds import install_prompts
from callmark.switches.freeswitch.running import sockets
from callmark.switches.freeswitch.service import FreeSwitchSettings
from tests.cast import LawFirm, make_account
from tests.ports import free_port
from tests.switches.asterisk.harness.world import REPOSITORY
from tests.switches.asterisk.test_check import GOOD
from tests.switches.freeswitch.scripted import EventSocketOfTheSwitch

PROCESSES = ("gate", "drain", "jobs")


@contextmanager
def answering(*checks: Check, alive: bool = True) -> Iterator[tuple[str, int]]:
    """A process's small port, as the real ones have it."""
    health = Health("gate", checks, is_alive=lambda: alive)
    server = ProbeServer("127.0.0.1", 0, Pages(health, lambda: (b"", "")))
    server.start()
    try:
        yield "127.0.0.1", server.port
    finally:
        server.stop()


@pytest.fixture
def installation(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """A data folder of which everything is well; its processes answer."""
    settings.DATA_DIR = tmp_path
    settings.SPOOL_DIR = tmp_path / "spool"
    settings.CODE_KEYS_FILE = tmp_path / "keys" / "code-keys"
    settings.CODE_KEYS_FILE.parent.mkdir(mode=0o700)
    key_file.create(settings.CODE_KEYS_FILE)
    tmp_path.chmod(0o700)
    with answering() as (host, port):
        settings.HTTP_HOST, settings.HTTP_PORT = host, port
        settings.PROBES = dict.fromkeys(PROCESSES, (host, port))
        yield tmp_path


def found(examined: Iterator[Examined], what: str) -> tuple[Finding, ...]:
    """What was found of one thing."""
    return next(one.findings for one in examined if one.what == what)


def only(examined: Iterator[Examined], what: str) -> Finding:
    (finding,) = found(examined, what)
    assert finding.do
    return finding


@pytest.mark.django_db
def test_of_an_installation_that_is_well_nothing_is_said_but_advice(installation: Path) -> None:
    del installation
    assert [one.what for one in portal.examine() if not one.is_well] == []


@pytest.mark.django_db
def test_a_database_of_another_version(installation: Path) -> None:
    del installation
    MigrationRecorder.Migration.objects.filter(app="calls", name__startswith="0001").delete()
    finding = only(portal.examine(), "database")
    assert "1 migrations are missing, first calls.0001" in finding.what
    assert "callmark manage migrate" in finding.do


@pytest.mark.django_db
def test_keys_of_another_database_and_none_at_all(
    installation: Path, own_keys: Path, settings: Settings, firm: LawFirm
) -> None:
    del firm
    assert found(portal.examine(), "keys") == ()
    own_keys.unlink()
    assert "missing or broken (KeyFileMissing)" in only(portal.examine(), "keys").what
    others = settings.CODE_KEYS_FILE = installation / "keys of another"
    key_file.create(others)
    finding = only(portal.examine(), "keys")
    assert finding.where == str(others)
    assert not any(line in str(finding) for line in key_file.read(others))


@pytest.mark.django_db
def test_keys_that_others_may_read(installation: Path, settings: Settings) -> None:
    del installation
    settings.CODE_KEYS_FILE.chmod(0o644)
    wrong = [one for one in found(portal.examine(), "files and settings") if not one.advice]
    assert [one.do.partition(",")[0] for one in wrong] == [f"chmod 600 {settings.CODE_KEYS_FILE}"]


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_clock_that_differs_from_the_databases(installation: Path) -> None:
    del installation
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5)):
        assert "differ by 300 s" in only(portal.examine(), "clock of the database").what


@pytest.mark.django_db
def test_a_disk_that_is_nearly_full(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del installation
    monkeypatch.setattr(portal, "LEAST_FREE", 2**70)
    monkeypatch.setattr(portal, "LEAST_PART", 1.01)
    assert "MB left" in only(portal.examine(), "disk").what


@pytest.mark.django_db
@pytest.mark.parametrize("process", [1, 2])
def test_records_that_wait_and_those_that_are_set_aside(installation: Path, process: int) -> None:
    async def write() -> None:
        spool = Spool(spool_of(installation / "spool", process))
        an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
        await spool.append(
            LegEnded(id="1", ended_at=an_hour_ago, answered_at=None, seconds=0, disposition="BUSY")
        )
        spool.close()

    asyncio.run(write())
    set_aside(installation / "spool", b"a line\n", ValueError("no record"))
    waits, aside = found(portal.examine(), "records that wait")
    assert "1 records wait for the database, the first for 60 minutes" in waits.what
    assert "callmark records --replay" in aside.do


@pytest.mark.django_db
def test_work_that_nobody_does(installation: Path) -> None:
    del installation
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=1)):
        Job.objects.create(account=make_account())
    assert "has waited for 60 minutes" in only(portal.examine(), "work that waits").what


@pytest.mark.django_db
@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_that_is_not_there_hangs_or_lacks_something(
    installation: Path, settings: Settings, process: str
) -> None:
    del installation
    settings.PROBES[process] = ("127.0.0.1", free_port())
    assert "does not answer (ConnectionRefusedError)" in only(portal.examine(), process).what
    with answering(alive=False) as settings.PROBES[process]:
        assert "hangs" in only(portal.examine(), process).what
    with answering(Check("spool", lambda: "it is full")) as settings.PROBES[process]:
        assert "is not ready: spool: it is full" in only(portal.examine(), process).what
    settings.PROBES[process] = None
    looked = next(one for one in portal.examine() if one.what == process)
    assert "CALLMARK_HEALTH_PORT" in looked.not_looked_at


@pytest.mark.django_db
def test_each_of_several_gate_processes_is_asked(installation: Path, settings: Settings) -> None:
    del installation
    settings.GATE_PROCESSES = 2
    examined = list(portal.examine())
    assert found(iter(examined), "gate process 1") == ()
    assert "does not answer" in only(iter(examined), "gate process 2").what
    host, port = settings.PROBES["gate"]
    with answering() as (_, answers):
        settings.PROBES["gate"] = (host, answers - NEXT_GATE)
        assert found(portal.examine(), "gate process 2") == ()
    assert port != answers


def test_a_cdr_that_nobody_follows_and_one_that_is_behind(
    settings: Settings, tmp_path: Path
) -> None:
    settings.DATA_DIR, settings.CDR_FILE = tmp_path, str(tmp_path / "Master.csv")
    nobody, missing = found(followers.examine_cdr(), "CDR of Asterisk")
    assert "nobody follows" in nobody.what
    assert "callmark asterisk follow-cdr" in nobody.do
    assert "no such file" in missing.what
    (tmp_path / "Master.csv").write_text("a row\n")
    journal = journal_path(settings.CDR_SWITCH, of_table=False)
    Journal(journal).close()
    with journal.with_name(f"{journal.name}.lock").open("w") as follower:
        fcntl.flock(follower, fcntl.LOCK_EX)
        assert found(followers.examine_cdr(), "CDR of Asterisk") == ()
        now = datetime.now(UTC).timestamp()
        os.utime(tmp_path / "Master.csv", (now - 600, now - 600))
        os.utime(journal, (now - 900, now - 900))
        assert "10 minutes ago is not read" in only(followers.examine_cdr(), "CDR of Asterisk").what


@pytest.fixture
def switch(tmp_path: Path) -> AsteriskHere:
    """An Asterisk whose files are as they should be; it does not run."""
    etc, sounds = tmp_path / "etc", tmp_path / "sounds"
    etc.mkdir()
    for name, text in GOOD.items():
        (etc / name).write_text(text)
    write_configuration(etc / "callmark", [ACME])
    write_secret(etc / "callmark", "a-secret-of-the-tests")
    install_prompts(REPOSITORY / "prompts", sounds)
    return AsteriskHere(etc, sounds, Console((str(tmp_path / "no-asterisk"),)))


ACME = AccountDialplan("acme", "US", extensions=("101",))
WELL: dict[str, str] = {"CALLMARK_HEALTH_PORT": "0"}


def test_a_switch_whose_files_are_well_and_which_does_not_run(switch: AsteriskHere) -> None:
    looked = {one.what: one for one in examine_asterisk(switch, lambda _: [ACME], WELL)}
    assert [one.what for one in looked.values() if not one.is_well] == []
    assert "no program 'asterisk'" in looked["running Asterisk"].not_looked_at
    assert "another machine" in next(
        one.not_looked_at for one in examine_asterisk(switch, None, WELL) if "dialplan" in one.what
    )


@pytest.mark.parametrize(
    ("now", "says"),
    [
        ([AccountDialplan("acme", "GB", extensions=("101",))], "settings than there are now"),
        ([AccountDialplan("acme", "US", extensions=("101", "102"))], "settings than there are now"),
        ([ACME, AccountDialplan("borealis", "US")], "the account borealis has extensions"),
        ([], "acme has no extension on 'main' any more"),
    ],
)
def test_a_dialplan_that_is_older_than_the_accounts(
    switch: AsteriskHere, now: list[AccountDialplan], says: str
) -> None:
    asked: list[str] = []

    def load(name: str) -> list[AccountDialplan]:
        asked.append(name)
        return now

    findings = found(examine_asterisk(switch, load, WELL), "dialplan as of the accounts")
    assert says in findings[0].what
    assert "callmark asterisk config" in findings[0].do
    assert asked == ["main"]


def test_star_codes_that_have_changed(switch: AsteriskHere) -> None:
    features = switch.etc / "callmark" / "features_callmark.conf"
    features.write_text(features.read_text().replace("*50", "*51"))
    looked = examine_asterisk(switch, lambda _: [ACME], WELL)
    assert only(looked, "dialplan as of the accounts").where == str(features)


def test_a_relay_that_is_not_there(switch: AsteriskHere) -> None:
    environment = {"CALLMARK_HEALTH_PORT": str(free_port())}
    assert "callmark relay" in only(examine_asterisk(switch, None, environment), "relay").what


def test_the_sockets_of_a_freeswitch() -> None:
    """As its event socket is written down; no real FreeSWITCH answers here."""

    async def test() -> None:
        there = EventSocketOfTheSwitch()
        port = await there.start()

        async def look(password: str, at: int, *, gate: bool) -> list[str]:
            configured = FreeSwitchSettings.of("main", 4999, f"127.0.0.1:{at}", password)
            assert configured is not None
            look = sockets(configured, lambda *_: gate)
            return [str(one) for one in await asyncio.to_thread(list, look)]

        assert await look(there.password, port, gate=True) == []
        (refused,) = await look("another-password", port, gate=True)
        assert "refuses our password" in refused
        assert "another-password" not in refused
        (gone,) = await look(there.password, free_port(), gate=True)
        assert "does not answer" in gone
        (no_gate,) = await look(there.password, port, gate=False)
        assert "127.0.0.1 port 4999" in no_gate
        (unset,) = await look("", port, gate=True)
        assert "CALLMARK_FREESWITCH_PASSWORD" in unset
        there.close()

    asyncio.run(test())


def test_the_command_says_it_all_without_a_secret_and_ends_with_1(tmp_path: Path) -> None:
    secrets = {
        "CALLMARK_DATABASE_URL": f"postgresql://callmark:hush-a-word@127.0.0.1:{free_port()}/x",
        "CALLMARK_SECRET_KEY": "hush-0123456789-0123456789-0123456789",
        "CALLMARK_AGI_SECRET": "hush-0123456789-agi",
        "CALLMARK_METRICS_TOKEN": "hush-0123456789-metrics",
        "CALLMARK_FREESWITCH_SWITCH": "main",
        "CALLMARK_FREESWITCH_PASSWORD": "hush-freeswitch",
        "CALLMARK_CDR_DATABASE_URL": "mysql://cdr:hush-cdr@127.0.0.1/asteriskcdrdb",
    }
    done = subprocess.run(
        [sys.executable, "-m", "callmark", "doctor", "--json", "--side", "portal"],
        env={**os.environ, **secrets, "CALLMARK_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1, done.stderr
    assert lines[0]["looked_at"] == "database"
    assert lines[0]["findings"][0]["kind"] == "problem"
    assert "cannot be used (OperationalError)" in lines[0]["findings"][0]["what"]
    assert "hush" not in done.stdout + done.stderr


def test_on_a_machine_with_neither_nothing_is_made_and_it_ends_with_2(tmp_path: Path) -> None:
    plain = {name: text for name, text in os.environ.items() if not name.startswith("CALLMARK_")}
    done = subprocess.run(
        [sys.executable, "-m", "callmark", "doctor", "--etc", str(tmp_path / "etc")],
        env={**plain, "CALLMARK_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "a switch's machine" in done.stdout
    assert not (tmp_path / "data").exists()
