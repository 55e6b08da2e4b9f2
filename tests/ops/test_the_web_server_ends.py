"""The web server ends when it is told to, whatever its processes do."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from callmark.ops.supervisor import takes_connections, web_command
from tests.installations import copied
from tests.ops.test_running_an_installation import is_running, processes_below, until
from tests.ports import free_port


def test_a_process_of_it_that_does_not_hear_is_killed(migrated: Path, tmp_path: Path) -> None:
    """As one does that is told before it listens: the first answers while the others start."""
    port = free_port()
    environment = os.environ | {
        "CALLMARK_DATA_DIR": str(copied(migrated, tmp_path / "data")),
        "CALLMARK_DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "callmark.settings",
    }
    # A group of its own, so that nothing of it is left whatever this finds.
    server = subprocess.Popen(
        web_command("127.0.0.1", port), env=environment, start_new_session=True
    )
    try:
        until(lambda: takes_connections("127.0.0.1", port))
        serving = [pid for pid in processes_below(server.pid) if is_serving(pid)]
        assert serving
        for pid in serving:
            os.kill(pid, signal.SIGSTOP)
        server.terminate()
        assert server.wait(60) == 0
        assert not any(map(is_running, serving))
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)


def is_serving(pid: int) -> bool:
    """Whether it is one that answers, and not Python's own beside them."""
    return b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()
