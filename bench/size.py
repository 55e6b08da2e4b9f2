"""How one account with many calls answers: ``make bench-size``; figures, and no verdict.

CALLS, CODES, USERS and ENTRIES (of activity) in the environment size it, over the last MONTHS. It
runs on SQLite, or on the database of CALLMARK_DATABASE_URL (``scripts/with-postgres`` gives one).
``python -m bench.size build``, ``ask``, ``reports`` and ``rate`` do a part of it. With KEEP=FOLDER
keys and SQLite are there, and what was built once is asked again (of PostgreSQL, with
CALLMARK_KEPT_POSTGRES, too).
"""

import logging
import os
import sys
import tempfile
from datetime import UTC, datetime

import django

CALLS = int(os.environ.get("CALLS", "100000"))
CODES = int(os.environ.get("CODES", "2000"))
USERS = int(os.environ.get("USERS", "200"))
ENTRIES = int(os.environ.get("ENTRIES", str(CALLS // 20)))
MONTHS = int(os.environ.get("MONTHS", "10"))
NOW = datetime.now(UTC)


def main() -> None:
    """Make a database of its own, build the account, and ask."""
    kept = os.environ.get("KEEP", "")
    os.environ["CALLMARK_DATA_DIR"] = kept or tempfile.mkdtemp(prefix="callmark-bench-")
    # The pages are asked for as fast as they come.
    os.environ["CALLMARK_PORTAL_REQUESTS_A_MINUTE"] = "1000000"
    os.environ["DJANGO_SETTINGS_MODULE"] = "callmark.settings"
    django.setup()
    logging.getLogger("callmark").setLevel(logging.WARNING)
    # What is imported here needs Django to be set up.
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from bench import large_account, rating_again, report_pages  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    print(f"{connection.vendor}: {CALLS:,} calls, {CODES:,} codes, {USERS:,} users")
    account, olivia = large_account.built_before() or large_account.build()
    if "build" in sys.argv:
        return
    if "rate" in sys.argv:
        rating_again.rate_all_again(account, olivia)
        return
    if "reports" in sys.argv:
        report_pages.ask_for_reports(account, olivia)
        return
    large_account.ask(account, olivia)
    if "ask" in sys.argv:
        return
    large_account.write(account, olivia)
    rating_again.rate_all_again(account, olivia)


if __name__ == "__main__":
    main()
