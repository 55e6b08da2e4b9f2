"""A second factor before anything else, for those who must have one."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from callmark.accounts.models import User
from callmark.sign_in.second_factors import must_set_up_second_factor
from callmark.web.origin import API_PREFIX
from callmark.web.problems import forbidden

GetResponse = Callable[[HttpRequest], HttpResponse]

# Where somebody may go who has to set up a second factor first.
_ON_THE_WAY = frozenset(
    {
        "account_logout",
        "account_reauthenticate",
        "sign_in_invitation",
        "sign_in_session",
        "sign_in_invitation_link",
    }
)


class SecondFactorFirst:
    """Leads people who must have a second factor, and have none, to setting one up."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        request.must_set_up_second_factor = False  # type: ignore[attr-defined]
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponseBase | None:
        """Let through what is on the way to a second factor, nothing else."""
        del view, args, kwargs
        person = request.user
        if not isinstance(person, User) or not must_set_up_second_factor(person):
            return None
        request.must_set_up_second_factor = True  # type: ignore[attr-defined]
        name = request.resolver_match.url_name if request.resolver_match else None
        if name in _ON_THE_WAY or (name or "").startswith("mfa_"):
            return None
        if request.path.startswith(API_PREFIX):
            return forbidden(
                "Set up a second factor in the portal first.", "second_factor_missing"
            ).response()
        if "HX-Request" in request.headers:
            # Otherwise our script would put that page into a piece of this one.
            return HttpResponse(status=204, headers={"HX-Redirect": reverse("mfa_index")})
        return redirect("mfa_index")
