"""Accounts as operators add and change them."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from callmark.accounts.models import Account
from callmark.accounts.refused import Refused
from callmark.accounts.services import add_account, change_account
from callmark.portal.forms.accounts import AccountChangeForm, NewAccountForm
from callmark.portal.pages import Here, person_of
from callmark.portal.responses import named

FORM = "portal/components/form_page.html"


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Add an account, where nobody can sign in yet."""
    form = NewAccountForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        account = _added(request, form)
        if account is not None:
            messages.success(
                request, named("{name} is added. Invite its administrator.", name=account.name)
            )
            return redirect("portal:people", account.slug)
    context = {
        "frame": "portal/people/operators_frame.html",
        "section": "accounts",
        "form": form,
        "title": "Add an account",
        "parent": "Accounts",
        "back_url": reverse("portal:home"),
    }
    return render(request, "portal/accounts/add.html", context)


@require_safe
def short_name(request: HttpRequest) -> HttpResponse:
    """The field of the short name as the name suggests it: a piece of the page."""
    form = NewAccountForm(request.GET)
    form.suggest()
    return render(request, "portal/accounts/short_name.html", {"form": form})


def _added(request: HttpRequest, form: NewAccountForm) -> Account | None:
    given = dict(form.cleaned_data)
    star_code = given.pop("star_code")
    actor = person_of(request)
    try:
        with transaction.atomic():
            account = add_account(**given, actor=actor)
            if star_code != account.star_code:
                change_account(account, {"star_code": star_code}, actor=actor)
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return None
    return account


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, here: Here) -> HttpResponse:
    """Change how an account dials, what is international, and how long records are kept."""
    data = request.POST if request.method == "POST" else None
    form = AccountChangeForm(data, here.account)
    if form.is_bound and form.is_valid():
        account = Account.objects.get(pk=here.account.pk)
        try:
            change_account(
                account,
                form.changes,
                expected_version=form.expected_version,
                actor=here.person,
            )
        except Refused as refused:
            form.show_refused(refused, AccountChangeForm(None, Account.objects.get(pk=account.pk)))
        else:
            messages.success(request, named("Details of {name} saved.", name=account.name))
            return redirect("portal:account_edit", account.slug)
    context = {
        "section": "account_edit",
        "form": form,
        "title": "Account details",
        "parent": "Account",
        "back_url": reverse("portal:account_codes", args=[here.account.slug]),
        "label": "Save",
    }
    return here.render(request, FORM, context)
