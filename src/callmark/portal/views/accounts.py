"""Accounts as operators add and change them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from callmark.accounts.models import Account
from callmark.accounts.refused import Refused
from callmark.accounts.services import change_account
from callmark.codes.template_models import AccountTemplate
from callmark.codes.templates import add_account_from
from callmark.portal.forms.accounts import AccountChangeForm, NewAccountForm, begins
from callmark.portal.forms.calls import uuid_of
from callmark.portal.pages import Here, person_of
from callmark.portal.responses import named
from callmark.portal.views.templates import told

FORM = "portal/components/form_page.html"


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Add an account, where nobody can sign in yet."""
    template = _template(request)
    form = NewAccountForm(request.POST if request.method == "POST" else None, begins(template))
    if form.is_bound and form.is_valid():
        account = _added(request, form, template)
        if account is not None:
            messages.success(
                request,
                named(gettext("{name} is added. Invite its administrator."), name=account.name),
            )
            return redirect("portal:people", account.slug)
    context = {
        "frame": "portal/people/operators_frame.html",
        "section": "accounts",
        "form": form,
        "template": template,
        "template_told": told(template) if template else "",
        "templates": AccountTemplate.objects.all(),
        "title": gettext("Add an account"),
        "parent": gettext("Accounts"),
        "back_url": reverse("portal:home"),
    }
    return render(request, "portal/accounts/add.html", context)


@require_safe
def short_name(request: HttpRequest) -> HttpResponse:
    """The field of the short name as the name suggests it: a piece of the page."""
    form = NewAccountForm(request.GET)
    form.suggest()
    return render(request, "portal/accounts/short_name.html", {"form": form})


def _template(request: HttpRequest) -> AccountTemplate | None:
    """The template that the form, or the address that leads to it, names."""
    sent = request.POST if request.method == "POST" else request.GET
    pk = uuid_of(sent.get("template", ""))
    return AccountTemplate.objects.filter(pk=pk).first() if pk else None


def _added(
    request: HttpRequest, form: NewAccountForm, template: AccountTemplate | None
) -> Account | None:
    given = dict(form.cleaned_data)
    slug, name = given.pop("slug"), given.pop("name")
    try:
        return add_account_from(template, given, slug=slug, name=name, actor=person_of(request))
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return None


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
            messages.success(request, named(gettext("Details of {name} saved."), name=account.name))
            return redirect("portal:account_edit", account.slug)
    context = {
        "section": "account_edit",
        "form": form,
        "title": gettext("Account details"),
        "parent": gettext("Account"),
        "back_url": reverse("portal:account_codes", args=[here.account.slug]),
        "label": gettext("Save"),
        "changes": True,
    }
    return here.render(request, FORM, context)
