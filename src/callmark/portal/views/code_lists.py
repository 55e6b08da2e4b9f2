"""Lists of account codes: imported after a preview, and exported."""

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from callmark.accounts.activity import record_codes_exported
from callmark.accounts.refused import Refused
from callmark.codes.bulk import Imported, RowsRefused, every_problem, import_csv
from callmark.codes.exports import SHAPES, exported
from callmark.codes.files import sample_of
from callmark.codes.making import with_codes
from callmark.codes.row_problems import problems_csv
from callmark.codes.use import usable_code_count
from callmark.csv_files import FOR_PROGRAMS
from callmark.portal.forms.code_lists import MEANINGS, CodeListForm, chosen_columns
from callmark.portal.kept_lists import keep, kept_list
from callmark.portal.pages import Here
from callmark.portal.responses import flash_refused
from callmark.portal.views.account_codes import stored_settings
from callmark.portal.views.many_codes import finished
from callmark.web.csv import csv_download

PROBLEMS_SHOWN = 50
TOO_LONG = gettext_noop(
    "This list is too long to be kept until you import it: import it in two "
    "parts, or through the API."
)


@sensitive_post_parameters("text", "kept")
@require_http_methods(["GET", "HEAD", "POST"])
def codes_import(request: HttpRequest, here: Here) -> HttpResponse:
    """Take a list, show what it would do, and do it when that is asked."""
    settings = stored_settings(here.account)
    if settings is None:
        messages.info(request, gettext("Choose the account code length first."))
        return redirect("portal:account_codes", here.account.slug)
    if request.method != "POST":
        return _page(request, here, CodeListForm())
    update, columns = request.POST.get("update_names") == "on", chosen_columns(request.POST)
    if "kept" not in request.POST:
        form = CodeListForm(request.POST, request.FILES)
        if not form.is_valid():
            return _page(request, here, form)
        try:
            data = form.content()
            data = with_codes(here.account, data) if form.cleaned_data["make_codes"] else data
        except Refused as refused:
            form.add_error(None, refused.message)
            return _page(request, here, form)
        return _preview(request, here, form, data, update=update, columns=[])
    form = CodeListForm(initial={"update_names": update})
    try:
        data = kept_list(here, request.POST["kept"])
        if "apply" in request.POST:
            done = import_csv(
                here.account,
                data,
                dry_run=False,
                update_names=update,
                columns=columns,
                actor=here.person,
            )
            return _applied(request, here, done)
    except RowsRefused:
        messages.error(request, gettext("The account's codes have changed since the preview."))
    except Refused as refused:
        flash_refused(request, refused)
        return _page(request, here, form)
    return _preview(request, here, form, data, update=update, columns=columns)


def _applied(request: HttpRequest, here: Here, done: Imported) -> HttpResponse:
    if done.batch is None:
        messages.info(
            request, gettext("Every code is as in the list already: nothing was changed.")
        )
    elif done.batch.is_under_way:
        return redirect("portal:code_change", here.account.slug, done.batch.pk)
    else:
        finished(request, done.batch)
    return redirect("portal:codes", here.account.slug)


def _preview(
    request: HttpRequest,
    here: Here,
    form: CodeListForm,
    data: bytes,
    *,
    update: bool,
    columns: list[str],
) -> HttpResponse:
    found = import_csv(
        here.account, data, dry_run=True, update_names=update, columns=columns, actor=here.person
    )
    kept = keep(here, data)
    if not kept and not found.problem_count:
        form.add_error(None, gettext(TOO_LONG))
        return _page(request, here, form)
    context = {
        "found": found,
        "kept": kept,
        "update_names": update,
        "columns": ",".join(columns),
        "matching": _matching(data, columns),
        "unread": found.problem_count and not found.rows,
        "problems": found.problems[:PROBLEMS_SHOWN],
        "problems_left": max(0, found.problem_count - PROBLEMS_SHOWN),
        "only_existing": bool(found.problems)
        and found.problem_count == len(found.problems)
        and all(one.reason == "code_in_use" for one in found.problems),
    }
    return _page(request, here, form, **context)


def _matching(data: bytes, columns: list[str]) -> list[dict[str, object]]:
    """Each column of the list: what is in it, and what it is taken for."""
    sample = sample_of(data)
    if sample is None:
        return []
    roles = [*(columns or sample.roles), *[""] * len(sample.roles)]
    return [
        {
            "number": at + 1,
            "role": roles[at],
            "cells": [row[at] if at < len(row) else "" for row in sample.rows[:3]],
        }
        for at in range(len(sample.roles))
    ]


def _page(request: HttpRequest, here: Here, form: CodeListForm, **context: object) -> HttpResponse:
    frame = {
        "section": "account_codes",
        "tab": "codes",
        "settings": stored_settings(here.account),
        "active_codes": usable_code_count(here.account),
        "form": form,
        "meanings": MEANINGS,
        "back_url": reverse("portal:codes", args=[here.account.slug]),
    }
    return here.render(request, "portal/codes/import.html", {**frame, **context})


@sensitive_post_parameters("kept")
@require_POST
def problems(request: HttpRequest, here: Here) -> HttpResponseBase:
    """All problems of a list as CSV, to correct the list by. There are no digits in it."""
    if stored_settings(here.account) is None:
        return redirect("portal:account_codes", here.account.slug)
    try:
        data = kept_list(here, request.POST.get("kept", ""))
    except Refused as refused:
        flash_refused(request, refused)
        return redirect("portal:codes_import", here.account.slug)
    update = request.POST.get("update_names") == "on"
    columns = chosen_columns(request.POST)
    found = every_problem(here.account, data, update_names=update, columns=columns)
    answer: FileResponse = csv_download(
        problems_csv(found, here.account.csv), "problems.csv", here.account.csv
    )
    return answer


@require_safe
def codes_export(request: HttpRequest, here: Here) -> FileResponse:
    """All codes as a CSV file that Callmark or another system reads; the activity tells of it."""
    shape = request.GET.get("shape", "")
    shape = shape if shape in SHAPES else "callmark"
    record_codes_exported(here.account, actor=here.person, where="codes")
    name, form = f"account-codes-{here.account.slug}.csv", here.account.csv
    if shape != "callmark":
        # As that system reads it.
        form = FOR_PROGRAMS
    text = exported(here.account, shape, form)
    return csv_download([text], name, form, encoding=SHAPES[shape].encoding)
