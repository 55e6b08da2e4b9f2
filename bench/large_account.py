"""An account with many calls: it is built, asked, and written to. Sizes: :mod:`bench.size`."""

import random
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice

from django.db import connection

from bench.size import CALLS, CODES, MONTHS, NOW, USERS
from callmark.accounts.models import Account, Role, User
from callmark.accounts.services import add_account, add_person
from callmark.calls.calendars import account_calendar, calendar_of
from callmark.calls.corrections import assign_code, undo
from callmark.calls.export import csv_lines
from callmark.calls.filters import CallFilter
from callmark.calls.inbox import suggestions, to_assign
from callmark.calls.jobs import work_all
from callmark.calls.listing import page_of_calls
from callmark.calls.models import Call
from callmark.calls.months import figures
from callmark.calls.periods import period_of
from callmark.calls.records import LegDecided, LegEnded, Record
from callmark.calls.store import store
from callmark.calls.sums import found_by, sum_of
from callmark.calls.totals import count_again
from callmark.codes.bulk import NewCode, add_codes
from callmark.codes.models import AccountCode
from callmark.codes.services import enable_account_codes
from callmark.gate.spool import BATCH


def milliseconds(work: Callable[[], object], rounds: int = 20) -> str:
    """The median and the 95th percentile."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    times.sort()
    return (
        f"median {statistics.median(times):8.1f} ms   p95 {times[int(rounds * 0.95) - 1]:8.1f} ms"
    )


def say(what: str, figure: str) -> None:
    print(f"  {what:<46} {figure}", flush=True)


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
    codes = list(AccountCode.objects.of(account))
    started = time.perf_counter()
    calls = made(account, people, codes)
    while part := list(islice(calls, 5000)):
        Call.objects.bulk_create(part, batch_size=500)
    say("calls written", f"{CALLS / (time.perf_counter() - started):,.0f} a second")
    started = time.perf_counter()
    count_again(account)
    say("all totals counted again", f"{time.perf_counter() - started:.1f} s")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return account, olivia


def made(account: Account, people: list[User], codes: list[AccountCode]) -> Iterator[Call]:
    """Calls as an office has them: a few matters have most, one call in twenty is to assign."""
    chance = random.Random(7)
    calendar = account_calendar(account)
    for _ in range(CALLS):
        at = NOW - timedelta(seconds=chance.randrange(MONTHS * 30 * 86_400))
        user, code = chance.choice(people), codes[int(len(codes) * chance.random() ** 3)]
        tagged = chance.random() < 0.8
        required = tagged or chance.random() < 0.25
        talk = int(chance.expovariate(1 / 240))
        day, month = calendar.day_and_month(at)
        yield Call(
            id=uuid.UUID(int=chance.getrandbits(128), version=4),
            account=account,
            user=user,
            user_name=user.name,
            direction="outbound",
            caller="101",
            dialed="011442079460000",
            number="011442079460000",
            e164=f"+4420794{chance.randrange(100_000):05}",
            call_type=chance.choice(["international", "domestic", "toll_free"]),
            outcome="connected" if tagged else "let_through_unasked" if required else "not_gated",
            started_at=at,
            answered_at=at,
            ended_at=at + timedelta(seconds=talk),
            seconds=talk,
            disposition="ANSWERED",
            account_code_encrypted=code.code_encrypted if tagged else "",
            account_code_lookup=code.code_lookup if tagged else "",
            account_code_name=code.name if tagged else "",
            code=code if tagged else None,
            entered_by="prompt" if tagged else "",
            code_required=required,
            day=day,
            billing_month=month,
        )


def ask(account: Account, olivia: User) -> None:
    """What an office manager asks for."""
    calendar = calendar_of(account)
    last = period_of("last_month", calendar, NOW)
    code = AccountCode.objects.of(account).order_by("name")[5]
    searches = {
        "all": CallFilter(simulated=False),
        "last month": CallFilter(simulated=False, since=last.since, until=last.until),
        "one code": CallFilter(simulated=False, code_ids=frozenset([code.pk])),
        "to assign": CallFilter(simulated=False, to_assign=True),
        "longer than an hour": CallFilter(simulated=False, at_least_seconds=3600),
    }
    for name, search in searches.items():
        found = found_by(search, account, olivia)
        say(f"first page, {name}", milliseconds(partial(page_of_calls, found)))
        say(f"sum, {name}", milliseconds(partial(sum_of, search, account, olivia)))
    found = found_by(searches["all"], account, olivia)
    middle = found.order_by("-started_at", "-id")[CALLS // 2 : CALLS // 2 + 1].get()
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    mark = f"{(middle.started_at - epoch) // timedelta(microseconds=1)}-{middle.pk.hex}"
    say("page in the middle of all", milliseconds(lambda: page_of_calls(found, older=mark)))
    inbox = list(to_assign(account, olivia).order_by("-started_at", "-id")[:50])
    say("suggestions for 50 calls", milliseconds(lambda: suggestions(account, inbox)))
    assert last.first
    month = calendar.month_of(last.first).first
    say("a month by code and user", milliseconds(lambda: figures(account, month), 5))


def write(account: Account, olivia: User) -> None:
    """What writes, and what is taken away."""
    started, worked = time.perf_counter(), time.process_time()
    found = found_by(CallFilter(), account, olivia)
    lines = csv_lines(found, zone=UTC, with_codes=True)
    next(lines)
    first = time.perf_counter() - started
    size = sum(len(part) for part in lines)
    rows = CALLS / (time.perf_counter() - started)
    of_cpu = CALLS / (time.process_time() - worked)
    say("export", f"{rows:,.0f} rows a second ({of_cpu:,.0f} of CPU), {size / 1e6:.0f} MB")
    say("... its first line", f"{first * 1e3:.1f} ms")
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


def drained(account: Account) -> str:
    """Records that the gate's drain stores in its batches: a leg and its end for each call."""
    user = User.objects.of(account)[0]
    records: list[Record] = []
    for number in range(1000):
        call_id, at = str(uuid.uuid4()), NOW - timedelta(seconds=number)
        records.append(
            LegDecided.model_validate(
                {
                    "id": call_id,
                    "switch": "main",
                    "call_id": call_id,
                    "linked_id": "",
                    "account_id": str(account.pk),
                    "user_id": str(user.pk),
                    "direction": "outbound",
                    "caller": "101",
                    "dialed": "2125550142",
                    "e164": "+12125550142",
                    "call_type": "domestic",
                    "started_at": at,
                    "outcome": "not_gated",
                }
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
