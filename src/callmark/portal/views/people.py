"""Who may sign in to an account: list, invitations, roles, deactivation.

The same pages show the installation's operators, who belong to no account.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from callmark.accounts.deletion import delete_person
from callmark.accounts.models import Account, Role, User
from callmark.accounts.refused import Refused
from callmark.accounts.services import person_version
from callmark.accounts.versions import STALE
from callmark.policy.values import value_class
from callmark.portal.forms.codes import ListForm
from callmark.portal.forms.people import EmailForm, InviteForm, RoleForm
from callmark.portal.pages import Here, person_of
from callmark.portal.responses import flash_refused, is_htmx, named, page_of, render_dialog
from callmark.portal.views.user_details import what_goes
from callmark.sign_in import people as services
from callmark.sign_in.company_links import links_of, release
from callmark.sign_in.invitations import Invited, invite, invite_user, revoke, send_again
from callmark.sign_in.mail import (
    link_of,
    mail_address_changed,
    mail_invitation,
    mail_second_factors_removed,
)
from callmark.sign_in.models import Invitation


@value_class
class Place:
    """Whose people: an account's, or (``here`` None) the operators."""

    actor: User
    here: Here | None = None

    @property
    def account(self) -> Account | None:
        """The account; None for operators."""
        return self.here.account if self.here else None

    def url(self, name: str, *arguments: object) -> str:
        """The address of ``people``, ``invite``, ``person`` or ``person_do`` here."""
        if self.account is None:
            of_operators = "operators" if name == "people" else f"operator_{name}"
            return reverse(f"portal:{of_operators}", args=arguments)
        return reverse(f"portal:{name}", args=[self.account.slug, *arguments])

    def render(
        self, request: HttpRequest, template: str, context: Mapping[str, Any], status: int = 200
    ) -> HttpResponse:
        """Render in the account's frame, or in the operators'."""
        frame = "portal/layout.html" if self.here else "portal/people/operators_frame.html"
        section = "people" if self.here else "operators"
        more: dict[str, object] = {
            "here": self.here,
            "place": self,
            "frame": frame,
            "section": section,
        }
        more |= {"list_url": self.url("people"), "invite_url": self.url("invite")}
        return render(request, template, {**more, **context}, status=status)


PlaceView = Callable[Concatenate[HttpRequest, Place, ...], HttpResponse]


def of_account(view: PlaceView) -> Callable[..., HttpResponse]:
    """The view for an account's people; ``account_page`` has asked who may see it."""

    @wraps(view)
    def inner(request: HttpRequest, here: Here, **arguments: object) -> HttpResponse:
        return view(request, Place(here.person, here), **arguments)

    return inner


def of_operators(view: PlaceView) -> Callable[..., HttpResponse]:
    """The view for the operators' own list; ``operators_page`` has asked who may see it."""

    @wraps(view)
    def inner(request: HttpRequest, **arguments: object) -> HttpResponse:
        return view(request, Place(person_of(request)), **arguments)

    return inner


@require_safe
def people(request: HttpRequest, place: Place) -> HttpResponse:
    """Everybody who may sign in."""
    text = ListForm.from_query(request.GET)["q"]
    found = services.people_of(place.account)
    if text:
        found = found.filter(Q(name__icontains=text) | Q(email__icontains=text))
    context = {"page": page_of(request.GET, found.order_by("name", "email")), "q": text}
    template = "portal/people/table.html" if is_htmx(request) else "portal/people/list.html"
    return place.render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
