"""``python -m bench.together``: pages, a drain and saves at once, on one SQLite.

PAGES_A_SECOND (20) page requests of an open loop, CALLS_A_SECOND (200) calls drained, and a save
a second, for SECONDS (90), against a real ``callmark portal`` and ``callmark drain`` on a database
of :mod:`bench.size` (CALLS, CODES, USERS, MONTHS; KEEP keeps it). A request is late from the moment
at which it was due, not from that at which a thread was free to send it. The bar: no error, and of
pages as of saves p95 at most 300 ms.

The spool is written as a gate does, by this process, three records a call; no gate runs.
"""

import asyncio
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import django

if TYPE_CHECKING:
    from callmark.accounts.models import Account, User
    from callmark.calls.records import Record

PAGES_A_SECOND = int(os.environ.get("PAGES_A_SECOND", "20"))
CALLS_A_SECOND = int(os.environ.get("CALLS_A_SECOND", "200"))
SECONDS = int(os.environ.get("SECONDS", "90"))
BAR = 0.3
_AT_ONCE = 64
_LONGEST = 30.0


def main() -> None:
    """Build or take the database, start portal and drain, and measure."""
    with tempfile.TemporaryDirectory(prefix="callmark-together-") as folder:
        data = Path(os.environ.get("KEEP") or folder)
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "callmark.settings",
            "CALLMARK_DATA_DIR": str(data),
            "CALLMARK_DATABASE_URL": "",
            "CALLMARK_LOG_LEVEL": "WARNING",
            # One person asks for what an office does.
            "CALLMARK_PORTAL_REQUESTS_A_MINUTE": "1000000",
        }
        django.setup()
        from django.core.management import call_command  # noqa: PLC0415
        from django.db import connection  # noqa: PLC0415

        from bench import large_account  # noqa: PLC0415

        assert connection.vendor == "sqlite"
        call_command("migrate", verbosity=0)
        account, olivia = large_account.built_before() or large_account.build()
        ok = _measure(data, account, olivia)
    raise SystemExit(0 if ok else 1)


def _measure(data: Path, account: "Account", olivia: "User") -> bool:
    spooled = records(account)
    pages = _pages(account)
    office = Office(free_port(), signed_in(olivia))
    with running("portal", office.port), running("drain", office.port):
        office.wait_until_up()
        for page in pages:
            office.ask(page, time.monotonic())
        save(office, account, time.monotonic(), times=2)
        office.times.clear()
        begins = time.monotonic() + 0.5
        spool = threading.Thread(target=write_spool, args=(data / "spool", spooled, begins))
        saves = threading.Thread(target=save, args=(office, account, begins))
        depth = threading.Thread(target=_watch_depth, args=(office, data / "spool", begins))
        for thread in (spool, saves, depth):
            thread.start()
        _ask_for_pages(office, pages, begins)
        for thread in (spool, saves, depth):
            thread.join()
        waited = _until_drained(data / "spool")
    return _say(office, account, waited)


