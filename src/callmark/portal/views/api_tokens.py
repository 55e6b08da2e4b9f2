"""API tokens: the keys of an account's programs."""

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from callmark.accounts.refused import Refused
from callmark.portal.forms.api_tokens import TokenForm
from callmark.portal.pages import Here
from callmark.portal.responses import named, page_of, render_dialog
from callmark.sign_in.api_tokens import Scope, create_token, revoke_token
from callmark.sign_in.models import ApiToken


def _tokens_of(here: Here) -> QuerySet[ApiToken]:
    return ApiToken.objects.of(here.account).select_related("created_by")


SECTION = {"section": "api_tokens"}
_FIELDS = {"expires_in_days": "days"}


@require_safe
def api_tokens(request: HttpRequest, here: Here) -> HttpResponse:
    """The account's tokens, newest first, also those that no longer work."""
    page = page_of(request.GET, _tokens_of(here))
    context = {**SECTION, "page": page, "now": timezone.now()}
    return here.render(request, "portal/api_tokens/list.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, here: Here) -> HttpResponse:
    """Make a token; its secret is on the answer to that, and never again."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            chosen = form.cleaned_data
            new = create_token(
                here.account,
                name=chosen["name"],
                scopes=[Scope(value) for value in chosen["scopes"]],
                days=chosen["days"],
                actor=here.person,
            )
        except Refused as refused:
            field = _FIELDS.get(refused.field or "", refused.field)
            form.add_error(field if field in form.fields else None, refused.message)
        else:
            context = {**SECTION, "token": new.token, "secret": new.secret}
            return here.render(request, "portal/api_tokens/secret.html", context)
    return here.render(request, "portal/api_tokens/form.html", {**SECTION, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, here: Here, token_id: UUID) -> HttpResponse:
    """Revoke a token after asking."""
    token = get_object_or_404(_tokens_of(here), pk=token_id)
    if request.method != "POST":
        context = {**SECTION, "token": token}
        return render_dialog(request, here, "portal/api_tokens/dialog_revoke.html", context)
    revoke_token(token, actor=here.person)
    messages.success(
        request, named(gettext("Token “{name}” revoked: it no longer works."), name=token)
    )
    return redirect("portal:api_tokens", here.account.slug)
