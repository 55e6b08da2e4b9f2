"""An account with many calls: it is built, asked, and written to. Sizes: :mod:`bench.size`."""

import resource
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, timedelta
from functools import partial
from itertools import islice

from django.db import connection

from bench.activity import write_activity
from bench.many_calls import write_calls
from bench.page_times import ask_for_pages, milliseconds, say
from bench.report_pages import ask_for_reports
from bench.size import CALLS, CODES, ENTRIES, MONTHS, NOW, USERS
from callmark.accounts.models import Account, Role, User
from callmark.accounts.row_security import scope_of, seeing
from callmark.accounts.services import add_account, add_person
from callmark.audit.queries import entries_for
from callmark.calls.calendars import calendar_of
from callmark.calls.corrections import assign_code, undo
from callmark.calls.export import READ_AT_ONCE, csv_lines, xlsx_columns, xlsx_rows
from callmark.calls.filters import CallFilter
from callmark.calls.inbox import to_assign
from callmark.calls.jobs import work_all
from callmark.calls.listing import page_of_calls
from callmark.calls.months import figures, months
from callmark.calls.periods import period_of
from callmark.calls.records import LegDecided, LegEnded, Record
from callmark.calls.store import store
from callmark.calls.suggesting import suggestions
from callmark.calls.sums import found_by
from callmark.calls.totals import count_again
from callmark.codes.bulk import NewCode, add_codes
from callmark.codes.models import AccountCode
from callmark.codes.services import enable_account_codes
from callmark.gate.spool import BATCH
from callmark.reports.definitions import definition_from
from callmark.reports.making import make_report
from callmark.xlsx_files import xlsx_parts


def build() -> tuple[Account, User]:
    """The account, its administrator, and its calls, counted."""
    account = add_account(slug="large", name="Large Firm")
    olivia = add_person(account, name="Olivia", email="o@large.example", role=Role.ADMINISTRATOR)
    enable_account_codes(account, code_length=7, max_retries=3, actor=olivia)
    for start in range(0, CODES, 10_000):
        some = range(start, min(CODES, start + 10_000))
        rows = [NewCode(n, f"Matter {n}", f"{n + 1_000_000:07}") for n in some]
        add_codes(account, rows, actor=olivia)
    people = [User(account=account, name=f"User {n}") for n in range(USERS)]
    User.objects.bulk_create(people)
    write_activity(account, people)
    codes = list(AccountCode.objects.of(account))
    started = time.perf_counter()
    write_calls(account, people, codes)
    say("calls written", f"{CALLS / (time.perf_counter() - started):,.0f} a second")
    started = time.perf_counter()
    count_again(account)
    say("all totals counted again", f"{time.perf_counter() - started:.1f} s")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return account, olivia


def built_before() -> tuple[Account, User] | None:
    """The account of a run before, whose database was kept."""
    account = Account.objects.filter(slug="large").first()
    if account is None:
        return None
    if entries_for(account).count() < ENTRIES:
        # It was built before there was any activity.
        write_activity(account, list(User.objects.of(account)))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE audit_auditentry")
    return account, User.objects.of(account).get(name="Olivia")


def ask(account: Account, olivia: User) -> None:
    """What is asked beside pages: figures of a month, reports, sums that need the calls."""
    ask_for_pages(account, olivia)
    ask_for_reports(account, olivia)
    # As a request of hers sees it.
    with seeing(scope_of(olivia)):
        _ask_for_figures(account, olivia)
        export(account, olivia)


