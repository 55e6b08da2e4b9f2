"""Numbers that never or always need a code: list, add, change, remove."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from callmark.accounts.refused import Refused
from callmark.codes import listed_numbers as services
from callmark.codes.models import ListedNumber
from callmark.codes.use import usable_code_count
from callmark.portal.forms.codes import ListForm
from callmark.portal.forms.listed_numbers import AddListedNumberForm, ChangeListedNumberForm
from callmark.portal.pages import Here
from callmark.portal.responses import (
    flash_refused,
    go_back,
    is_htmx,
    named,
    page_of,
    render_dialog,
)
from callmark.portal.views.account_codes import stored_settings


@require_http_methods(["GET", "HEAD", "POST"])
def listed_numbers(request: HttpRequest, here: Here) -> HttpResponse:
    """List and search the entries; a POST adds one."""
    settings = stored_settings(here.account)
    if settings is None:
        messages.info(request, gettext("Choose the account code length first."))
        return redirect("portal:account_codes", here.account.slug)
    form = AddListedNumberForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _added(request, here, form):
        return redirect(_list_url(here))
    asked = ListForm.from_query(request.GET)["q"]
    entries = services.search_listed_numbers(here.account, asked)
    context = {
        "section": "account_codes",
        "tab": "numbers",
        "settings": settings,
        "form": form,
        "page": page_of(request.GET, entries),
        "q": asked,
        "active_codes": usable_code_count(here.account),
        "any_entries": ListedNumber.objects.of(here.account).exists(),
    }
    part = "table" if is_htmx(request) else "list"
    return here.render(request, f"portal/listed_numbers/{part}.html", context)


def _added(request: HttpRequest, here: Here, form: AddListedNumberForm) -> bool:
    try:
        entry = services.add_listed_number(here.account, **form.changes, actor=here.person)
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return False
    messages.success(request, named(gettext("“{name}” is listed."), name=entry.name))
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, here: Here, listed_number_id: UUID) -> HttpResponse:
    """Change an entry's name and what it says."""
    entry = _entry(here, listed_number_id)
    form = ChangeListedNumberForm(entry, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        version = form.expected_version
        try:
            services.change_listed_number(
                entry, **form.changes, expected_version=version, actor=here.person
            )
        except Refused as refused:
            form.show_refused(refused, ChangeListedNumberForm(_entry(here, listed_number_id)))
        else:
            messages.success(request, named(gettext("“{name}” saved."), name=entry.name))
            return go_back(request, _list_url(here))
    context = {"form": form, "entry": entry, "section": "account_codes"}
    return render_dialog(request, here, "portal/listed_numbers/dialog_change.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, here: Here, listed_number_id: UUID) -> HttpResponse:
    """Take an entry off the list, after asking."""
    entry = _entry(here, listed_number_id)
    if request.method != "POST":
        context = {"entry": entry, "section": "account_codes"}
        return render_dialog(request, here, "portal/listed_numbers/dialog_remove.html", context)
    try:
        services.remove_listed_number(entry, actor=here.person)
    except Refused as refused:
        flash_refused(request, refused)
    else:
        messages.success(request, named(gettext("“{name}” is off the list."), name=entry.name))
    return go_back(request, _list_url(here))


def _entry(here: Here, listed_number_id: UUID) -> ListedNumber:
    return get_object_or_404(ListedNumber.objects.of(here.account), pk=listed_number_id)


def _list_url(here: Here) -> str:
    return reverse("portal:listed_numbers", args=[here.account.slug])
