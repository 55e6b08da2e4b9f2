"""What a page takes on the server, from the request to its last byte, as a browser asks for it."""

import os
import re
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from bench.many_calls import call_in_the_middle
from callmark.accounts.models import Account, User
from callmark.audit.queries import entries_for
from callmark.calls.models import Call, CallOutcome
from callmark.codes.models import AccountCode
from callmark.keys.installed import keyring
from callmark.web.loaded import keep_what_is_loaded

ROUNDS = int(os.environ.get("ROUNDS", "21"))


def milliseconds(work: Callable[[], object], rounds: int = ROUNDS) -> str:
    """The median and the 95th percentile by the clock, and CPU time: ours + PostgreSQL's.

    On a machine that is busy with other things, the clock tells of those; CPU time does not.
    """
    work()
    times, ours, theirs = [], time.process_time(), cpu_of_database()
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    ours, theirs = time.process_time() - ours, cpu_of_database() - theirs
    times.sort()
    p95 = times[min(rounds - 1, int(rounds * 0.95))]
    return (
        f"p50 {statistics.median(times):7.1f} ms   p95 {p95:7.1f} ms   "
        f"CPU {ours / rounds * 1000:6.1f} + {theirs / rounds * 1000:5.1f} ms"
    )


def cpu_of_database() -> float:
    """CPU seconds of this connection's PostgreSQL process, if it is on this machine."""
    if connection.vendor != "postgresql":
        return 0.0
    connection.ensure_connection()
    stat = Path(f"/proc/{connection.connection.info.backend_pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def say(what: str, figure: str) -> None:
    """One line of the table."""
    print(f"  {what:<44} {figure}", flush=True)


def filters(account: Account) -> dict[str, dict[str, object]]:
    """Every filter of the list of calls, by its words: common things, and rare ones."""
    codes = AccountCode.objects.of(account).order_by("name")
    user = User.objects.of(account).filter(name="User 7").get()
    common, rare = codes.get(name="Matter 0"), codes.get(name="Matter 99000")
    return {
        "all": {},
        "last month": {"period": "last_month"},
        "one user": {"user": user.pk},
        "a common code": {"code": common.pk},
        "a rare code": {"code": rare.pk},
        "a whole code, by its digits": {"find": keyring().encrypt(common.code)},
        "without a code": {"tag": "untagged"},
        "with a code": {"tag": "tagged"},
        "to assign": {"tag": "to_assign"},
        "not billable": {"tag": "not_billable"},
        "type: international": {"call_type": "international"},
        "type: premium (1 in 100,000)": {"call_type": "premium"},
        "type: service (none)": {"call_type": "service"},
        "direction: internal": {"direction": "internal"},
        "outcome: let through": {"outcome": "let_through_unasked"},
        "outcome: abandoned (none)": {"outcome": CallOutcome.ABANDONED.value},
        "an hour and longer": {"at_least": "60:00"},
        "part of a number": {"q": "794123"},
        "part of a number (none)": {"q": "999999"},
        "a user's name": {"q": "User 77"},
        "caller unknown (none)": {"payer": "unknown"},
        "test calls, too": {"tests": "on"},
    }


def pages_of(account: Account, client: Client) -> Callable[..., Callable[[], None]]:
    """Of a page's name, its query and the ids in its address: what asks for it once."""

    def page(name: str, query: dict[str, object] | None = None, *of: object) -> Callable[[], None]:
        address = f"{reverse(f'portal:{name}', args=[account.slug, *of])}?{urlencode(query or {})}"

        def ask() -> None:
            answer = client.get(address)
            assert answer.status_code == 200, (address, answer.status_code)
            assert b'role="alert"' not in answer.content, (address, "a question that cannot be")

        return ask

    return page


def ask_for_pages(account: Account, olivia: User) -> None:
    """Every page of an office manager, and of the list of calls each filter, deep down too."""
    # As in a web process.
    keep_what_is_loaded()
    client = Client(SERVER_NAME="localhost")
    client.force_login(olivia)
    page = pages_of(account, client)
    middle = call_in_the_middle(account)
    for words, query in filters(account).items():
        say(f"calls, {words}", milliseconds(page("calls", query)))
        deep = {**query, "older": mark(middle)}
        say(f"calls, {words}, deep down", milliseconds(page("calls", deep)))
    month = f"{middle.billing_month}"
    codes, users = AccountCode.objects.of(account), User.objects.of(account)
    entries = entries_for(account)
    pages: tuple[tuple[str, str, dict[str, object], tuple[object, ...]], ...] = (
        ("home", "account_home", {}, ()),
        ("to assign", "to_assign", {}, ()),
        ("to assign, deep down", "to_assign", {"older": mark(middle)}, ()),
        ("a call's story", "call", {}, (middle.pk,)),
        ("codes", "codes", {}, ()),
        ("codes, deep down", "codes", {"after": _middle(codes.order_by("name"))}, ()),
        ("codes, the newest first", "codes", {"sort": "-created"}, ()),
        (
            "codes, the newest first, deep down",
            "codes",
            {"sort": "-created", "after": _middle(codes.order_by("-created_at"))},
            (),
        ),
        ("settings of account codes", "account_codes", {}, ()),
        ("users", "users", {}, ()),
        ("users, deep down", "users", {"after": _middle(users.order_by("name"))}, ()),
        ("users, searched", "users", {"q": "user 77"}, ()),
        ("people", "people", {}, ()),
        ("activity", "activity", {}, ()),
        ("activity, deep down", "activity", {"after": _middle(entries.order_by("-at"))}, ()),
        ("activity, by a person", "activity", {"person": "Olivia"}, ()),
        ("activity, by a rare person", "activity", {"person": "User 777"}, ()),
        ("activity, by nobody there", "activity", {"person": "Zebulon"}, ()),
        ("activity, of a kind", "activity", {"kind": "codes"}, ()),
        ("test a call", "test_call", {}, ()),
        ("months", "months", {}, ()),
        ("a month", "month", {}, (month,)),
    )
    for words, name, asked, of in pages:
        try:
            say(words, milliseconds(page(name, asked, *of)))
        except AssertionError as not_there:
            say(words, f"could not be asked for: {not_there}")
    searched = reverse("portal:codes_search", args=[account.slug])
    say("codes, searched", milliseconds(lambda: client.post(searched, {"q": "matter 77"})))
    save = saving(client, account)
    say("the dialog of saved settings", milliseconds(save))


def _middle(rows: QuerySet[Any]) -> object:
    """The id of the row in the middle: as many come before it as after."""
    return rows.values_list("pk", flat=True)[rows.count() // 2]


def saving(client: Client, account: Account) -> Callable[[], None]:
    """[Save] on the settings, which asks whom it touches."""
    address = reverse("portal:account_codes", args=[account.slug])
    shown = client.get(address).content.decode()
    fields = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', shown))

    def ask() -> None:
        answer = client.post(address, {**fields, "allowed": "on"}, headers={"HX-Request": "true"})
        assert answer.status_code == 200, answer.status_code

    return ask


def mark(call: Call) -> str:
    """Where the list goes on, after this call."""
    at = (call.started_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return f"{at}-{call.pk.hex}"
