"""A user's Details tab: name and home country, phones (operators), deactivating and deleting."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods

from callmark.accounts.access import is_last_administrator, is_operator
from callmark.accounts.deletion import delete_person
from callmark.accounts.models import Extension, PhoneNumber, User
from callmark.accounts.refused import Refused
from callmark.accounts.services import (
    add_extension,
    add_person,
    add_phone_number,
    add_trunk,
    change_person,
    remove_number,
)
from callmark.policy.values import value_class
from callmark.portal.forms.users import (
    DetailsForm,
    ExtensionForm,
    NumberForm,
    TrunkEndpointForm,
    TrunkForm,
    UserDetailsForm,
)
from callmark.portal.pages import Here
from callmark.portal.responses import as_read_next, flash_refused, named, render_dialog
from callmark.sign_in.api_tokens import usable_tokens_of
from callmark.sign_in.people import set_active

SECTION = {"section": "users"}
TAB = {**SECTION, "tab": "details"}


@value_class
class _Words:
    """What is said of an endpoint, an extension or a number."""

    add: Promise
    given: Promise
    remove: Promise
    take: Promise
    taken: Promise


_ENDPOINT = _Words(
    gettext_lazy("Add endpoint"),
    gettext_lazy("{name} has endpoint {given}."),
    gettext_lazy("Remove endpoint {number}"),
    gettext_lazy("Take endpoint {number} away from {name}?"),
    gettext_lazy("{name} no longer has endpoint {number}."),
)
_EXTENSION = _Words(
    gettext_lazy("Add extension"),
    gettext_lazy("{name} has extension {given}."),
    gettext_lazy("Remove extension {number}"),
    gettext_lazy("Take extension {number} away from {name}?"),
    gettext_lazy("{name} no longer has extension {number}."),
)
_NUMBER = _Words(
    gettext_lazy("Add number"),
    gettext_lazy("{name} has number {given}."),
    gettext_lazy("Remove number {number}"),
    gettext_lazy("Take number {number} away from {name}?"),
    gettext_lazy("{name} no longer has number {number}."),
)


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, here: Here) -> HttpResponse:
    """Add a user, who has no phone and account codes off in the beginning."""
    form = DetailsForm(here.account, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        added = _try(form, lambda: add_person(here.account, **form.cleaned_data, actor=here.person))
        if added is not None:
            messages.success(request, named(gettext("{name} is added."), name=added.name))
            return redirect(_details_url(here, added))
    back = reverse("portal:users", args=[here.account.slug])
    return _form_page(
        request, here, form, title=gettext("Add a user"), parent=gettext("Users"), back=back
    )


@require_http_methods(["GET", "HEAD", "POST"])
def trunk_add(request: HttpRequest, here: Here) -> HttpResponse:
    """Add a SIP trunk. Operators connect it at once; an administrator's waits for its endpoint."""
    make_form = TrunkForm if is_operator(here.person) else DetailsForm
    form = make_form(here.account, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        added = _try(form, lambda: add_trunk(here.account, **form.cleaned_data, actor=here.person))
        if added is not None:
            messages.success(request, named(gettext("SIP trunk {name} is added."), name=added.name))
            return redirect(_details_url(here, added))
    back = reverse("portal:users", args=[here.account.slug])
    return _form_page(
        request, here, form, title=gettext("Add a SIP trunk"), parent=gettext("Users"), back=back
    )


@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest, here: Here, user_id: UUID) -> HttpResponse:
    """The Details tab; a POST saves name, home country and language."""
    user = _user(here, user_id)
    data = request.POST if request.method == "POST" else None
    form = UserDetailsForm(here.account, data, user)
    if form.is_bound and form.is_valid():
        version = form.expected_version
        try:
            saved = change_person(
                _user(here, user_id), form.changes, expected_version=version, actor=here.person
            )
        except Refused as refused:
            form.show_refused(refused, UserDetailsForm(here.account, None, _user(here, user_id)))
        else:
            with as_read_next(here.person):
                told = named(gettext("Details of {name} saved."), name=saved.name)
            messages.success(request, told)
            return redirect(_details_url(here, user))
    context = {**TAB, "user_shown": user, "form": form, "may_number": is_operator(here.person)}
    return here.render(request, "portal/users/details.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def active(request: HttpRequest, here: Here, user_id: UUID) -> HttpResponse:
    """Deactivate a user after asking, or reactivate one."""
    user = _user(here, user_id)
    if request.method != "POST":
        context = {
            "has_phone": user.extensions.exists() or user.phone_numbers.exists(),
            "action_url": request.path,
        }
        return _dialog(request, here, user, "deactivate", context)
    wanted = request.POST.get("active") == "1"
    try:
        set_active(user, active=wanted, actor=here.person)
    except Refused as refused:
        flash_refused(request, refused)
    else:
        now = gettext("{name} is active again.") if wanted else gettext("{name} is deactivated.")
        messages.success(request, named(now, name=user.name))
    return redirect(_details_url(here, user))


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, here: Here, user_id: UUID) -> HttpResponse:
    """Delete a user after saying what goes and what stays."""
    user = _user(here, user_id)
    if request.method != "POST":
        context = {**what_goes(user), "action_url": request.path}
        return _dialog(request, here, user, "delete", context)
    try:
        delete_person(user, actor=here.person)
    except Refused as refused:
        flash_refused(request, refused)
        return redirect(_details_url(here, user))
    messages.success(
        request, named(gettext("{name} is deleted. Call history keeps the name."), name=user.name)
    )
    return redirect("portal:users", here.account.slug)


