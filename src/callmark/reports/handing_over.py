"""A report that is ready, sent: by mail with the file or a link, or told by webhook."""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.utils.translation import gettext, gettext_noop

from callmark.accounts.models import Account, User
from callmark.languages import in_language, speaking_as
from callmark.reports.definitions import TITLES, Definition, definition_from
from callmark.reports.exports import KEPT_FOR
from callmark.reports.models import About, Format, Run, SavedReport, Schedule, SentBy
from callmark.reports.paper import TYPE as PDF_TYPE
from callmark.reports.selection import period_asked
from callmark.reports.words import period_of_report
from callmark.webhooks.models import Event
from callmark.webhooks.outbox import store, subscribed
from callmark.webhooks.payloads import account_data
from callmark.xlsx_files import TYPE as XLSX_TYPE

LARGEST_ATTACHMENT = 10_000_000
"""Bytes; a larger file is sent as a link. Many mail servers refuse more."""

FILE_PATH = "/accounts/{slug}/reports/files/{run}/"
EXPORTS_PATH = "/accounts/{slug}/exports/"
"""Where the portal shows a file: the worker has no pages, and knows no more of them."""


class CannotSend(Exception):
    """Why a report could not be sent; its text is for people."""


def title_of(report: SavedReport, now: datetime) -> str:
    """What a saved report is called with what it tells of, in the language that is spoken."""
    about = _told_of(report.account, report.definition, now)
    return gettext("{name}: {report}").format(name=report.name, report=about)


def _told_of(account: Account, asked: Definition, now: datetime) -> str:
    period = period_of_report(period_asked(account, asked, now))
    return gettext("{report}, {period}").format(report=gettext(TITLES[asked.what]), period=period)


def hand_over(run: Run, schedule: Schedule) -> None:
    """Send it. Raises :class:`CannotSend`, or what the mail server's library raises."""
    if schedule.way == SentBy.WEBHOOK:
        _tell_programs(run, schedule)
    else:
        _mail(run, schedule)


def tell_asker(run: Run) -> None:
    """Mail who asked for an export that it is there; where that cannot be, the page says it."""
    asker = run.asker
    if asker is None or not asker.email or not settings.MAIL_IS_SET_UP:
        return
    link = run.portal_url.rstrip("/") + EXPORTS_PATH.format(slug=run.account.slug)
    with speaking_as(run.account, asker):
        if run.about == About.REPORT:
            title = _told_of(run.account, definition_from(run.asked), run.due_at)
        else:
            title = in_language(run.title)
        context = {"run": run, "title": title, "link": link, "days": KEPT_FOR.days}
        text = render_to_string("reports/email/export_message.txt", context).strip()
        about = gettext("{title}: the file is ready").format(title=title)
    subject = f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{about}"
    EmailMessage(" ".join(subject.split()), text, to=[asker.email]).send()


def _tell_programs(run: Run, schedule: Schedule) -> None:
    endpoints = subscribed(run.account_id, Event.REPORT_READY)
    if not endpoints:
        raise CannotSend(gettext_noop("No webhook of the account is told when a report is ready."))
    data = {
        "account": account_data(run.account),
        "report": {"id": schedule.report_id, "name": schedule.report.name},
        "run": {
            "id": run.pk,
            "schedule_id": run.schedule_id,
            "due_at": run.due_at,
            "file_name": run.file_name,
        },
    }
    store(endpoints, Event.REPORT_READY, data)


def _mail(run: Run, schedule: Schedule) -> None:
    if not settings.MAIL_IS_SET_UP:
        raise CannotSend(
            gettext_noop("This installation cannot send mail: its operator must set that up.")
        )
    content = bytes(run.content or b"")
    attached = schedule.way == SentBy.ATTACHMENT and len(content) <= LARGEST_ATTACHMENT
    context = {"run": run, "attached": attached, "link": _link(run, schedule)}
    mails = []
    addresses = schedule.recipients.split(", ")
    people = {one.email: one for one in User.objects.of(run.account).filter(email__in=addresses)}
    for address in addresses:
        # One for each: nobody learns who else gets it.
        with speaking_as(run.account, people.get(address)):
            title = title_of(schedule.report, run.due_at)
            told = {**context, "title": title}
            text = render_to_string("reports/email/report_message.txt", told).strip()
        subject = f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{title}"
        mail = EmailMessage(" ".join(subject.split()), text, to=[address])
        if attached:
            mail.attach(run.file_name, content, _TYPES[Format(schedule.format)])
        mails.append(mail)
    get_connection().send_messages(mails)


_TYPES = {Format.CSV: "text/csv", Format.XLSX: XLSX_TYPE, Format.PDF: PDF_TYPE}


def _link(run: Run, schedule: Schedule) -> str:
    path = FILE_PATH.format(slug=run.account.slug, run=run.pk)
    return schedule.portal_url.rstrip("/") + path
