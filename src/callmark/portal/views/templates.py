"""Templates for accounts: kept from an account, chosen when another is added."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from callmark.accounts.models import Account
from callmark.accounts.refused import Refused
from callmark.codes.template_models import AccountTemplate
from callmark.codes.templates import delete_template, save_template
from callmark.languages import in_language
from callmark.policy.rules import RULES
from callmark.portal.forms.templates import TemplateForm
from callmark.portal.pages import person_of
from callmark.portal.responses import named

_ACCOUNTS_OFFERED = 200


@require_http_methods(["GET", "HEAD", "POST"])
def templates(request: HttpRequest) -> HttpResponse:
    """List the templates; a POST keeps another."""
    form = TemplateForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        asked = form.cleaned_data
        try:
            kept = save_template(asked["account"], asked["name"], actor=person_of(request))
        except Refused as refused:
            form.add_error("name", refused.message)
        else:
            messages.success(request, named(gettext("Template “{name}” kept."), name=kept.name))
            return redirect("portal:templates")
    context = {
        "section": "accounts",
        "form": form,
        "templates": [(one, told(one)) for one in AccountTemplate.objects.all()],
        "offered": Account.objects.order_by("slug")[:_ACCOUNTS_OFFERED],
    }
    return render(request, "portal/accounts/templates.html", context)


@require_POST
def delete(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """Delete a template; accounts that began with it stay."""
    template = AccountTemplate.objects.filter(pk=template_id).first()
    if template is None:
        raise Http404
    name = template.name
    delete_template(template, actor=person_of(request))
    messages.success(request, named(gettext("Template “{name}” deleted."), name=name))
    return redirect("portal:templates")


def told(template: AccountTemplate) -> str:
    """What a template says of account codes, in a line."""
    values = template.code_values
    if not values:
        return gettext("Account codes are not set up")
    said = gettext("Codes of {digits} digits, max retries {retries}").format(
        digits=values["code_length"], retries=values["max_retries"]
    )
    on = [in_language(rule.label) for rule in RULES if values.get(rule.name)]
    if not on:
        return said
    return gettext("{said}; on: {rules}").format(said=said, rules=", ".join(on))
