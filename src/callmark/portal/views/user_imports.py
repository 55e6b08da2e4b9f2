"""Lists of users, imported after a preview; an operator's with their phones."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_noop, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from callmark.accounts.access import is_operator
from callmark.accounts.refused import Refused
from callmark.codes.row_problems import RowsRefused, problems_csv
from callmark.codes.user_checks import Phones
from callmark.codes.user_files import sample_of
from callmark.codes.user_imports import Imported, every_problem, import_users
from callmark.local_formats import number
from callmark.policy.values import value_class
from callmark.portal.forms.user_imports import (
    MEANINGS,
    PHONE_MEANINGS,
    PhoneListForm,
    UserListForm,
    chosen_columns,
    phones_said,
)
from callmark.portal.kept_lists import keep, kept_list
from callmark.portal.pages import Here
from callmark.portal.responses import flash_refused
from callmark.portal.views.user_batches import offer_undo
from callmark.web.csv import csv_download

PROBLEMS_SHOWN = 50
TOO_LONG = gettext_noop(
    "This list is too long to be kept until you import it: import it in two parts."
)


@value_class
class _Asked:
    """How a list is to be read."""

    update: bool
    columns: Sequence[str]
    phones: Phones | None

    @property
    def also(self) -> list[tuple[str, str]]:
        """What a page sends again of the phones."""
        if self.phones is None:
            return []
        return [("switch", self.phones.switch), ("endpoint", self.phones.endpoint)]


def _asked(request: HttpRequest, here: Here) -> _Asked:
    """Raises :class:`Refused`."""
    sent, operator = request.POST, is_operator(here.person)
    return _Asked(
        sent.get("update") == "on",
        chosen_columns(sent, phones=operator),
        phones_said(sent) if operator else None,
    )


@sensitive_post_parameters("text", "kept")
@require_http_methods(["GET", "HEAD", "POST"])
def users_import(request: HttpRequest, here: Here) -> HttpResponse:
    """Take a list, show what it would do, and do it when that is asked."""
    make_form = PhoneListForm if is_operator(here.person) else UserListForm
    if request.method != "POST":
        return _page(request, here, make_form())
    if "kept" not in request.POST:
        form = make_form(request.POST, request.FILES)
        if not form.is_valid():
            return _page(request, here, form)
        return _preview(request, here, form, form.content(), _asked(request, here))
    form = make_form(initial=request.POST.dict())
    try:
        asked = _asked(request, here)
        data = kept_list(here, request.POST["kept"])
        if "apply" in request.POST:
            done = _import(here, data, asked, dry_run=False)
            offer_undo(request, done.batch)
            messages.success(request, _told(done))
            return redirect("portal:users", here.account.slug)
    except RowsRefused:
        messages.error(request, gettext("The account's users have changed since the preview."))
    except Refused as refused:
        flash_refused(request, refused)
        return _page(request, here, form)
    return _preview(request, here, form, data, asked)


def _import(here: Here, data: bytes, asked: _Asked, *, dry_run: bool) -> Imported:
    return import_users(
        here.account,
        data,
        dry_run=dry_run,
        update=asked.update,
        phones=asked.phones,
        columns=asked.columns,
        actor=here.person,
    )


def _told(done: Imported) -> str:
    added = ngettext("{count} user added", "{count} users added", done.new).format(
        count=number(done.new)
    )
    if not done.updated:
        return gettext("List imported: {added}.").format(added=added)
    return gettext("List imported: {added}, {updated} updated.").format(
        added=added, updated=number(done.updated)
    )


def _preview(
    request: HttpRequest, here: Here, form: UserListForm, data: bytes, asked: _Asked
) -> HttpResponse:
    found = _import(here, data, asked, dry_run=True)
    kept = keep(here, data)
    if not kept and not found.problem_count:
        form.add_error(None, gettext(TOO_LONG))
        return _page(request, here, form)
    return _page(
        request,
        here,
        form,
        found=found,
        kept=kept,
        asked=asked,
        columns=",".join(asked.columns),
        matching=_matching(data, asked),
        unread=bool(found.problem_count) and not found.rows,
        problems=found.problems[:PROBLEMS_SHOWN],
        problems_left=max(0, found.problem_count - PROBLEMS_SHOWN),
        only_existing=bool(found.problems)
        and found.problem_count == len(found.problems)
        and all(one.reason == "user_exists" for one in found.problems),
    )


def _matching(data: bytes, asked: _Asked) -> list[dict[str, object]]:
    """Each column of the list: what is in it, and what it is taken for."""
    sample = sample_of(data)
    if sample is None:
        return []
    known = dict(_meanings(asked))
    roles = [*(asked.columns or sample.roles), *[""] * len(sample.roles)]
    return [
        {
            "number": at + 1,
            "role": roles[at] if roles[at] in known else "",
            "cells": [row[at] if at < len(row) else "" for row in sample.rows[:3]],
        }
        for at in range(len(sample.roles))
    ]


def _meanings(asked: _Asked) -> tuple[tuple[str, str | Promise], ...]:
    return MEANINGS + (PHONE_MEANINGS if asked.phones is not None else ())


def _page(request: HttpRequest, here: Here, form: UserListForm, **context: object) -> HttpResponse:
    operator = is_operator(here.person)
    frame = {
        "section": "users",
        "form": form,
        "operator": operator,
        "meanings": MEANINGS + (PHONE_MEANINGS if operator else ()),
        "back_url": reverse("portal:users", args=[here.account.slug]),
    }
    return here.render(request, "portal/users/import.html", {**frame, **context})


@sensitive_post_parameters("kept")
@require_POST
def problems(request: HttpRequest, here: Here) -> HttpResponseBase:
    """The problems of a list as CSV, to correct the list by."""
    try:
        asked = _asked(request, here)
        data = kept_list(here, request.POST.get("kept", ""))
    except Refused as refused:
        flash_refused(request, refused)
        return redirect("portal:users_import", here.account.slug)
    found = every_problem(
        here.account, data, update=asked.update, phones=asked.phones, columns=asked.columns
    )
    answer: FileResponse = csv_download(
        problems_csv(found, here.account.csv), "problems.csv", here.account.csv
    )
    return answer
