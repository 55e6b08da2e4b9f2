"""Call history: the list, the list as a file, and filters that one keeps."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from callmark.accounts.activity import record_codes_exported, record_codes_read
from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.calls.corrections import correctable, may_correct_some
from callmark.calls.export import csv_lines, xlsx_columns, xlsx_rows
from callmark.calls.listing import page_of_calls
from callmark.calls.models import Call
from callmark.calls.queries import calls_of
from callmark.calls.saved_filters import delete_filter, filters_of, save_filter
from callmark.calls.sums import found_by, sum_of
from callmark.codes.finding import find_code
from callmark.portal.forms.calls import (
    PLACES,
    CallFilterForm,
    codes_to_choose,
    same_question,
    seal,
    short_digits,
)
from callmark.portal.history.chips import chips
from callmark.portal.pages import Here
from callmark.portal.responses import flash_refused, go_back, is_htmx, named
from callmark.portal.stretches import PRINTED_AT_MOST, is_printed
from callmark.portal.tables import Table, table_of
from callmark.portal.templatetags.call_rows import read_for_rows
from callmark.portal.views.corrections import how_far
from callmark.web.csv import csv_stream, xlsx_stream

_ROWS = 50


@require_safe
def calls(request: HttpRequest, here: Here) -> HttpResponse:
    """The calls this person may read, newest first."""
    form, table = CallFilterForm(here, request.GET), table_of(here, "calls")
    answer: dict[str, Any] = {"problems": form.problems}
    if form.is_valid():
        try:
            answer = _answer(request, here, form, table)
        except Refused as refused:
            answer = {"problems": [refused.message]}
    context = _question(request, here, form, answer) | _arranged(table)
    template = "portal/calls/table.html" if is_htmx(request) else "portal/calls/list.html"
    return here.render(request, template, context)


def _question(
    request: HttpRequest, here: Here, form: CallFilterForm, answer: dict[str, Any]
) -> dict[str, Any]:
    question = same_question(request.GET)
    shown = answer["page"].calls if "page" in answer else []
    saved = list(filters_of(here.account, here.person).select_related("owner"))
    return {
        "section": "calls",
        "form": form,
        "question": question,
        "all_of": question,
        "any_calls": bool(shown) or calls_of(here.account, here.person).exists(),
        "saved": saved,
        "saved_now": next((one for one in saved if one.query == question), None),
        **how_far(request, here),
        **answer,
    }


def _arranged(table: Table) -> dict[str, Any]:
    return {"table": table, "columns": table.columns, "all_columns": table.all_columns}


def _answer(request: HttpRequest, here: Here, form: CallFilterForm, table: Table) -> dict[str, Any]:
    search = form.chosen()
    found = found_by(search.by_index(), here.account, here.person)
    printed = is_printed(request.GET)
    older, newer = (request.GET.get(name, "") for name in PLACES)
    page = page_of_calls(
        read_for_rows(found, table.columns),
        size=PRINTED_AT_MOST if printed else _ROWS,
        older=older,
        newer=newer,
        looking_for=search.by_looking(),
    )
    if here.may_administer and any(one.account_code_lookup for one in page.calls):
        record_codes_read(here.account, actor=here.person, where="calls")
    asked = chips(form, request.GET)
    return {
        "page": page,
        "sum": sum_of(search, here.account, here.person),
        "chips": asked,
        "filtered": bool(asked),
        "may_correct": not printed and _may_correct(here, page.calls),
        "printed": printed,
    }


def _may_correct(here: Here, shown: Sequence[Call]) -> bool:
    """Whether the person may correct any call; of those shown any will do that is no test."""
    if not may_correct_some(here.person, here.account):
        return False
    return (
        not all(one.simulated for one in shown) or correctable(here.account, here.person).exists()
    )


@require_POST
def search(request: HttpRequest, here: Here) -> HttpResponse:
    """Look for a number, a name or a whole code: what may be a code never stands in an address."""
    text = request.POST.get("q", "").strip()[:100]
    query = QueryDict(request.POST.get("question", ""), mutable=True)
    for name in ("q", "find"):
        query.pop(name, None)
    try:
        query.update(_called(request, here))
    except Refused as refused:
        flash_refused(request, refused)
    if short_digits(text):
        code = find_code(here.account, text) if here.may_administer else None
        found = {"code": str(code.pk)} if code else {"find": seal(text)}
    else:
        found = {"q": text}
    return redirect(f"{_list(here)}?{same_question(query, **found)}")


def _called(request: HttpRequest, here: Here) -> dict[str, str]:
    """The user and the code that are named: how one filters by one of many without our script."""
    found = {}
    for name, rows in (
        ("user", User.objects.of(here.account) if here.may_read_history else None),
        ("code", codes_to_choose(here)),
    ):
        text = request.POST.get(f"{name}_called", "").strip()[:100]
        if not text or rows is None:
            continue
        if name == "code" and here.may_administer and (code := find_code(here.account, text)):
            found[name] = str(code.pk)
            continue
        named = list(
            rows.filter(name__icontains=text).order_by("name").values_list("pk", "name")[:9]
        )
        exact = [pk for pk, one in named if one.casefold() == text.casefold()]
        if len(exact or named) != 1:
            raise Refused(
                gettext("Several names have this text: write the whole name.")
                if named
                else gettext("No names have this text: write the whole name.")
            )
        found[name] = str(exact[0] if exact else named[0][0])
    return found


@require_safe
def export(request: HttpRequest, here: Here, *, workbook: bool = False) -> HttpResponseBase:
    """The same calls as a file, in the account's time zone; of a wrong question, what is wrong."""
    form = CallFilterForm(here, request.GET)
    if not form.is_valid():
        context = _question(request, here, form, {"problems": form.problems})
        context |= _arranged(table_of(here, "calls"))
        return here.render(request, "portal/calls/list.html", context, status=400)
    found = found_by(form.chosen(), here.account, here.person)
    if here.may_administer:
        record_codes_exported(here.account, actor=here.person, where="calls")
    zone, name = here.account.zone, f"calls-{here.account.slug}-{timezone.localdate()}"
    if workbook:
        rows = xlsx_rows(found, zone=zone, with_codes=here.may_administer)
        columns = xlsx_columns(zone, here.account.currency)
        return xlsx_stream(columns, rows, f"{name}.xlsx", sheet=gettext("Calls"))
    how = here.account.csv
    lines = csv_lines(found, zone=zone, with_codes=here.may_administer, form=how)
    return csv_stream(lines, f"{name}.csv", how)


