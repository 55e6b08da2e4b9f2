"""``python -m bench.importing``: a long list imported and undone, and how long others wait.

ROWS (100,000) new codes, sent to a real ``callmark portal`` and carried out by a real ``callmark
webhooks``; meanwhile somebody renames a code of the same account each second, by its dialog, and a
real ``callmark drain`` stores CALLS_A_SECOND (50) calls. The account is one of :mod:`bench.size`
(CALLS, CODES, USERS), on SQLite, or on the database of CALLMARK_DATABASE_URL
(``scripts/with-postgres`` gives one); KEEP=FOLDER keeps it.
``build`` and ``import`` end after that.
"""

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import django

if TYPE_CHECKING:
    from bench.together import Office
    from callmark.accounts.models import Account, User
    from callmark.codes.models import CodeBatch

ROWS = int(os.environ.get("ROWS", "100000"))
_AT_MOST = 600
"""Seconds of calls that are made beforehand."""


def main() -> None:
    """Build or take the database, start the processes, import and undo."""
    os.environ.setdefault("CALLS_A_SECOND", "50")
    with tempfile.TemporaryDirectory(prefix="callmark-importing-") as folder:
        data = Path(os.environ.get("KEEP") or folder)
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "callmark.settings",
            "CALLMARK_DATA_DIR": str(data),
            "CALLMARK_LOG_LEVEL": "WARNING",
        }
        django.setup()
        from django.core.management import call_command  # noqa: PLC0415
        from django.db import connection  # noqa: PLC0415

        from bench import large_account  # noqa: PLC0415

        call_command("migrate", verbosity=0)
        account, olivia = large_account.built_before() or large_account.build()
        if "build" in sys.argv:
            return
        print(f"{connection.vendor}: {ROWS:,} codes, {os.environ['CALLS_A_SECOND']} calls a second")
        _measure(data / "spool", account, olivia)


def _measure(spool: Path, account: "Account", olivia: "User") -> None:
    from bench import together  # noqa: PLC0415
    from callmark.codes import many  # noqa: PLC0415
    from callmark.codes.models import CodeBatch  # noqa: PLC0415

    office = together.Office(together.free_port(), together.signed_in(olivia))
    with (
        together.running("portal", office.port),
        together.running("drain", office.port),
        together.running("webhooks", office.port),
    ):
        office.wait_until_up()
        together.save(office, account, time.monotonic(), times=2)
        begins, over = time.monotonic(), threading.Event()
        calls = threading.Thread(
            target=together.write_spool,
            args=(spool, together.records(account, seconds=_AT_MOST), begins, over.is_set),
        )
        calls.start()
        try:
            _beside_saves("nothing else", office, account, lambda: time.sleep(10))
            began = time.monotonic()
            _beside_saves("sent and checked", office, account, lambda: _send(office, olivia))
            batch = CodeBatch.objects.of(account).latest("at")
            _beside_saves("imported", office, account, lambda: _wait_for(batch))
            print(f"  in all {time.monotonic() - began:.1f} s", flush=True)
            if "import" in sys.argv:
                return
            undone = many.undo(batch, actor=olivia)
            _beside_saves("undone", office, account, lambda: _wait_for(undone))
        finally:
            over.set()
            calls.join()


def _send(office: "Office", olivia: "User") -> None:
    """By the API, which is the portal's process."""
    from callmark.sign_in.api_tokens import Scope, create_token  # noqa: PLC0415

    account = olivia.account
    assert account is not None
    token = create_token(account, name="import", scopes=list(Scope), days=2, actor=olivia).secret
    lines = (f"Case {number},{number + 5_000_000:07}" for number in range(ROWS))
    between = "a-line-between"
    body = (
        f'--{between}\r\nContent-Disposition: form-data; name="file"; filename="codes.csv"\r\n'
        "Content-Type: text/csv\r\n\r\n"
        + "\n".join(["name,code", *lines])
        + f"\r\n--{between}--\r\n"
    )
    request = Request(
        f"http://127.0.0.1:{office.port}/api/v1/accounts/{account.pk}/codes/import",
        body.encode(),
        {
            "Authorization": f"Bearer {token}",
            "Content-Type": f"multipart/form-data; boundary={between}",
        },
    )
    with urlopen(request, timeout=120) as answer:
        json.load(answer)


def _wait_for(batch: "CodeBatch") -> None:
    while batch.is_under_way:
        time.sleep(0.2)
        batch.refresh_from_db()
    assert batch.state == "done", batch.problem


def _beside_saves(
    what: str, office: "Office", account: "Account", work: "Callable[[], None]"
) -> None:
    """Save again and again, as a person does, until the work is done; say how long each took."""
    from bench import together  # noqa: PLC0415

    office.times.clear()
    over = threading.Event()
    saves = threading.Thread(
        target=together.save, args=(office, account, time.monotonic(), 10_000, over.is_set)
    )
    saves.start()
    started = time.monotonic()
    work()
    took = time.monotonic() - started
    over.set()
    saves.join()
    told = ", ".join(
        f"{name} {together.percentile(office.times['saves'], part) * 1000:.0f} ms"
        for name, part in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("most", 1.0))
    )
    print(f"  {what} in {took:.1f} s; {len(office.times['saves'])} saves took {told}", flush=True)
    print(f"    errors: {sum(office.problems.values())} {dict(office.problems) or ''}", flush=True)


if __name__ == "__main__":
    main()
