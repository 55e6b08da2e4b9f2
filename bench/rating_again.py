"""How fast calls on record are rated again: by the clock, and by CPU time of us and PostgreSQL.

On SQLite the database's work is part of ours. Of a large account the newest days are enough: at
least RATED calls (100,000) are rated in each of three rounds. The 10,000 a second are by the clock.
"""

import os
import time
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from bench.page_times import cpu_of_database, say
from callmark.accounts.models import Account, User
from callmark.calls.calendars import account_calendar
from callmark.calls.jobs import work_all
from callmark.calls.models import DayTotal
from callmark.calls.reratings import last_rerating, rate_again, set_currency
from callmark.policy.rating import Rate
from callmark.tariffs.services import NewVersion, make_version

RATED = int(os.environ.get("RATED", "100000"))


def rate_all_again(account: Account, olivia: User) -> None:
    """For the first time, by other prices, and by the same again."""
    if account.currency != "USD":
        set_currency(account, "USD", actor=olivia)
    since = first_day(account)
    for words, price in (("first", "0.30"), ("other prices", "0.40"), ("the same", "0.40")):
        rates = (
            Rate("United Kingdom", prefix="+44", price=Decimal(price)),
            Rate("London", prefix="+4420", price=Decimal(price), block_seconds=6),
            Rate("All others", price=Decimal(price), connection_fee=Decimal("0.05")),
        )
        make_version(account, NewVersion(words, "USD", rates), actor=olivia)
        rate_again(account, since=since, actor=olivia)
        clock, ours, theirs = time.perf_counter(), time.process_time(), cpu_of_database()
        work_all()
        clock, ours = time.perf_counter() - clock, time.process_time() - ours
        theirs = cpu_of_database() - theirs
        done = last_rerating(account)
        assert done
        say(
            f"{done.done:,} calls rated again ({words}; {done.changed:,} changed)",
            f"{done.done / clock:,.0f} a second by the clock; for 1,000 calls CPU of "
            f"{ours / done.done * 1e6:.0f} + {theirs / done.done * 1e6:.0f} ms",
        )


def first_day(account: Account) -> date | None:
    """The latest day since which there are enough calls; None: all of them are needed."""
    totals = DayTotal.objects.of(account)
    totals = totals.exclude(month__in=account_calendar(account).closed_months)
    found = 0
    days: list[tuple[date, int]] = list(
        totals.order_by("-day").values_list("day").annotate(Sum("calls"))
    )
    for day, calls in days:
        found += calls
        if found >= RATED:
            return day
    return None
