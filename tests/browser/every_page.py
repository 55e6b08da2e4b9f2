"""Every page there is, found from the addresses themselves: no new page can be left out.

A firm is furnished, every address that the portal and the API's reference have is asked for, and
what answers with a page is one. An address with an id of a new kind fails until :func:`_ids` knows
one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import NoReverseMatch, URLPattern, reverse
from django.utils import timezone

from callmark.accounts.models import Switch, User
from callmark.api.urls import reference
from callmark.batches import BatchState
from callmark.calls.models import CallLimit
from callmark.calls.saved_filters import save_filter
from callmark.codes.many import change_many, undo
from callmark.codes.models import AccountCode, CodeBatch, Kind, ListedNumber
from callmark.codes.services import rename_code
from callmark.codes.templates import save_template
from callmark.portal import sign_in_urls
from callmark.portal import urls as portal_urls
from callmark.portal.views.people import ACTIONS
from callmark.reports.exports import ask_for_report
from callmark.reports.handover.services import save_format
from callmark.reports.models import Run
from callmark.reports.saved import save_report
from callmark.reports.schedules import add_schedule
from callmark.web.limits import counters
from callmark.webhooks.models import WebhookEndpoint
from tests.browser.test_every_page import (
    furnish,
    furnish_activity,
    furnish_programs,
    furnish_rates,
    furnish_shared_rates,
)
from tests.browser.visitor import Visitor
from tests.cast import LawFirm
from tests.portal.programs import token
from tests.rows import every

# What some pages want to be told before they ask anything.
ASKED_WITH = {"role": "?role=reporter", "email": "?email=new%40firm.example"}
_WORDS: dict[str, list[object]] = {
    "kind": ["asterisk", "freeswitch"],
    "currency": ["USD"],
    "name": ["calls"],
    # Those of signing in: links that nobody has sent lead to pages, too.
    **{"uidb36": ["1"], "key": ["no-such-key"]},
    "pk": [1],
    "provider_id": ["nobody"],
    "token": ["no-such-link"],
}
ALL = slice(None)
NO_PAGES = {"mfa_login_webauthn", "sign_in_session"}


@dataclass(frozen=True, slots=True)
class Place:
    """A page, and who sees it; ``person`` None is somebody who has not signed in."""

    person: User | None
    path: str


def every_page(cast: LawFirm, part: slice = ALL) -> list[Place]:
    """Furnish the firm, and find every page, each for the first of those who may see it.

    Of a part of the addresses alone, nobody asks for the others.
    """
    ids = _ids(cast)
    found = [path for pattern in _patterns() for path in _paths(pattern, ids)]
    paths = list(dict.fromkeys([*found, *_reference()]))
    people = (None, cast.olivia, cast.otto, cast.uma)
    places = [
        Place(people[first], path)
        for path, first in _first_to_see(paths[part], people).items()
        if first is not None
    ]
    # What those who only place calls see of it is another page.
    own = [f"/accounts/firm/users/{cast.uma.pk}/settings/", "/accounts/firm/calls/"]
    return [*places, *(Place(cast.uma, path) for path in own[part])]


def _first_to_see(paths: list[str], people: Sequence[User | None]) -> dict[str, int | None]:
    """Of each path, the number of the first person who sees a page there."""
    first: dict[str, int | None] = dict.fromkeys(paths)
    for number, person in enumerate(people):
        counters.clear()
        client = Client(headers={"accept": "text/html"})
        if person:
            client.force_login(person)
        for path, seen in first.items():
            if seen is None and _is_page(client, path):
                first[path] = number
    return first


def _ids(cast: LawFirm) -> dict[str, list[object]]:
    call, given_up = furnish(cast), furnish_programs(cast)
    furnish_activity(cast)
    failing = every(WebhookEndpoint).filter(name__in=("Case files", "Alarms"))
    others = failing.values_list("pk", flat=True)
    report = save_report(cast.account, name="The bill", asked={}, actor=cast.olivia)
    values = {"every": "month", "day": 2, "way": "link", "recipients": "olivia@firm.example"}
    schedule = add_schedule(cast.account, report, values, actor=cast.olivia)
    Run.objects.create(
        account=cast.account,
        schedule=schedule,
        due_at=timezone.now(),
        next_at=timezone.now(),
        attempts=1,
        problem="the mail could not be sent (TimeoutError).",
    )
    return {
        "slug": ["firm"],
        "user_id": [cast.uma.pk, every(User).get(name="Old PBX").pk],
        "person_id": [cast.uma.pk, cast.otto.pk],
        "switch_id": [Switch.objects.get(name="main").pk],
        "template_id": [save_template(cast.account, "Law firms", actor=None).pk],
        "code_id": [every(AccountCode).order_by("name")[0].pk],
        "batch_id": _code_batches(cast),
        "limit_id": [every(CallLimit).order_by("name")[0].pk],
        "listed_number_id": [every(ListedNumber).get().pk],
        "call_id": [call.pk],
        "extension_id": [cast.uma.extensions.get().pk],
        "number_id": [cast.uma.phone_numbers.get().pk],
        "endpoint_id": [given_up.endpoint_id, *others],
        "delivery_id": [given_up.pk],
        "token_id": [token(cast, "Reports").token.pk],
        "filter_id": [save_filter(cast.account, name="Mine", query="q=x", actor=cast.olivia).pk],
        "format_id": [
            save_format(cast.account, name="Books", options={"format": "csv"}, actor=cast.olivia).pk
        ],
        "tariff_id": [furnish_rates(cast).pk, furnish_shared_rates().pk],
        **_WORDS,
        "report_id": [report.pk],
        "schedule_id": [schedule.pk],
        "run_id": [uuid4()],
        "export_id": [_exports(cast)],
        # That of the furnished calls.
        "month": ["2026-03-01"],
        "action": list(ACTIONS),
    }


def _code_batches(cast: LawFirm) -> list[object]:
    """One that can be undone, one that left a code as it was, one under way, one not done."""
    codes = every(AccountCode).filter(account=cast.account, active=True)
    labeled = change_many(cast.account, Kind.LABEL, codes, label="Litigation", actor=cast.olivia)
    code = codes.order_by("name")[0]
    rename_code(code, name=f"{code.name} (old)", actor=cast.olivia)
    undone = undo(labeled, actor=cast.olivia)
    new = change_many(cast.account, Kind.LABEL, codes, label="Office", actor=cast.olivia)
    failed, running = (
        CodeBatch(account=cast.account, kind=Kind.IMPORT, by_name="Olivia", total=2000, state=state)
        for state in (BatchState.FAILED, BatchState.RUNNING)
    )
    failed.problem = "Somebody added a code with the same digits (line 7): nothing was changed."
    failed.save()
    running.listed = running.done = 700
    running.is_listed = True
    running.save()
    return [new.pk, undone.pk, failed.pk, running.pk]


def _exports(cast: LawFirm) -> object:
    """One in each state: ready, under way, given up."""
    asked = [
        ask_for_report(cast.account, {}, how, actor=cast.olivia) for how in ("csv", "xlsx", "csv")
    ]
    ready, under_way, given_up = (every(Run).filter(pk=one.pk) for one in asked)
    ready.update(state="done", file_name="by-code-firm-2026-02-01.csv", size=2048, lines_done=40)
    under_way.update(lines_done=1200, lines_total=5000)
    given_up.update(state="given_up", problem="Who asked for this file can sign in no more.")
    return asked[0].pk


def _patterns() -> Iterator[tuple[str, URLPattern]]:
    for prefix, module in (("portal:", portal_urls), ("", sign_in_urls)):
        patterns: list[Any] = module.urlpatterns
        for pattern in patterns:
            if pattern.name not in NO_PAGES:
                yield f"{prefix}{pattern.name}", pattern


def _paths(named: tuple[str, URLPattern], ids: dict[str, list[object]]) -> Iterator[str]:
    name, pattern = named
    wanted = list(pattern.pattern.regex.groupindex)
    for values in product(*(ids[one] for one in wanted)):
        told = dict(zip(wanted, values, strict=True))
        try:
            path = reverse(name, kwargs=told)
        except NoReverseMatch as problem:
            raise AssertionError(f"no address for {name} with {told}") from problem
        yield path + ASKED_WITH.get(str(told.get("action", "")), "")


def _reference() -> list[str]:
    parts = [reverse("api_docs_group", args=[group.slug]) for group in reference.groups]
    at = reverse("api_docs")
    return [at, f"{at}?q=code", f"{at}?q=nothing-like-it", *parts]


def _is_page(client: Client, path: str) -> bool:
    answer = client.get(path)
    if answer.status_code != 200 or not answer["content-type"].startswith("text/html"):
        return False
    # A part that our script puts into a page is none.
    return b"<!doctype html" in answer.content[:200].lower()


class Walk:
    """Windows, one for each person, that go from page to page."""

    def __init__(self, arrive: Callable[..., Visitor], cast: LawFirm, part: slice = ALL) -> None:
        self.places = every_page(cast, part)
        self._arrive = arrive
        self._windows: dict[object, Visitor] = {}

    def __iter__(self) -> Iterator[tuple[Visitor, str]]:
        """Open every page; gives the window and the page's address."""
        for place in self.places:
            # A person looks at a page or two a minute.
            counters.clear()
            visitor = self.window(place.person)
            visitor.go(place.path)
            yield visitor, f"{place.person.email if place.person else 'nobody'}: {place.path}"

    def window(self, person: User | None) -> Visitor:
        """The window of this person."""
        key = person.pk if person else None
        if key not in self._windows:
            self._windows[key] = self._arrive(person=person, paints=False)
        return self._windows[key]
