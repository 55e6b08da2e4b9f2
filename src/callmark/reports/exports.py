"""Long files that a person asks for: made by the worker in parts, with progress and a mail.

They are runs (:class:`callmark.reports.models.Run`) without a schedule. As all that the worker
makes they hold no digits of codes: what is stored in the database must not.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from callmark.accounts.changes import change
from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.audit.actions import Action
from callmark.calls.filters import CallFilter
from callmark.calls.kept_questions import kept
from callmark.reports.definitions import TITLES, definition_from
from callmark.reports.models import About, Format, Run, RunPart, RunState
from callmark.reports.paper import pdf_is_possible

KEPT_FOR = timedelta(days=7)
MOST_WAITING = 5
"""Of a person, at once."""
MOST_KEPT = 20
"""Of a person; with one more, the oldest goes."""


def exports_of(account: Account, person: User) -> QuerySet[Run]:
    """The files that this person has asked for: nobody else sees them."""
    mine = Run.objects.of(account).filter(asker=person, schedule=None)
    return mine.defer("content").order_by("-due_at", "-pk")


def ask_for_calls(
    account: Account,
    search: CallFilter,
    how: str,
    *,
    actor: User,
    portal_url: str = "",
    for_programs: bool = False,
) -> Run:
    """Have these calls written to a file. Raises :class:`Refused` where a code is searched for."""
    if how == Format.PDF:
        raise Refused(gettext("Calls are written as Excel or CSV."), "format", code="no_pdf")
    run = _new(account, About.CALLS, how, actor, portal_url, for_programs=for_programs)
    run.asked, run.title = kept(search, account), gettext_noop("Calls")
    return _add(run, actor)


def ask_for_report(
    account: Account,
    words: Mapping[str, str],
    how: str,
    *,
    actor: User,
    portal_url: str = "",
    for_programs: bool = False,
) -> Run:
    """Have all of a report written to a file; ``words``: those of a definition."""
    if how == Format.PDF and not pdf_is_possible():
        raise Refused(
            gettext("PDF files cannot be made on this installation."), "format", code="no_pdf"
        )
    definition = definition_from(words)
    run = _new(account, About.REPORT, how, actor, portal_url, for_programs=for_programs)
    run.asked, run.title = definition.asked(), TITLES[definition.what]
    return _add(run, actor)


def delete_export(run: Run, *, actor: User) -> None:
    """Delete one's own file, or have it made no further."""
    with change(run.account, Action.EXPORT_DELETED, run, actor=actor):
        run.delete()


def _new(
    account: Account, about: str, how: str, asker: User, portal_url: str, *, for_programs: bool
) -> Run:
    if how not in Format.values:
        raise Refused(gettext("Choose a kind of file."), "format")
    now = timezone.now()
    return Run(
        account=account,
        about=about,
        format=how,
        asker=asker,
        due_at=now,
        next_at=now,
        portal_url=portal_url[:300],
        for_programs=for_programs,
    )


def _add(run: Run, actor: User) -> Run:
    with change(run.account, Action.EXPORT_ASKED, run, actor=actor):
        mine = exports_of(run.account, actor)
        if mine.filter(state=RunState.WAITING).count() >= MOST_WAITING:
            raise Refused(
                gettext(
                    "{count} files are being made for you already: wait for one of them."
                ).format(count=MOST_WAITING),
                code="being_made",
            )
        settled = mine.exclude(state=RunState.WAITING)
        too_many = list(settled.values_list("pk", flat=True)[MOST_KEPT - 1 :])
        Run.objects.of(run.account).filter(pk__in=too_many).delete()
    return run


def parts_of(run: Run) -> Iterator[bytes]:
    """The file, part by part: one after the other is in memory."""
    parts = RunPart.objects.of(run.account_id).filter(run=run)
    for number in range(parts.count()):
        yield bytes(parts.values_list("content", flat=True).get(number=number))


def old_exports(every: QuerySet[Run], now: datetime) -> QuerySet[Run]:
    """Those that were kept long enough."""
    return every.filter(schedule=None, due_at__lt=now - KEPT_FOR)