class Office:
    """The portal as a browser has it: what was asked, how long it took, what went wrong."""

    def __init__(self, port: int, cookie: str) -> None:
        self.port = port
        self.cookie = cookie
        self.times: dict[str, list[float]] = {}
        self.problems: Counter[str] = Counter()
        self.deepest = 0
        self._threads = threading.local()
        self._lock = threading.Lock()

    def ask(self, path: str, due: float, body: dict[str, str] | None = None) -> str:
        """Ask, note how long after it was due the answer was there, and return the page."""
        status, page = self._request(path, body)
        kind = "pages" if body is None else "saves"
        with self._lock:
            self.times.setdefault(kind, []).append(time.monotonic() - due)
            if status != (200 if body is None else 302):
                self.problems[f"{status or 'no answer'} for {path.rpartition('/a/')[2]}"] += 1
        return page

    def wait_until_up(self) -> None:
        """Until the portal is ready."""
        give_up_at = time.monotonic() + 60
        while self._request("/readyz", None)[0] != 200:
            assert time.monotonic() < give_up_at, "the portal is not ready after a minute"
            time.sleep(0.2)

    def _request(self, path: str, body: dict[str, str] | None) -> tuple[int, str]:
        connection: HTTPConnection | None = getattr(self._threads, "connection", None)
        if connection is None:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=_LONGEST)
            self._threads.connection = connection
        cookies, sent = self.cookie, None
        headers = {"Host": "127.0.0.1"}
        if body is not None:
            cookies += f"; csrftoken={body.pop('csrftoken')}"
            sent = urlencode(body)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request("POST" if body else "GET", path, sent, headers | {"Cookie": cookies})
            answer = connection.getresponse()
            page = answer.read().decode(errors="replace")
        except (OSError, HTTPException):
            connection.close()
            self._threads.connection = None
            return 0, ""
        if given := re.search(r"csrftoken=(\w+)", answer.getheader("Set-Cookie", "")):
            self._threads.token = given[1]
        return answer.status, page

    def fields(self, page: str) -> dict[str, str]:
        """What a form on the page sends back as it was shown, with the token of its cookie."""
        found = re.findall(r"<input\b[^>]*>", page)
        fields = {
            name[1]: value[1] if (value := re.search(r'\bvalue="([^"]*)"', one)) else ""
            for one in found
            if (name := re.search(r'\bname="([^"]+)"', one)) and 'type="checkbox"' not in one
        }
        return fields | {"csrftoken": self._threads.token}


def _ask_for_pages(office: Office, pages: list[str], begins: float) -> None:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for number, page in zip(range(PAGES_A_SECOND * SECONDS), cycle(pages), strict=False):
            due = begins + number / PAGES_A_SECOND
            time.sleep(max(0.0, due - time.monotonic()))
            pool.submit(office.ask, page, due)


def save(
    office: Office,
    account: "Account",
    begins: float,
    times: int = SECONDS,
    is_over: Callable[[], bool] = lambda: False,
) -> None:
    """Rename a code every second, with its dialog, as somebody does who looks at it first."""
    from django.urls import reverse  # noqa: PLC0415

    from callmark.codes.models import AccountCode  # noqa: PLC0415

    ours = AccountCode.objects.of(account).filter(name__startswith="Matter")
    codes = list(ours.order_by("pk").values_list("pk", flat=True)[:SECONDS])
    for number, code in zip(range(times), cycle(codes), strict=False):
        if is_over():
            return
        due = begins + number
        time.sleep(max(0.0, due - time.monotonic()))
        path = reverse("portal:code_rename", args=[account.slug, code])
        fields = office.fields(office.ask(path, due))
        fields["name"] = f"Matter of {number}, {time.time_ns()}"
        office.ask(path, time.monotonic(), fields)


def write_spool(
    directory: Path,
    records: "list[Record]",
    begins: float,
    is_over: Callable[[], bool] = lambda: False,
) -> None:
    """A call's three records at a time, when they are due; each time until they are on disk."""
    from callmark.gate.spool import Spool  # noqa: PLC0415

    async def work() -> None:
        spool = Spool(directory)
        writing: set[asyncio.Task[None]] = set()
        for number in range(0, len(records), 3):
            due = begins + number / 3 / CALLS_A_SECOND
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            if is_over():
                break
            for one in records[number : number + 3]:
                writing.add(task := asyncio.create_task(spool.append(one)))
                task.add_done_callback(writing.discard)
        await asyncio.gather(*writing)
        spool.close()

    asyncio.run(work())


def _watch_depth(office: Office, directory: Path, begins: float) -> None:
    from callmark.gate.spool import count_waiting  # noqa: PLC0415

    while time.monotonic() < begins + SECONDS:
        office.deepest = max(office.deepest, count_waiting(directory))
        time.sleep(1.0)


