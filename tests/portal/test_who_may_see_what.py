"""Roles, and accounts that never learn of each other."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone

from callmark.accounts.models import Switch, User
from callmark.calls.calendars import calendar_of
from callmark.calls.limits import add_limit
from callmark.calls.models import Call
from callmark.calls.reratings import set_currency
from callmark.calls.saved_filters import save_filter
from callmark.codes.listed_numbers import add_listed_number
from callmark.codes.many import change_many
from callmark.codes.models import Kind
from callmark.codes.templates import save_template
from callmark.policy.number_list import CodeNeed
from callmark.portal.urls import urlpatterns
from callmark.reports.exports import ask_for_report
from callmark.reports.handover.services import save_format
from callmark.reports.models import Run, RunState
from callmark.reports.paper import pdf_is_possible
from callmark.reports.saved import save_report
from callmark.reports.schedules import add_schedule
from callmark.tariffs.models import Tariff
from callmark.tariffs.services import NewVersion, make_version
from tests.beginnings import begun_with
from tests.cases import for_each, taken_back
from tests.cast import LawFirm, code, first_time
from tests.portal.programs import delivery, token, webhook
from tests.portal.test_call_history import place

PAGES = [str(page.name) for page in urlpatterns if page.name not in {"home", "favicon", "help"}]
PAGES_WITH_AN_ID = [
    str(page.name)
    for page in urlpatterns
    if page.pattern.converters.keys() - {"slug", "month", "name"}
]
FOR_MEMBERS = {"user_settings", "calls", "calls_export", "calls_workbook", "call"} | {
    "correction_progress"
}
# Where it cannot be made one is led back to the page.
PDF = 200 if pdf_is_possible() else 302
# What Rick (who reads all calls) and Uma (who reads her own) get of these, by GET and by POST.
FOR_MEMBERS_IN_PART = {
    "account_home": {"rick": (200, 405), "uma": (302, 405)},
    "months": {"rick": (200, 405), "uma": (404, 405)},
    "month": {"rick": (200, 405), "uma": (404, 405)},
    "statements": {"rick": (200, 405), "uma": (404, 405)},
    "statements_zip": {"rick": (PDF, 405), "uma": (404, 405)},
    "statement": {"rick": (200, 405), "uma": (404, 405)},
    "statement_pdf": {"rick": (PDF, 405), "uma": (404, 405)},
    # Of one's own calls, where one may not read all.
    "exports": {"rick": (200, 302), "uma": (200, 302)},
    # Only who has asked for it, Olivia here.
    "export_file": {"rick": (404, 405), "uma": (404, 405)},
    "export_delete": {"rick": (405, 404), "uma": (405, 404)},
    "reports": {"rick": (200, 405), "uma": (200, 405)},
    "reports_run": {"rick": (405, 200), "uma": (405, 200)},
    "reports_export": {"rick": (200, 405), "uma": (200, 405)},
    "report_save": {"rick": (405, 302), "uma": (405, 302)},
    "report_saved": {"rick": (302, 405), "uma": (302, 405)},
    # Refused with a message.
    "report_delete": {"rick": (405, 302), "uma": (405, 302)},
    "report_file": {"rick": (200, 405), "uma": (404, 405)},
    "schedules": {"rick": (200, 405), "uma": (404, 405)},
    "to_assign": {"rick": (200, 405), "uma": (404, 405)},
    "calls_search": {"rick": (405, 302), "uma": (405, 302)},
    "arrange_table": {"rick": (405, 302), "uma": (405, 302)},
    "choose_user": {"rick": (405, 200), "uma": (405, 404)},
    "choose_code": {"rick": (405, 200), "uma": (405, 200)},
    "filter_save": {"rick": (405, 302), "uma": (405, 302)},
    # Refused with a message, back on the list.
    "calls_correct": {"rick": (405, 302), "uma": (405, 302)},
    "correction_undo": {"rick": (405, 404), "uma": (405, 404)},
    # Somebody else's own filter is not there for them.
    "filter_delete": {"rick": (405, 404), "uma": (405, 404)},
}
# Who may see nothing of a page is refused before its rows are asked for: on one database.
FOR_SOME_ROLES = [page for page in PAGES if page in FOR_MEMBERS or page in FOR_MEMBERS_IN_PART]
FOR_NEITHER = [page for page in PAGES if page not in FOR_SOME_ROLES]
METHODS = ("get", "post")
# The operators' own pages belong to no account: nobody else learns that they are there.
FOR_OPERATORS = {
    str(page.name) for page in urlpatterns if "slug" not in page.pattern.converters
} & set(PAGES)

# Phones are given by operators: a switch serves many accounts. And the prefix decides what
# callers reach.
PHONES = {"extension_add", "extension_remove", "number_add", "number_remove"}
FOR_OPERATION = PHONES | {"account_edit"}


class Page(NamedTuple):
    """A page of ours, and how it is asked for."""

    name: str
    method: str


def every_way(pages: Iterable[str]) -> list[Page]:
    """Each of them, seen and sent."""
    return [Page(page, method) for method in METHODS for page in pages]


def client_of(person: User) -> Client:
    """A browser in which they have signed in."""
    client = Client()
    client.force_login(person)
    return client


LIMIT = {
    "name": "Abroad",
    "scope": "account",
    "call_type": "international",
    "amount": 10,
    "unit": "calls",
    "per": "hour",
    "then": "warn",
}


def address(page: str, cast: LawFirm, **ids: object) -> str:
    """A page of the firm, with the ids of things that are there."""
    pattern = next(one for one in urlpatterns if one.name == page)
    known = {"slug": cast.account.slug, **ids}
    return reverse(f"portal:{page}", kwargs={name: known[name] for name in _names(pattern)})


def _names(pattern: URLPattern) -> list[str]:
    return list(pattern.pattern.converters)


def rates(cast: LawFirm) -> Tariff:
    set_currency(cast.account, "USD", actor=None)
    return make_version(cast.account, NewVersion("Rates", "USD", []), actor=None)


def reports_of(cast: LawFirm) -> dict[str, object]:
    """A saved report, another with its schedule, and a file of that."""
    kept, sent = (
        save_report(cast.account, name=name, asked={}, shared=True, actor=cast.olivia)
        for name in ("Kept", "Sent")
    )
    monthly = {"every": "month", "day": 2, "way": "link", "recipients": "olivia@firm.example"}
    schedule = add_schedule(cast.account, sent, monthly, actor=cast.olivia)
    now = timezone.now()
    made = Run.objects.create(
        account=cast.account,
        schedule=schedule,
        due_at=now,
        state=RunState.DONE,
        finished_at=now,
        file_name="bill.csv",
        content=b"Account code,Calls\r\n",
    )
    asked = ask_for_report(cast.account, {}, "csv", actor=cast.olivia)
    ids = {"report_id": kept.pk, "schedule_id": schedule.pk, "run_id": made.pk}
    return {**ids, "export_id": asked.pk}


@begun_with
def ids(cast: LawFirm) -> dict[str, object]:
    """A user, a code, a call, a webhook, a delivery and a token of the firm."""
    first_time(cast)
    call: Call = place(cast, cast.uma, "011442079460000")
    endpoint = webhook(cast)
    return {
        "user_id": cast.uma.pk,
        "switch_id": Switch.objects.get(name="main").pk,
        "template_id": save_template(cast.account, "Law firms", actor=None).pk,
        "person_id": cast.olivia.pk,
        "action": "sign-out",
        "name": "calls",
        "kind": "asterisk",
        "code_id": (known := code(cast)).pk,
        "batch_id": change_many(
            cast.account, Kind.LABEL, [known.pk], label="Estates", actor=cast.olivia
        ).pk,
        "call_id": call.pk,
        "endpoint_id": endpoint.pk,
        "delivery_id": delivery(endpoint).pk,
        "token_id": token(cast).token.pk,
        "extension_id": cast.uma.extensions.get().pk,
        "number_id": cast.uma.phone_numbers.get().pk,
        "listed_number_id": add_listed_number(
            cast.account,
            number="+442079460000",
            need=CodeNeed.NEVER,
            name="Court",
            actor=cast.olivia,
        ).pk,
        "limit_id": add_limit(cast.account, LIMIT, actor=cast.olivia).pk,
        "filter_id": save_filter(
            cast.account, name="Mine", query="tag=to_assign", actor=cast.olivia
        ).pk,
        "format_id": save_format(
            cast.account, name="Books", options={"format": "csv"}, actor=cast.olivia
        ).pk,
        "tariff_id": rates(cast).pk,
        **reports_of(cast),
        "currency": "USD",
        "month": calendar_of(cast.account).month_of(timezone.localdate()).first.isoformat(),
    }


def status_of(client: Client, page: Page, found: str) -> int:
    """What is answered at an address; what that may have changed is taken back."""
    with taken_back():
        return int(getattr(client, page.method)(found).status_code)


@for_each(every_way(PAGES))
def test_an_outsider_gets_404_everywhere(page: Page, cast: LawFirm, ids: dict[str, object]) -> None:
    assert status_of(client_of(cast.fay), page, address(page.name, cast, **ids)) == 404


@pytest.mark.sqlite  # the door is the same in front of every database
@for_each(PAGES)
def test_nobody_sees_anything_without_signing_in(
    page: str, client: Client, cast: LawFirm, ids: dict[str, object]
) -> None:
    answer = client.get(address(page, cast, **ids))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login/")


@pytest.mark.parametrize("who", ["rick", "uma"])
@for_each(every_way(FOR_SOME_ROLES))
def test_reporters_and_users_see_what_is_for_them(
    page: Page, cast: LawFirm, ids: dict[str, object], who: str
) -> None:
    status = status_of(client_of(getattr(cast, who)), page, address(page.name, cast, **ids))
    if page.name in FOR_MEMBERS_IN_PART:
        assert status == FOR_MEMBERS_IN_PART[page.name][who][page.method == "post"]
    elif page.name == "user_settings":
        # One's own settings may be read; of others' one does not even learn.
        assert status == (404 if who == "rick" else 200 if page.method == "get" else 403)
    else:
        assert status == (200 if page.method == "get" else 405)


@pytest.mark.sqlite
@pytest.mark.parametrize("who", ["rick", "uma"])
@for_each(every_way(FOR_NEITHER))
def test_reporters_and_users_administer_nothing(
    page: Page, cast: LawFirm, ids: dict[str, object], who: str
) -> None:
    status = status_of(client_of(getattr(cast, who)), page, address(page.name, cast, **ids))
    assert status == (404 if page.name in FOR_OPERATORS else 403)


@for_each(every_way(PAGES_WITH_AN_ID))
def test_ids_of_another_account_are_404_in_ones_own(
    page: Page, cast: LawFirm, ids: dict[str, object]
) -> None:
    client = client_of(cast.otto if page.name in PHONES else cast.fay)
    missing = {name: uuid4() for name in ids}
    for some in (ids, missing):
        found = address(page.name, cast, **{**some, "slug": "other"})
        # 405: the page takes no GET, whatever the id.
        assert status_of(client, page, found) in {404, 405}


@for_each(every_way(sorted(FOR_OPERATION)))
def test_administrators_are_no_operators(
    page: Page, olivia: Client, cast: LawFirm, ids: dict[str, object]
) -> None:
    assert status_of(olivia, page, address(page.name, cast, **ids)) == 403


@for_each([Page(page, "get") for page in PAGES if page not in FOR_OPERATORS])
def test_the_operator_sees_every_account(page: Page, cast: LawFirm, ids: dict[str, object]) -> None:
    seen = {404} if page.name == "export_file" else {200, 302, 405}
    assert status_of(client_of(cast.otto), page, address(page.name, cast, **ids)) in seen


@pytest.mark.parametrize(
    ("who", "where"),
    [
        ("olivia", "/accounts/firm/"),
        ("rick", "/accounts/firm/"),
        ("uma", "/accounts/firm/users/{}/settings/"),
    ],
)
def test_the_start_page_leads_everybody_to_their_own(
    client: Client, cast: LawFirm, who: str, where: str
) -> None:
    person: User = getattr(cast, who)
    client.force_login(person)
    way = client.get("/", follow=True).redirect_chain
    assert way[-1][0] == where.format(person.pk)


def test_the_operator_chooses_an_account(client: Client, cast: LawFirm) -> None:
    client.force_login(cast.otto)
    page = client.get("/").content.decode()
    assert "Firm Ltd" in page
    assert "Other Ltd" in page
    found = client.get("/", {"q": "oth"}).content.decode()
    assert "Firm Ltd" not in found


def test_the_navigation_offers_only_what_one_may_open(client: Client, cast: LawFirm) -> None:
    client.force_login(cast.rick)
    page = client.get("/accounts/firm/calls/").content.decode()
    assert "Test a call" not in page
    assert "account-codes/" not in page
