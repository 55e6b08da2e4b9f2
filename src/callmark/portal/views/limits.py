"""Limits of calls: list, add, change, remove."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from callmark.accounts.refused import Refused
from callmark.calls import limits as services
from callmark.calls.models import CallLimit
from callmark.codes.use import usable_code_count
from callmark.policy.values import value_class
from callmark.portal.forms.limits import LimitForm
from callmark.portal.pages import Here
from callmark.portal.responses import flash_refused, named, render_dialog
from callmark.portal.views.account_codes import stored_settings


@value_class
class Line:
    """A limit and what is used of it; where each user has their own, the highest."""

    limit: CallLimit
    used: str
    percent: int
    until: datetime


@require_safe
def limits(request: HttpRequest, here: Here) -> HttpResponse:
    """All limits, with what is used of each."""
    settings = stored_settings(here.account)
    if settings is None:
        messages.info(request, gettext("Choose the account code length first."))
        return redirect("portal:account_codes", here.account.slug)
    context = {
        "section": "account_codes",
        "tab": "limits",
        "settings": settings,
        "lines": [_line(one) for one in _limits(here)],
        "active_codes": usable_code_count(here.account),
    }
    return here.render(request, "portal/limits/list.html", context)


def _line(limit: CallLimit) -> Line:
    used = services.used_of(limit)
    highest = max(used.amounts.values(), default=0)
    percent = highest * 100 // limit.value.full
    return Line(limit, limit.used_in_words(highest), percent, used.until)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, here: Here) -> HttpResponse:
    """Set a limit."""
    if stored_settings(here.account) is None:
        return redirect(_list_url(here))
    form = LimitForm(here.account, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            limit = services.add_limit(here.account, form.values(), actor=here.person)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, named(gettext("The limit “{name}” is set."), name=limit.name))
            return redirect(_list_url(here))
    return _form_page(request, here, form, gettext("Set a limit"), gettext("Set limit"))


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, here: Here, limit_id: UUID) -> HttpResponse:
    """Change a limit."""
    limit = _limit(here, limit_id)
    form = LimitForm(here.account, request.POST if request.method == "POST" else None, limit)
    if form.is_bound and form.is_valid():
        try:
            values, version = form.values(), form.expected_version
            services.change_limit(limit, values, expected_version=version, actor=here.person)
        except Refused as refused:
            form.show_refused(refused, LimitForm(here.account, None, _limit(here, limit_id)))
        else:
            messages.success(
                request, named(gettext("The limit “{name}” is saved."), name=limit.name)
            )
            return redirect(_list_url(here))
    return _form_page(request, here, form, gettext("Change a limit"), gettext("Save limit"))


def _form_page(
    request: HttpRequest, here: Here, form: LimitForm, title: str, label: str
) -> HttpResponse:
    context = {"form": form, "title": title, "label": label, "parent": gettext("Limits")}
    context |= {"section": "account_codes", "back_url": _list_url(here)}
    return here.render(request, "portal/limits/form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, here: Here, limit_id: UUID) -> HttpResponse:
    """Remove a limit, after asking."""
    limit = _limit(here, limit_id)
    if request.method != "POST":
        context = {"limit": limit, "section": "account_codes"}
        return render_dialog(request, here, "portal/limits/dialog_remove.html", context)
    try:
        services.remove_limit(limit, actor=here.person)
    except Refused as refused:
        flash_refused(request, refused)
    else:
        messages.success(request, named(gettext("The limit “{name}” is removed."), name=limit.name))
    return redirect(_list_url(here))


def _limits(here: Here) -> QuerySet[CallLimit]:
    return CallLimit.objects.of(here.account).select_related("account", "user", "code")


def _limit(here: Here, limit_id: UUID) -> CallLimit:
    return get_object_or_404(_limits(here), pk=limit_id)


def _list_url(here: Here) -> str:
    return reverse("portal:limits", args=[here.account.slug])
