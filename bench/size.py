"""How one account with many calls answers: ``make bench-size``; figures, and no verdict.

CALLS, CODES and USERS in the environment size it; the calls are of the last MONTHS. It runs on
SQLite, or on the database of CALLMARK_DATABASE_URL (``scripts/with-postgres`` gives an empty one).
"""

import logging
import os
import tempfile
from datetime import UTC, datetime

import django

CALLS = int(os.environ.get("CALLS", "100000"))
CODES = int(os.environ.get("CODES", "2000"))
USERS = int(os.environ.get("USERS", "200"))
MONTHS = int(os.environ.get("MONTHS", "6"))
NOW = datetime.now(UTC)


def main() -> None:
    """Make a database of its own, build the account, and ask."""
    os.environ["CALLMARK_DATA_DIR"] = tempfile.mkdtemp(prefix="callmark-bench-")
    os.environ["DJANGO_SETTINGS_MODULE"] = "callmark.settings"
    django.setup()
    logging.getLogger("callmark").setLevel(logging.WARNING)
    # What is imported here needs Django to be set up.
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from bench import large_account  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    print(f"{connection.vendor}: {CALLS:,} calls, {CODES:,} codes, {USERS:,} users")
    account, olivia = large_account.build()
    large_account.ask(account, olivia)
    large_account.write(account, olivia)


if __name__ == "__main__":
    main()
