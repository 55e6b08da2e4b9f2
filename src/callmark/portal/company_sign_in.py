"""To the company's sign-in page and back (OpenID Connect)."""

from allauth.account.utils import get_login_redirect_url, get_next_redirect_url
from allauth.core.ratelimit import consume_or_429
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from requests import RequestException

from callmark.accounts.row_security import EVERY_ACCOUNT, seeing
from callmark.sign_in.company import CompanyConnection, CompanyProvider

# Asks the provider to let nobody through who does not prove again who it is.
_AGAIN = {"prompt": "login"}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Ask (GET), then lead to the company's page (POST): nobody is signed in by a link alone.

    Led by a page, not by a redirect: 'form-action' would have to name every host the provider
    redirects through. ``again``: somebody signed in proves once more who it is.
    """
    provider = _provider(request, provider_id)
    again = request.user.is_authenticated and "again" in (request.GET | request.POST)
    if request.user.is_authenticated and not again:
        return redirect(get_login_redirect_url(request))
    following = get_next_redirect_url(request)
    context = {"provider": provider, "next": following, "again": again}
    if request.method != "POST":
        return render(request, "sign_in/company_start.html", context)
    if refusal := consume_or_429(request, action="login"):
        limited: HttpResponse = refusal
        return limited
    try:
        answer: HttpResponse = provider.redirect(
            request, AuthProcess.LOGIN, following, auth_params=dict(_AGAIN) if again else None
        )
    except RequestException:
        messages.error(
            request, gettext("Your company's sign-in page cannot be reached. Try again later.")
        )
        return redirect("account_login")
    except OAuth2Error as problem:
        return _did_not_work(request, provider, problem)
    if not isinstance(answer, HttpResponseRedirect):
        return answer
    return render(request, "sign_in/company_leaving.html", {**context, "address": answer.url})


@never_cache
@require_safe
def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """The provider's answer: let the person in, or say that it did not work."""
    provider = _provider(request, provider_id)
    view = OAuth2CallbackView.adapter_view(CompanyConnection(request, provider_id))
    try:
        # Anyone signed in here so far: the one who comes may be of another account.
        with seeing(EVERY_ACCOUNT):
            answer: HttpResponse = view(request)
    except (RequestException, OAuth2Error) as problem:
        return _did_not_work(request, provider, problem)
    return answer


def _provider(request: HttpRequest, provider_id: str) -> CompanyProvider:
    try:
        provider: CompanyProvider = get_adapter().get_provider(request, provider_id)
    except SocialApp.DoesNotExist:
        raise Http404("No such provider.") from None
    return provider


def _did_not_work(
    request: HttpRequest, provider: CompanyProvider, problem: Exception
) -> HttpResponse:
    page: HttpResponse = render_authentication_error(request, provider, exception=problem)
    return page