def _until_drained(directory: Path) -> float:
    from callmark.gate.spool import count_waiting  # noqa: PLC0415

    started = time.monotonic()
    while count_waiting(directory):
        assert time.monotonic() < started + 120, "the spool is not drained after two minutes"
        time.sleep(0.05)
    return time.monotonic() - started


def records(account: "Account", seconds: int = SECONDS) -> "list[Record]":
    """Calls of so many seconds, three records each."""
    from bench.draining import made  # noqa: PLC0415
    from callmark.accounts.models import User  # noqa: PLC0415
    from callmark.codes.models import AccountCode  # noqa: PLC0415

    users = list(User.objects.of(account)[:200])
    codes = list(AccountCode.objects.of(account)[:2000])
    return made(account, users, codes, 3 * CALLS_A_SECOND * seconds, first=int(time.time()))


def _pages(account: "Account") -> list[str]:
    """Addresses in a mix that an office has: more calls than settings."""
    from django.urls import reverse  # noqa: PLC0415

    from bench.many_calls import call_in_the_middle  # noqa: PLC0415
    from callmark.accounts.models import User  # noqa: PLC0415

    call = call_in_the_middle(account)
    user = User.objects.of(account).filter(name__startswith="User").first()
    assert user is not None

    def at(name: str, *of: object, **query: object) -> str:
        return f"{reverse(f'portal:{name}', args=[account.slug, *of])}?{urlencode(query)}"

    return [
        at("account_home"),
        at("calls"),
        at("calls", period="last_month"),
        at("calls", user=user.pk),
        at("calls", tag="to_assign"),
        at("calls", call_type="international"),
        at("call", call.pk),
        at("to_assign"),
        at("codes"),
        at("codes", sort="-created"),
        at("users"),
        at("user_settings", user.pk),
        at("activity"),
        at("account_codes"),
        at("months"),
        at("test_call"),
    ]


def signed_in(olivia: "User") -> str:
    """The cookie of a browser of hers."""
    from django.conf import settings  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    browser = Client(SERVER_NAME="localhost")
    browser.force_login(olivia)
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={browser.cookies[name].value}"


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(command: str, port: int) -> Iterator[None]:
    """A command of Callmark's as a process, ended afterwards."""
    environment = os.environ | {"CALLMARK_PORT": str(port), "CALLMARK_HEALTH_PORT": "0"}
    process = subprocess.Popen([sys.executable, "-m", "callmark", command], env=environment)
    try:
        yield
        assert process.poll() is None, f"callmark {command} has ended"
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
        process.kill()
        process.wait()


def _say(office: Office, account: "Account", waited: float) -> bool:
    from callmark.calls.models import Call  # noqa: PLC0415

    print(
        f"sqlite, {Call.objects.of(account).count():,} calls by the end: {PAGES_A_SECOND} pages/s, "
        f"{CALLS_A_SECOND} calls/s drained, a save a second, {SECONDS} s"
    )
    good = not office.problems
    for kind, times in office.times.items():
        p95 = percentile(times, 0.95)
        good = good and p95 <= BAR
        print(
            f"  {kind}: {len(times):,}, p50 {statistics.median(times) * 1e3:.0f} ms, "
            f"p95 {p95 * 1e3:.0f} ms, p99 {percentile(times, 0.99) * 1e3:.0f} ms, "
            f"most {max(times) * 1e3:.0f} ms"
        )
    print(f"  spool: {office.deepest:,} records at most; empty {waited:.1f} s after the last")
    print(f"  errors: {sum(office.problems.values())} {dict(office.problems) or ''}")
    print("met" if good else "NOT met", f"(0 errors, p95 <= {BAR * 1e3:.0f} ms)")
    return good


def percentile(times: list[float], part: float) -> float:
    """Of so large a part of them none took longer."""
    return sorted(times)[min(len(times) - 1, int(len(times) * part))]


if __name__ == "__main__":
    main()
