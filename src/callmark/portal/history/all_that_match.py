"""A correction of all calls that match: how many they are is said before anything is done."""

from dataclasses import field, replace
from datetime import datetime

from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext

from callmark.accounts.refused import Refused
from callmark.calls.calendars import account_calendar
from callmark.calls.corrections import AT_ONCE, MOST, may_correct_some, to_correct
from callmark.calls.filters import CallFilter
from callmark.calls.lengths import calls_in_words
from callmark.codes.models import AccountCode
from callmark.local_formats import number
from callmark.policy.values import value_class
from callmark.portal.chip import Chip
from callmark.portal.forms.calls import CallFilterForm, seal, unseal
from callmark.portal.history.chips import chips
from callmark.portal.history.correcting import WHAT, code_for
from callmark.portal.pages import Here


@value_class
class AllThatMatch:
    """What is to be done to which calls. ``code`` may be digits: it is shown sealed only.

    ``before``: calls that begin later than the question was asked are not among them.
    """

    what: str
    code: str = field(repr=False)
    code_named: AccountCode | None
    search: CallFilter
    question: str
    before: datetime
    chips: list[Chip]
    count: int
    in_closed: int

    @property
    def calls(self) -> str:
        """How many, in words."""
        return calls_in_words(self.count)

    @property
    def sealed(self) -> str:
        """The code as a page may hold it."""
        return seal(self.code) if self.code else ""

    @property
    def takes_a_while(self) -> bool:
        """Whether it is done in parts, while one may leave the page."""
        return self.count > AT_ONCE


def read_question(request: HttpRequest, here: Here) -> AllThatMatch:
    """What a list's form, or the question that it led to, asks for. Raises :class:`Refused`."""
    sent = request.POST
    what = sent.get("what", "assign")
    if what not in WHAT:
        raise Refused(gettext("There is nothing of this kind to do with calls."))
    if not may_correct_some(here.person, here.account):
        raise Refused(
            gettext("Only administrators correct calls, and users their own where they may.")
        )
    code, named = sent.get("code", "") or unseal(sent.get("sealed", "")), None
    if what == "assign":
        named, _ = code_for(here, code)
    query = QueryDict(sent.get("question", ""))
    form = CallFilterForm(here, query)
    if not form.is_valid():
        raise Refused(form.problems[0])
    before, search = _moment(sent.get("before", "")), form.chosen()
    search = replace(search, until=min(search.until or before, before))
    if what == "suggested":
        search = replace(search, to_assign=True)
    count, in_closed = _counted(search, here)
    return AllThatMatch(
        what=what,
        code=code,
        code_named=named,
        search=search,
        question=query.urlencode(),
        before=before,
        chips=chips(form, query),
        count=count,
        in_closed=in_closed,
    )


def _moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    return moment if moment is not None and timezone.is_aware(moment) else timezone.now()


def _counted(search: CallFilter, here: Here) -> tuple[int, int]:
    """How many calls are corrected, and how many stay, as their months are closed."""
    closed = account_calendar(here.account).closed_months
    found = to_correct(search, here.account, here.person).order_by()
    count = found.exclude(billing_month__in=closed)[: MOST + 1].count()
    if not count:
        raise Refused(gettext("No call is to be corrected."), "calls", code="no_calls")
    if count > MOST:
        raise Refused(
            gettext("Choose fewer calls: {most} at most.").format(most=number(MOST)),
            "calls",
            code="too_many",
        )
    in_closed = found.filter(billing_month__in=closed)[: MOST + 1].count() if closed else 0
    return count, in_closed