def _ask_for_figures(account: Account, olivia: User) -> None:
    calendar = calendar_of(account)
    last = period_of("last_month", calendar, NOW)
    assert last.first
    month = calendar.month_of(last.first).first
    in_month = next(one for one in months(account) if one.month.first == month)
    say("calls of the month that is reported", f"{in_month.calls:,}")
    billed = found_by(CallFilter(billing_month=month, simulated=False), account, olivia)
    say("calls billed in a month, first page", milliseconds(partial(page_of_calls, billed)))
    inbox = list(to_assign(account, olivia).order_by("-started_at", "-id")[:50])
    say("suggestions for 50 calls", milliseconds(lambda: suggestions(account, inbox)))
    say("a month's figures by code and by user", milliseconds(lambda: figures(account, month), 5))
    user = User.objects.of(account).get(name="User 7")
    for words, asked in {
        "by code, from totals": {},
        "by user, from totals": {"what": "user"},
        "by day, from totals": {"what": "day"},
        "by code, of one user": {"user": str(user.pk)},
        "by code, of one type": {"call_type": "international"},
        "by code, of a minute and longer": {"at_least": "60"},
        "by number": {"what": "number"},
    }.items():
        definition = definition_from({**asked, "period": "last_month", "compare": "no"})
        work = partial(make_report, account, definition, person=olivia)
        say(f"report of the month {words}, a page", milliseconds(work, 5))
    definition = definition_from({"period": "last_month", "compare": "no"})
    whole = partial(make_report, account, definition, person=olivia, most=None)
    say("report of the month by code, all lines", milliseconds(whole, 3))


def write(account: Account, olivia: User) -> None:
    """What writes, and what is taken away."""
    code = AccountCode.objects.of(account)[0]
    started = time.perf_counter()
    batch = assign_code(account, CallFilter(to_assign=True), code=code, actor=olivia)
    say(f"{batch.total:,} calls to correct, written down", f"{time.perf_counter() - started:.2f} s")
    work_all()
    say("... and corrected", f"{batch.total / (time.perf_counter() - started):,.0f} a second")
    started = time.perf_counter()
    batch.refresh_from_db()
    undo(batch, actor=olivia)
    work_all()
    say("... and undone", f"{batch.total / (time.perf_counter() - started):,.0f} a second")
    say("records drained", drained(account))


def export(account: Account, olivia: User) -> None:
    """The newest calls as files; and how much more memory the process has needed for them."""
    found = found_by(CallFilter(), account, olivia)
    newest = found.filter(started_at__gte=NOW - timedelta(days=30))
    some = min(CALLS // MONTHS, 300_000)
    lines = csv_lines(newest, zone=UTC, with_codes=True)
    _sent("CSV", islice((line.encode() for line in lines), some // READ_AT_ONCE + 1), some)
    some = min(some, 100_000)
    rows = xlsx_rows(newest, zone=UTC, with_codes=True)
    parts = islice(rows, some // READ_AT_ONCE)
    _sent("XLSX", xlsx_parts(xlsx_columns(UTC), parts, sheet="Calls"), some)


def _sent(what: str, parts: Iterator[bytes], rows: int) -> None:
    started, worked = time.perf_counter(), time.process_time()
    size = len(next(parts))
    first, before = time.perf_counter() - started, peak()
    size += sum(len(part) for part in parts)
    by_clock = rows / (time.perf_counter() - started)
    of_cpu = rows / (time.process_time() - worked)
    say(
        f"{what} of {rows:,} calls",
        f"{by_clock:,.0f} rows a second ({of_cpu:,.0f} of our CPU), {size / 1e6:.0f} MB",
    )
    say("... its first bytes; more memory", f"{first * 1e3:.1f} ms; {peak() - before} MB")


def peak() -> int:
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def drained(account: Account) -> str:
    """Records that the gate's drain stores in its batches: a leg and its end for each call."""
    user = User.objects.of(account)[0]
    records: list[Record] = []
    for number in range(1000):
        call_id, at = str(uuid.uuid4()), NOW - timedelta(seconds=number)
        records.append(
            LegDecided(
                id=call_id,
                switch="main",
                call_id=call_id,
                linked_id="",
                account_id=str(account.pk),
                user_id=str(user.pk),
                direction="outbound",
                caller="101",
                dialed="2125550142",
                e164="+12125550142",
                call_type="domestic",
                started_at=at,
                outcome="not_gated",
            )
        )
        records.append(
            LegEnded(
                id=call_id, ended_at=at, answered_at=at, seconds=number, disposition="ANSWERED"
            )
        )
    started = time.perf_counter()
    for start in range(0, len(records), BATCH):
        store(records[start : start + BATCH])
    return f"{len(records) / (time.perf_counter() - started):,.0f} a second, {BATCH} at once"
