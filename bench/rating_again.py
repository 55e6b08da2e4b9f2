"""How fast calls on record are rated again: by the clock, and by CPU time of this process.

On SQLite the database's work is part of that; PostgreSQL's is not.
"""

import time
from decimal import Decimal

from bench.page_times import say
from callmark.accounts.models import Account, User
from callmark.calls.jobs import work_all
from callmark.calls.reratings import last_rerating, rate_again, set_currency
from callmark.policy.rating import Rate
from callmark.tariffs.services import NewVersion, make_version


def rate_all_again(account: Account, olivia: User) -> None:
    """For the first time, by other prices, and by the same again."""
    set_currency(account, "USD", actor=olivia)
    for words, price in (("first", "0.30"), ("other prices", "0.40"), ("the same", "0.40")):
        rates = (
            Rate("United Kingdom", prefix="+44", price=Decimal(price)),
            Rate("London", prefix="+4420", price=Decimal(price), block_seconds=6),
            Rate("All others", price=Decimal(price), connection_fee=Decimal("0.05")),
        )
        make_version(account, NewVersion(words, "USD", rates), actor=olivia)
        rate_again(account, since=None, actor=olivia)
        clock, cpu = time.perf_counter(), time.process_time()
        work_all()
        clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
        done = last_rerating(account)
        assert done
        say(
            f"{done.done:,} calls rated again ({words}; {done.changed:,} changed)",
            f"{done.done / clock:,.0f} a second, {done.done / cpu:,.0f} for a second of our CPU",
        )
