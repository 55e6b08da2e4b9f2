"""``python -m bench.importing``: a long list imported and undone, and how long others wait.

ROWS (100,000) new codes, by a worker of its own as ``callmark webhooks`` has it; meanwhile another
process renames a code of another account WRITES_A_SECOND (5) times a second. On SQLite, or on the
database of CALLMARK_DATABASE_URL (``scripts/with-postgres`` gives one).
"""

import logging
import os
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from callmark.codes.models import AccountCode, CodeBatch

ROWS = int(os.environ.get("ROWS", "100000"))
WRITES_A_SECOND = int(os.environ.get("WRITES_A_SECOND", "5"))


def main() -> None:
    """Make a database of its own, import, undo; or, told to ``work``, be the worker."""
    working = "work" in sys.argv
    if not working:
        os.environ["CALLMARK_DATA_DIR"] = tempfile.mkdtemp(prefix="callmark-bench-")
    os.environ["DJANGO_SETTINGS_MODULE"] = "callmark.settings"
    django.setup()
    logging.getLogger("callmark").setLevel(logging.WARNING)
    if working:
        # What is imported here needs Django to be set up.
        from callmark.codes import batch_jobs  # noqa: PLC0415

        batch_jobs.work_all()
        return
    _measure()


def _measure() -> None:
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from callmark.accounts.services import add_account  # noqa: PLC0415
    from callmark.codes import bulk, many  # noqa: PLC0415
    from callmark.codes.models import AccountCode  # noqa: PLC0415
    from callmark.codes.services import add_code, enable_account_codes  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    print(f"{connection.vendor}: {ROWS:,} codes; another writes {WRITES_A_SECOND} times a second")
    large, other = (add_account(slug=one, name=one) for one in ("large", "other"))
    for account in (large, other):
        enable_account_codes(account, code_length=7, max_retries=3, actor=None)
    code = add_code(other, name="Harper v. Castellan", code="1234567", actor=None)
    lines = (f"Matter {number},{number + 1_000_000:07}" for number in range(ROWS))
    data = "\n".join(["name,code", *lines]).encode()
    started = time.perf_counter()
    batch = bulk.import_csv(large, data, dry_run=False, actor=None).batch
    assert batch is not None
    print(f"  checked and handed to the worker: {time.perf_counter() - started:.1f} s")
    _by_the_worker("imported", batch, code)
    assert AccountCode.objects.of(large).count() == ROWS
    _by_the_worker("undone", many.undo(batch, actor=None), code)
    assert not AccountCode.objects.of(large).exists()


def _by_the_worker(what: str, batch: "CodeBatch", code: "AccountCode") -> None:
    """Rename a code again and again until the worker is done with the batch."""
    from callmark.codes.services import rename_code  # noqa: PLC0415

    started, waits = time.perf_counter(), []
    worker = subprocess.Popen([sys.executable, "-m", "bench.importing", "work"])
    while worker.poll() is None:
        began = time.perf_counter()
        rename_code(code, name=f"Matter of {began}", actor=None)
        waits.append(time.perf_counter() - began)
        time.sleep(1 / WRITES_A_SECOND)
    assert worker.returncode == 0
    batch.refresh_from_db()
    assert batch.state == "done", batch.problem
    waits.sort()
    told = ", ".join(
        f"{name} {waits[min(len(waits) - 1, int(len(waits) * part))] * 1000:.0f} ms"
        for name, part in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("most", 1.0))
    )
    took = time.perf_counter() - started
    print(f"  {what} in {took:.1f} s; {len(waits)} others' writes took {told}", flush=True)


if __name__ == "__main__":
    main()