def export_workbook(request: HttpRequest, here: Here) -> HttpResponseBase:
    """The same calls as a workbook for Excel."""
    return export(request, here, workbook=True)


@require_POST
def filter_save(request: HttpRequest, here: Here) -> HttpResponse:
    """Keep what is asked under a name."""
    try:
        saved = save_filter(
            here.account,
            name=request.POST.get("name", ""),
            query=request.POST.get("question", ""),
            shared=bool(request.POST.get("shared")),
            actor=here.person,
        )
    except Refused as refused:
        flash_refused(request, refused)
        return go_back(request, _list(here))
    messages.success(request, named(gettext("Saved as “{name}”."), name=saved.name))
    return redirect(f"{_list(here)}?{saved.query}")


@require_POST
def filter_delete(request: HttpRequest, here: Here, filter_id: object) -> HttpResponse:
    """Forget a saved filter."""
    saved = get_object_or_404(filters_of(here.account, here.person), pk=filter_id)
    try:
        delete_filter(saved, actor=here.person)
    except Refused as refused:
        flash_refused(request, refused)
    else:
        messages.success(
            request, named(gettext("The saved filter “{name}” is deleted."), name=saved.name)
        )
    return redirect(_list(here))


def _list(here: Here) -> str:
    return reverse("portal:calls", args=[here.account.slug])
