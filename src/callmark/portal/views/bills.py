"""Bills: the firm's details, users as timekeepers, and statements as page, PDF and ZIP."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.codes.models import AccountCode
from callmark.languages import language_of, speaking_as
from callmark.portal.forms.bills import FirmForm, TimekeeperForm
from callmark.portal.pages import Here, readers_only
from callmark.portal.responses import flash_refused, named
from callmark.portal.stretches import is_printed, stretch_of
from callmark.portal.views.months import first_day_of
from callmark.reports.handover.gathering import Billing, billing
from callmark.reports.handover.services import (
    firm_of,
    save_firm,
    save_timekeeper,
    timekeeper_of,
)
from callmark.reports.paper import MOST_LINES, pdf_is_possible
from callmark.reports.paper import TYPE as PDF_TYPE
from callmark.reports.statement_files import file_name, zipped
from callmark.reports.statement_files import statement_pdf as pdf_of
from callmark.reports.statements import (
    LINES_ON_A_PAGE,
    Statement,
    codes_with_statements,
    headings,
    statement,
    statements_of,
)
from callmark.web.csv import file_answer, zip_stream

PAGE_SHOWS = 50
"""Statements on a page of the list."""


@require_http_methods(["GET", "HEAD", "POST"])
def firm(request: HttpRequest, here: Here) -> HttpResponse:
    """Letter head, law firm id, invoice numbers, and what statements tell."""
    form = FirmForm(request.POST if request.method == "POST" else None, firm_of(here.account))
    if form.is_bound and form.is_valid():
        version = form.expected_version
        try:
            save_firm(here.account, form.changes, expected_version=version, actor=here.person)
        except Refused as refused:
            form.show_refused(refused, FirmForm(None, firm_of(here.account)))
        else:
            messages.success(request, gettext("Firm details saved."))
            return redirect("portal:firm", here.account.slug)
    return here.render(request, "portal/bills/firm.html", {"section": "months", "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def timekeeper(request: HttpRequest, here: Here, user_id: UUID) -> HttpResponse:
    """What a user is called on bills, and the rate of their time."""
    user = get_object_or_404(User.objects.of(here.account), pk=user_id)
    form = TimekeeperForm(request.POST if request.method == "POST" else None, timekeeper_of(user))
    if form.is_bound and form.is_valid():
        version = form.expected_version
        try:
            save_timekeeper(user, form.changes, expected_version=version, actor=here.person)
        except Refused as refused:
            form.show_refused(refused, TimekeeperForm(None, timekeeper_of(user)))
        else:
            messages.success(
                request, named(gettext("Saved how bills tell of {name}."), name=user.name)
            )
            return redirect("portal:timekeeper", here.account.slug, user.pk)
    context = {"section": "users", "tab": "timekeeper", "user_shown": user, "form": form}
    return here.render(request, "portal/bills/timekeeper.html", context)


@require_safe
def statements(request: HttpRequest, here: Here, month: str) -> HttpResponse:
    """The codes that have a statement in a month."""
    to_bill = month_to_bill(here, month)
    page = stretch_of(request.GET, codes_with_statements(to_bill), ("name", "id"), PAGE_SHOWS)
    context = {
        "section": "months",
        "to_bill": to_bill,
        "statements": headings(to_bill, page.rows),
        "page": page,
        "may_pdf": pdf_is_possible(),
    }
    return here.render(request, "portal/bills/statements.html", context)


@require_safe
def one_statement(request: HttpRequest, here: Here, month: str, code_id: UUID) -> HttpResponse:
    """The statement of one code, to look at by pages, and to print whole."""
    to_bill = month_to_bill(here, month)
    code = get_object_or_404(AccountCode.objects.of(here.account), pk=code_id)
    printed = is_printed(request.GET)
    number = _number(request.GET.get("page", ""))
    made = _statement(here, to_bill, code, page=None if printed else number)
    page = Paginator(range(made.count), LINES_ON_A_PAGE).get_page(number)
    if not printed and page.number != number:
        made = _statement(here, to_bill, code, page=page.number)
    with speaking_as(here.account):
        paper = render_to_string("reports/statement.html", {"statement": made})
    context = {
        "section": "months",
        "to_bill": to_bill,
        "code": code,
        "paper": paper,
        "language": language_of(here.account),
        "may_pdf": pdf_is_possible() and made.count <= MOST_LINES,
        "page": page,
        "printed": printed,
    }
    return here.render(request, "portal/bills/statement.html", context)


@require_safe
def statement_pdf(request: HttpRequest, here: Here, month: str, code_id: UUID) -> HttpResponse:
    """The same as PDF."""
    to_bill = month_to_bill(here, month)
    code = get_object_or_404(AccountCode.objects.of(here.account), pk=code_id)
    made = _statement(here, to_bill, code)
    try:
        data = pdf_of(made)
    except Refused as refused:
        flash_refused(request, refused)
        return redirect("portal:statement", here.account.slug, month, code_id)
    return file_answer(data, file_name(made), PDF_TYPE)


@require_safe
def statements_zip(request: HttpRequest, here: Here, month: str) -> HttpResponseBase:
    """All statements of a month as PDF in one ZIP, sent as they are made."""
    to_bill = month_to_bill(here, month)
    if not pdf_is_possible():
        messages.error(request, gettext("PDF files cannot be made on this installation."))
        return redirect("portal:statements", here.account.slug, month)
    made = (_statement(here, to_bill, one.code) for one in statements_of(to_bill))
    return zip_stream(zipped(made), f"statements-{here.account.slug}-{month}.zip")


def _number(text: str) -> int:
    """The page that an address asks for; the first, if it asks for nonsense."""
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 9 else 1


def _statement(
    here: Here, to_bill: Billing, code: AccountCode, *, page: int | None = None
) -> Statement:
    """In the account's language; with the code's digits only for those who may see codes."""
    with speaking_as(here.account):
        made = statement(
            to_bill,
            code,
            with_digits=here.may_see_codes,
            first=0 if page is None else (page - 1) * LINES_ON_A_PAGE,
            most=None if page is None else LINES_ON_A_PAGE,
        )
    if made.digits:
        here.record_codes_read("codes")
    return made


def month_to_bill(here: Here, month: str) -> Billing:
    """The month of an address, for those who may read the whole history."""
    readers_only(here)
    return billing(here.account, first_day_of(here, month))