def invite_person(request: HttpRequest, place: Place) -> HttpResponse:
    """Add somebody; the answer shows the link, once."""
    data = request.POST if request.method == "POST" else None
    form = InviteForm(place.account, data, initial={"user": request.GET.get("user")})
    if form.is_bound and form.is_valid():
        try:
            invited = _invite(place, form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            return _show_link(request, place, invited)
    return place.render(request, "portal/people/invite.html", {"form": form})


def _invite(place: Place, given: Mapping[str, Any]) -> Invited:
    if user := given.get("user"):
        return invite_user(user, email=given["email"], role=given["role"], actor=place.actor)
    role = given["role"] if place.account else Role.OPERATOR
    return invite(
        place.account, name=given["name"], email=given["email"], role=role, actor=place.actor
    )


def _show_link(request: HttpRequest, place: Place, invited: Invited) -> HttpResponse:
    # Not after a redirect: the link would have to wait in the session, readable in the database.
    mailed = mail_invitation(request, invited, place.actor)
    context = {
        "invitation": invited.invitation,
        "person_shown": invited.invitation.user,
        "link": link_of(request, invited),
        "mailed": mailed,
    }
    return place.render(request, "portal/people/link.html", context)


@require_safe
def person(request: HttpRequest, place: Place, person_id: UUID) -> HttpResponse:
    """One person: role, state, and what can be done."""
    shown = _person(place, person_id)
    newest = Invitation.objects.of(shown).filter(accepted_at=None, revoked_at=None).first()
    version = person_version(shown)
    context = {
        "person_shown": shown,
        "invitation": newest,
        "role_form": RoleForm({"role": shown.role, "version": version}),
        "email_form": EmailForm(initial={"email": shown.email, "version": version}),
        "is_self": shown == place.actor,
        "has_phone": shown.extensions.exists() or shown.phone_numbers.exists(),
        "do_url": place.url("person", shown.pk),
        "came_from_company": links_of(shown).exists(),
    }
    return place.render(request, "portal/people/person.html", context)


def _change_role(request: HttpRequest, place: Place, shown: User) -> str:
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise Refused(gettext("Choose administrator, reporter or user."), "role")
    version = form.cleaned_data["version"] or None
    role = form.cleaned_data["role"]
    services.change_role(shown, role, expected_version=version, actor=place.actor)
    said = {
        Role.ADMINISTRATOR: gettext("{name} is now administrator."),
        Role.REPORTER: gettext("{name} is now reporter."),
        Role.USER: gettext("{name} is now user."),
    }
    return named(said[Role(shown.role)], name=shown.name)


def _change_email(request: HttpRequest, place: Place, shown: User) -> str:
    form = EmailForm(request.POST)
    if not form.is_valid():
        raise Refused(gettext("Enter a valid e-mail address."), "email")
    former, version = shown.email, form.cleaned_data["version"] or None
    email = form.cleaned_data["email"]
    services.change_email(shown, email, expected_version=version, actor=place.actor)
    if former and former != shown.email:
        mail_address_changed(request, shown, former)
    return named(gettext("{name} signs in with {email} now."), name=shown.name, email=shown.email)


def _revoke(request: HttpRequest, place: Place, shown: User) -> str:
    del request
    revoke(shown, actor=place.actor)
    return named(gettext("The link for {name} no longer works."), name=shown.name)


def _deactivate(request: HttpRequest, place: Place, shown: User) -> str:
    del request
    services.set_active(shown, active=False, actor=place.actor)
    return named(gettext("{name} is deactivated and signed out everywhere."), name=shown.name)


def _reactivate(request: HttpRequest, place: Place, shown: User) -> str:
    del request
    services.set_active(shown, active=True, actor=place.actor)
    return named(gettext("{name} can sign in again."), name=shown.name)


def _sign_out(request: HttpRequest, place: Place, shown: User) -> str:
    del request
    services.sign_out_everywhere(shown, actor=place.actor)
    return named(gettext("{name} is signed out everywhere."), name=shown.name)


def _remove_second_factors(request: HttpRequest, place: Place, shown: User) -> str:
    services.remove_second_factors(shown, actor=place.actor)
    mail_second_factors_removed(request, shown)
    return named(gettext("{name} signs in with the password alone now."), name=shown.name)


def _forget_company_identity(request: HttpRequest, place: Place, shown: User) -> str:
    del request
    release(shown, actor=place.actor)
    return named(
        gettext("The next one who comes with the address {email} is taken for {name}."),
        name=shown.name,
        email=shown.email,
    )


def _take_sign_in_away(request: HttpRequest, place: Place, shown: User) -> str:
    del request
    services.take_sign_in_away(shown, actor=place.actor)
    return named(
        gettext("{name} can no longer sign in; the phone stays as it is."), name=shown.name
    )


def _delete(request: HttpRequest, place: Place, shown: User) -> str:
    del request
    delete_person(shown, actor=place.actor)
    said = (
        gettext("{name} is deleted. Call history keeps the name.")
        if place.here
        else gettext("{name} is deleted. The activity keeps what was done.")
    )
    return named(said, name=shown.name)


ACTIONS: dict[str, Callable[[HttpRequest, Place, User], str]] = {
    "role": _change_role,
    "email": _change_email,
    "revoke": _revoke,
    "deactivate": _deactivate,
    "reactivate": _reactivate,
    "sign-out": _sign_out,
    "remove-second-factors": _remove_second_factors,
    "forget-company-identity": _forget_company_identity,
    "remove-sign-in": _take_sign_in_away,
    "delete": _delete,
}


ASKS_FIRST = frozenset(ACTIONS) - {"reactivate", "sign-out"}
"""Actions with a dialog, of the same name in ``portal/people/dialogs``."""


@require_http_methods(["GET", "HEAD", "POST"])
def person_do(request: HttpRequest, place: Place, person_id: UUID, action: str) -> HttpResponse:
    """Do one of :data:`ACTIONS`, after asking, or make a new link, which is shown at once."""
    shown = _person(place, person_id)
    if action not in ACTIONS and action != "link":
        raise Http404("No such action.")
    if request.method != "POST":
        if action not in ASKS_FIRST:
            return HttpResponseNotAllowed(["POST"])
        return _ask(request, place, shown, action)
    try:
        if action == "link":
            return _show_link(request, place, send_again(shown, actor=place.actor))
        messages.success(request, ACTIONS[action](request, place, shown))
    except Refused as refused:
        if refused.code == STALE:
            return _ask(request, place, _person(place, person_id), action, refused)
        flash_refused(request, refused)
    still_listed = services.people_of(place.account).filter(pk=person_id).exists()
    return redirect(place.url("person", person_id) if still_listed else place.url("people"))


def _ask(
    request: HttpRequest,
    place: Place,
    shown: User,
    action: str,
    refused: Refused | None = None,
) -> HttpResponse:
    """Ask before it is done; again, over what is stored now, where somebody else was faster."""
    given = request.POST if refused else request.GET
    context: dict[str, object] = {
        "person_shown": shown,
        "user_shown": shown,
        "has_phone": shown.extensions.exists() or shown.phone_numbers.exists(),
        "cancel_url": place.url("person", shown.pk),
        "action_url": request.path,
        "version": person_version(shown) if refused else given.get("version", ""),
        "problem": refused,
    }
    if action == "delete":
        context |= what_goes(shown)
        return render_dialog(request, place, "portal/users/dialog_delete.html", context)
    if action == "role":
        form = RoleForm(given)
        if not form.is_valid():
            raise Http404("No such role.")
        role = form.cleaned_data["role"]
        context |= {"role": role, "role_name": Role(role).label}
    if action == "email":
        asked = EmailForm(given)
        if not asked.is_valid():
            raise Http404("No such address.")
        context["email"] = asked.cleaned_data["email"]
    return render_dialog(request, place, f"portal/people/dialogs/{action}.html", context)


@require_POST
def require_second_factor(request: HttpRequest, here: Here) -> HttpResponse:
    """Force a second factor on everybody of the account, or no longer."""
    required = request.POST.get("required") == "1"
    services.require_second_factor(here.account, required=required, actor=here.person)
    messages.success(
        request,
        gettext("Everybody must have a second factor now.")
        if required
        else gettext("A second factor is optional now."),
    )
    return redirect("portal:people", here.account.slug)


def _person(place: Place, person_id: UUID) -> User:
    found: QuerySet[User] = services.people_of(place.account)
    return get_object_or_404(found.select_related("account"), pk=person_id)
