"""Once a day old records are deleted, by a process that disturbs nothing else however it fails."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from callmark.ops import supervisor
from callmark.ops.supervisor import DailyJob, web_and_gate
from tests.installations import copied

YEARS_AGO = "2019-01-01 12:00:00"


def checked_until(job: DailyJob, condition: Callable[[], bool]) -> None:
    """Let the supervisor look at its job, several times a second, as it does."""
    give_up_at = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up_at, "waited for nothing"
        job.check()
        time.sleep(0.02)


def job_that(text: str, tmp_path: Path) -> tuple[DailyJob, Path]:
    """A job that notes each run in a file, then does this."""
    notes = tmp_path / "notes"
    notes.touch()
    code = f"open({str(notes)!r}, 'a').write('ran\\n'); {text}"
    return DailyJob("the job", [sys.executable, "-c", code], niceness=10), notes


def runs(notes: Path) -> int:
    """How often it has run."""
    return len(notes.read_text().splitlines())


def test_it_runs_and_then_again_a_day_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, notes = job_that("pass", tmp_path)
    checked_until(job, lambda: runs(notes) == 1 and job.process is None)
    assert job.restart_at - time.monotonic() > 23 * 3600
    monkeypatch.setattr(supervisor, "DAY_SECONDS", 0.0)
    job.restart_at = time.monotonic()
    checked_until(job, lambda: runs(notes) >= 3)


def test_it_gives_way_to_calls_in_a_session_of_its_own_too(tmp_path: Path) -> None:
    group = Path("/proc/self/autogroup")
    if not group.exists():
        pytest.skip("this system does not share its processor among sessions")
    told = tmp_path / "told"
    job, _ = job_that(
        f"import os; open({str(told)!r}, 'w').write(str(os.nice(0)) + open({str(group)!r}).read())",
        tmp_path,
    )
    mine = os.nice(0)
    checked_until(job, lambda: told.exists() and job.process is None)
    assert told.read_text().startswith(str(min(19, mine + 10)))
    assert told.read_text().endswith("nice 10\n")


def test_after_a_failure_it_is_tried_again_much_sooner(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    job, notes = job_that("raise SystemExit(2)", tmp_path)
    checked_until(job, lambda: runs(notes) == 1 and job.process is None)
    assert 3000 < job.restart_at - time.monotonic() <= 3600
    assert "the job failed (2); again in an hour" in caplog.text


def test_one_that_never_ends_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job, notes = job_that("import time; time.sleep(3600)", tmp_path)
    checked_until(job, lambda: runs(notes) == 1)
    assert job.process is not None
    pid = job.process.pid
    monkeypatch.setattr(supervisor, "DAILY_LONGEST_SECONDS", 0.0)
    checked_until(job, lambda: job.process is None)
    assert not Path(f"/proc/{pid}").exists()


class Installation:
    """A data folder, and the command that ``callmark run`` gives once a day."""

    def __init__(self, data: Path, **more: str) -> None:
        self.database = data / "callmark.sqlite3"
        self._environment = os.environ | {
            "CALLMARK_DATA_DIR": str(data),
            "CALLMARK_DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "callmark.settings",
            **more,
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one ``callmark`` command to its end."""
        return self._ended([sys.executable, "-m", "callmark", *arguments])

    def run_daily_job(self) -> subprocess.CompletedProcess[str]:
        """What the supervisor starts, as it starts it."""
        (job,) = (child for child in web_and_gate("", 0) if isinstance(child, DailyJob))
        assert job.start_after > 60
        return self._ended(job.command)

    def _ended(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self._environment, capture_output=True, text=True, timeout=120, check=False
        )

    def make_old(self) -> None:
        """As if the account had been added years ago."""
        with sqlite3.connect(self.database) as database:
            database.execute("DROP TRIGGER audit_no_update")
            database.execute("UPDATE audit_auditentry SET at = ?", [YEARS_AGO])

    def entries(self) -> list[tuple[str, str]]:
        """What is on record: action and who."""
        with sqlite3.connect(self.database) as database:
            rows = database.execute("SELECT action, actor_name FROM audit_auditentry ORDER BY at")
            return list(rows)


def test_as_the_operator_and_as_the_running_installation_use_it(
    migrated: Path, tmp_path: Path
) -> None:
    here = Installation(
        copied(migrated, tmp_path), CALLMARK_ACTIVITY_KEEP_DAYS="365", CALLMARK_LOG_LEVEL="INFO"
    )
    assert here.run("add", "account", "firm", "--name", "Firm").returncode == 0
    assert "nothing has been kept longer" in here.run("delete-old-records", "--dry-run").stdout
    here.make_old()
    said = here.run("delete-old-records", "--dry-run")
    assert (said.returncode, said.stdout) == (0, "would delete 1 activity of firm\n")
    assert [action for action, _ in here.entries()] == ["account.added"]
    assert here.run_daily_job().returncode == 0
    assert here.entries() == [("activity.old_deleted", "housekeeping")]
    assert here.run_daily_job().stdout == ""


def test_the_operator_is_on_record(migrated: Path, tmp_path: Path) -> None:
    here = Installation(copied(migrated, tmp_path), CALLMARK_ACTIVITY_KEEP_DAYS="365")
    assert here.run("add", "account", "firm", "--name", "Firm").returncode == 0
    here.make_old()
    assert here.run("delete-old-records").stdout == "deleted 1 activity of firm\n"
    assert here.entries() == [("activity.old_deleted", "command line")]


def test_an_account_with_times_of_its_own(migrated: Path, tmp_path: Path) -> None:
    here = Installation(copied(migrated, tmp_path), CALLMARK_CALLS_KEEP_DAYS="365")
    assert here.run("add", "account", "firm", "--name", "Firm").returncode == 0
    said = here.run("keep-records", "firm", "--activity", "60").stdout
    assert said == "call records are kept for 365 days\nactivity is kept for 60 days\n"
    said = here.run("keep-records", "firm", "--calls", "0", "--activity", "default").stdout
    assert said == "call records are kept forever\nactivity is kept forever\n"
    for wrong in ("3", "soon"):
        done = here.run("keep-records", "firm", "--activity", wrong)
        assert done.returncode == 2
        assert "days" in done.stderr


def test_a_database_that_is_away_is_one_clear_line(tmp_path: Path) -> None:
    here = Installation(tmp_path, CALLMARK_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    done = here.run_daily_job()
    assert done.returncode != 0
    assert "the database cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "days"),
    [("CALLMARK_CALLS_KEEP_DAYS", "1"), ("CALLMARK_ACTIVITY_KEEP_DAYS", "29")],
)
def test_too_short_a_time_is_refused_at_the_start(tmp_path: Path, name: str, days: str) -> None:
    done = Installation(tmp_path, **{name: days}).run("delete-old-records", "--dry-run")
    assert done.returncode != 0
    assert f"{name} must be 0 (forever) or" in done.stderr
