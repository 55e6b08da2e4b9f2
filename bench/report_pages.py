"""Every page of reports and bills, of the last month: from totals, and with filters."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from django.test import Client

from bench.page_times import milliseconds, pages_of, say
from bench.size import NOW
from callmark.accounts.models import Account, User
from callmark.calls.calendars import calendar_of
from callmark.calls.models import Call
from callmark.calls.periods import period_of
from callmark.codes.models import AccountCode
from callmark.reports.definitions import SORTS, What

Page = Callable[..., Callable[[], None]]
"""Of a page's name, its query and the ids in its address: what asks for it."""

FEW = 5
"""Rounds of a question that needs the calls."""


def ask_for_reports(account: Account, olivia: User) -> None:
    """All of :data:`What`, compared with the month before, which is how the page asks."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(olivia)
    page = pages_of(account, client)
    for what in What:
        say(f"report by {what}", milliseconds(page("reports", {"what": what})))
    for sort in SORTS:
        sorted_so = page("reports", {"what": "code", "sort": sort})
        say(f"report by code, sorted by {sort}", milliseconds(sorted_so))
    for words, asked in _filters(account):
        for what in What:
            if what is What.UNTAGGED and ("codes" in asked or "call_type" in asked):
                continue
            query: dict[str, object] = {"what": what, **asked}
            say(f"report by {what}, {words}", milliseconds(page("reports", query), FEW))
    say("large files", milliseconds(page("exports")))
    _ask_for_bills(account, page)


def _filters(account: Account) -> Iterator[tuple[str, dict[str, object]]]:
    codes = AccountCode.objects.of(account)
    common, rare = codes.get(name="Matter 0"), codes.get(name="Matter 99000")
    user = User.objects.of(account).get(name="User 7")
    yield "ten days", _ten_days(account)
    yield "one user", {"user": user.pk}
    yield "a common code", {"codes": common.pk}
    yield "a rare code", {"codes": rare.pk}
    yield "other codes", {"codes": f"!{common.pk}"}
    yield "type: international", {"call_type": "international"}
    yield "direction: outbound", {"direction": "outbound"}
    yield "a minute and longer", {"at_least": "60"}
    yield "numbers that begin so", {"number": "+44207946"}


def _ten_days(account: Account) -> dict[str, object]:
    last = period_of("last_month", calendar_of(account), NOW)
    assert last.first
    return {"since": last.first, "until": last.first + timedelta(days=9)}


def _ask_for_bills(account: Account, page: Page) -> None:
    last = period_of("last_month", calendar_of(account), NOW)
    assert last.first
    month = calendar_of(account).month_of(last.first).first
    for words, name in (("a common code", "Matter 0"), ("a rare code", "Matter 99000")):
        code = AccountCode.objects.of(account).get(name=name)
        calls = Call.objects.of(account).filter(billing_month=month, code=code).count()
        asked = page("statement", {}, f"{month}", code.pk)
        say(f"statement of {words}, {calls:,} calls", milliseconds(asked, FEW))
    say("list of statements", milliseconds(page("statements", {}, f"{month}"), FEW))
