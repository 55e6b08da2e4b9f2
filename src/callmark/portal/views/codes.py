"""The list of account codes: add, rename, activate, delete."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from callmark.accounts.activity import record_codes_read
from callmark.accounts.refused import Refused
from callmark.codes.exports import SHAPES
from callmark.codes.known_numbers import change_known_numbers
from callmark.codes.labels import labels_of
from callmark.codes.making import advise_catch_all, free_codes, next_free_code
from callmark.codes.models import AccountCode, AccountCodeSettings
from callmark.codes.services import (
    add_code,
    change_code,
    delete_code,
    set_code_active,
)
from callmark.codes.use import usable_code_count, validation_is_on_anywhere
from callmark.portal.forms.code_questions import CodesAsked
from callmark.portal.forms.codes import AddCodeForm, EditCodeForm, ListForm
from callmark.portal.pages import Here
from callmark.portal.responses import (
    flash_refused,
    go_back,
    is_htmx,
    named,
    render_dialog,
)
from callmark.portal.stretches import stretch_of
from callmark.portal.tables import table_of
from callmark.portal.views.account_codes import stored_settings
from callmark.portal.views.many_codes import just_done

ORDERS = {
    "name": ("name", "id"),
    "-name": ("-name", "-id"),
    "-created": ("-created_at", "-name", "-id"),
    "created": ("created_at", "name", "id"),
}


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def codes(request: HttpRequest, here: Here) -> HttpResponse:
    """List, search and sort the codes; a POST adds one."""
    settings = stored_settings(here.account)
    if settings is None:
        messages.info(request, gettext("Choose the account code length first."))
        return redirect("portal:account_codes", here.account.slug)
    form = AddCodeForm(
        settings.code_length,
        request.POST if request.method == "POST" else None,
        another="added" in request.GET,
    )
    if "propose" in request.POST:
        return _list_page(request, here, settings, _proposed(request, here, settings))
    if form.is_bound and form.is_valid() and _added(request, here, form):
        return redirect(_list_url(here) + "?added=1")
    return _list_page(request, here, settings, form)


@sensitive_post_parameters("q")
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest, here: Here) -> HttpResponse:
    """Search the codes. What is typed may be a code, so it must not be in an address or a log."""
    settings = stored_settings(here.account)
    if settings is None or request.method != "POST":
        return redirect(_list_url(here))
    return _list_page(request, here, settings, AddCodeForm(settings.code_length))


def _proposed(request: HttpRequest, here: Here, settings: AccountCodeSettings) -> AddCodeForm:
    """The form again, with a code that is free: the next one, or one that nobody guesses."""
    name, code = request.POST.get("name", ""), ""
    try:
        is_random = request.POST["propose"] == "random"
        code = free_codes(here.account, 1)[0] if is_random else next_free_code(here.account)
    except Refused as refused:
        flash_refused(request, refused)
    return AddCodeForm(settings.code_length, initial={"name": name, "code": code}, another=True)


def _added(request: HttpRequest, here: Here, form: AddCodeForm) -> bool:
    try:
        code = add_code(here.account, **form.cleaned_data, actor=here.person)
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return False
    messages.success(request, named(gettext("Account code “{name}” added."), name=code.name))
    return True


def _list_page(
    request: HttpRequest, here: Here, settings: AccountCodeSettings, form: AddCodeForm
) -> HttpResponse:
    # A POST that adds a code carries no search; only the search view's own does.
    adds = form.is_bound or "propose" in request.POST
    searching = request.GET if adds else request.POST or request.GET
    query, asked = ListForm.from_query(searching), CodesAsked.of(searching)
    table = table_of(here, "codes")
    sort = query["sort"] if query["sort"] in ORDERS else table.sort
    context = {
        "section": "account_codes",
        "tab": "codes",
        "settings": settings,
        "form": form,
        "page": stretch_of(searching, asked.codes(here.account), ORDERS[sort]),
        "asked": asked,
        "q": asked.q,
        "sort": sort,
        "table": table,
        "active_codes": usable_code_count(here.account),
        "any_codes": AccountCode.objects.of(here.account).exists(),
        "search_form": "search" if asked.q else "",
        "labels": labels_of(here.account),
        "shapes": SHAPES,
        "undo": just_done(request, here),
        "advise_catch_all": advise_catch_all(here.account),
        "validates": validation_is_on_anywhere(here.account),
    }
    if context["any_codes"]:
        record_codes_read(here.account, actor=here.person, where="codes")
    template = "portal/codes/table.html" if is_htmx(request) else "portal/codes/list.html"
    return here.render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: HttpRequest, here: Here, code_id: UUID) -> HttpResponse:
    """Change a code's name, what other systems call it, its rules and its known numbers."""
    code = _code(here, code_id)
    before = code.name
    data = request.POST if request.method == "POST" else None
    form = EditCodeForm(code, data)
    if form.is_bound and form.is_valid():
        try:
            _change(code, form, here)
        except Refused as refused:
            form.show_refused(refused, EditCodeForm(_code(here, code_id)))
        else:
            messages.success(request, named(_done(before, code), name=code.name))
            return go_back(request, _list_url(here))
    context = {"form": form, "code": code, "section": "account_codes"}
    return render_dialog(request, here, "portal/codes/dialog_rename.html", context)


@transaction.atomic
def _change(code: AccountCode, form: EditCodeForm, here: Here) -> None:
    """All that the page shows of a code, or nothing."""
    change_code(
        code,
        name=form.cleaned_data["name"],
        ids=form.ids,
        use=form.use,
        label=form.cleaned_data["label"],
        expected_version=form.expected_version,
        actor=here.person,
    )
    change_known_numbers(
        code, add=form.numbers_added, remove=form.numbers_removed, actor=here.person
    )


def _done(before: str, code: AccountCode) -> str:
    if before == code.name:
        return gettext("Account code “{name}” saved.")
    return gettext("Account code renamed to “{name}”.")


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, here: Here, code_id: UUID) -> HttpResponse:
    """Delete a code after asking; old call records keep its digits and name."""
    code = _code(here, code_id)
    if request.method != "POST":
        context = {"code": code, "section": "account_codes"}
        return render_dialog(request, here, "portal/codes/dialog_delete.html", context)
    try:
        delete_code(code, actor=here.person)
    except Refused as refused:
        flash_refused(request, refused)
    else:
        messages.success(request, named(gettext("Account code “{name}” deleted."), name=code.name))
    return go_back(request, _list_url(here))


@require_POST
def set_active(request: HttpRequest, here: Here, code_id: UUID) -> HttpResponse:
    """Activate or deactivate a code."""
    code = _code(here, code_id)
    active = request.POST.get("active") == "1"
    try:
        set_code_active(code, active=active, actor=here.person)
    except Refused as refused:
        flash_refused(request, refused)
    else:
        said = (
            gettext("Account code “{name}” activated.")
            if active
            else gettext("Account code “{name}” deactivated: callers can no longer use it.")
        )
        messages.success(request, named(said, name=code.name))
    return go_back(request, _list_url(here))


def _code(here: Here, code_id: UUID) -> AccountCode:
    code = get_object_or_404(AccountCode.objects.of(here.account), pk=code_id)
    # Dialogs say which code it is.
    record_codes_read(here.account, actor=here.person, where="codes")
    return code


def _list_url(here: Here) -> str:
    return reverse("portal:codes", args=[here.account.slug])