def what_goes(person: User) -> dict[str, object]:
    """What the dialog must say about deleting this person."""
    return {
        "tokens": list(usable_tokens_of(person)),
        "last_administrator": is_last_administrator(person),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def extension_add(request: HttpRequest, here: Here, user_id: UUID) -> HttpResponse:
    """Give a user an extension, or a SIP trunk its endpoint. Operators only."""
    if _user(here, user_id).is_trunk:
        return _give(request, here, user_id, TrunkEndpointForm, add_extension, _ENDPOINT)
    return _give(request, here, user_id, ExtensionForm, add_extension, _EXTENSION)


@require_http_methods(["GET", "HEAD", "POST"])
def number_add(request: HttpRequest, here: Here, user_id: UUID) -> HttpResponse:
    """Give a user an outside number. Operators only."""
    make_form = partial(NumberForm, country=here.account.country)
    return _give(request, here, user_id, make_form, add_phone_number, _NUMBER)


def _give(
    request: HttpRequest,
    here: Here,
    user_id: UUID,
    make_form: Callable[[QueryDict | None], forms.Form],
    service: Callable[..., Extension | PhoneNumber],
    what: _Words,
) -> HttpResponse:
    user = _user(here, user_id)
    form = make_form(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        given = _try(form, lambda: service(user, **form.cleaned_data, actor=here.person))
        if given is not None:
            told = named(str(what.given), name=user.name, given=given)
            messages.success(request, told)
            return redirect(_details_url(here, user))
    back = _details_url(here, user)
    return _form_page(
        request,
        here,
        form,
        title=str(what.add),
        parent=user.name,
        back=back,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def extension_remove(
    request: HttpRequest, here: Here, user_id: UUID, extension_id: UUID
) -> HttpResponse:
    """Take an extension away, after asking. Operators only."""
    user = _user(here, user_id)
    return _take(request, here, user, get_object_or_404(user.extensions, pk=extension_id))


@require_http_methods(["GET", "HEAD", "POST"])
def number_remove(request: HttpRequest, here: Here, user_id: UUID, number_id: UUID) -> HttpResponse:
    """Take an outside number away, after asking. Operators only."""
    user = _user(here, user_id)
    return _take(request, here, user, get_object_or_404(user.phone_numbers, pk=number_id))


def _take(
    request: HttpRequest, here: Here, user: User, number: Extension | PhoneNumber
) -> HttpResponse:
    what = _NUMBER
    if isinstance(number, Extension):
        what = _EXTENSION if number.number else _ENDPOINT
    if request.method != "POST":
        shown = {"number": number, "title": str(what.remove).format(number=number)}
        taken = format_html('<strong class="digits">{}</strong>', number)
        shown["question"] = format_html(
            str(what.take), number=taken, name=format_html("<bdi>{}</bdi>", user.name)
        )
        return _dialog(request, here, user, "remove_number", shown)
    remove_number(number, actor=here.person)
    told = named(str(what.taken), name=user.name, number=number)
    messages.success(request, told)
    return redirect(_details_url(here, user))


def _try(form: forms.Form, service: Callable[[], Any]) -> Any:  # noqa: ANN401
    """What the service returns; None, with the form saying why, when it refuses."""
    try:
        return service()
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return None


def _form_page(
    request: HttpRequest, here: Here, form: forms.Form, *, title: str, parent: str, back: str
) -> HttpResponse:
    context = {**SECTION, "form": form, "title": title, "parent": parent, "back_url": back}
    return here.render(request, "portal/components/form_page.html", context)


def _dialog(
    request: HttpRequest, here: Here, user: User, name: str, more: Mapping[str, object]
) -> HttpResponse:
    context = {**TAB, "user_shown": user, "cancel_url": _details_url(here, user), **more}
    return render_dialog(request, here, f"portal/users/dialog_{name}.html", context)


def _details_url(here: Here, user: User) -> str:
    return reverse("portal:user_details", args=[here.account.slug, user.pk])


def _user(here: Here, user_id: UUID) -> User:
    return get_object_or_404(User.objects.of(here.account), pk=user_id)
