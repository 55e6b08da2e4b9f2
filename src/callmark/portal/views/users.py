"""Users, and a user's Settings tab."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.calls.queries import lift_lockout, lockout_of, lockouts_of
from callmark.codes.models import UserCodeSettings
from callmark.codes.services import save_user_settings, user_settings_version
from callmark.codes.user_lists import (
    ORDER,
    Deviation,
    deviations_of,
    own_settings,
    users_found,
)
from callmark.policy.values import value_class
from callmark.portal.forms.user_lists import UserFilterForm
from callmark.portal.forms.users import UserSettingsForm
from callmark.portal.pages import Here
from callmark.portal.responses import is_htmx, named
from callmark.portal.stretches import stretch_of
from callmark.portal.tables import table_of
from callmark.portal.views.account_codes import stored_settings
from callmark.portal.views.user_batches import how_far


@value_class
class Row:
    """A user in the list, with what the list says about account codes."""

    user: User
    settings: UserCodeSettings
    locked_until: datetime | None
    deviations: tuple[Deviation, ...]

    @property
    def picked(self) -> str:
        """What a form sends of it: whose settings, in which version."""
        return f"{self.user.pk}:{user_settings_version(self.settings)}"


@require_safe
def users(request: HttpRequest, here: Here) -> HttpResponse:
    """Everybody on the account, filtered; with what they have otherwise than the others."""
    form = UserFilterForm(request.GET)
    found = users_found(here.account, form.chosen())
    found = found.select_related("code_settings__default_code").prefetch_related(
        "extensions", "phone_numbers"
    )
    page = stretch_of(request.GET, found, ORDER)
    locked, settings = lockouts_of(page.rows), stored_settings(here.account)
    rows = [
        Row(user, stored, locked.get(str(user.pk)), deviations_of(settings, stored))
        for user in page.rows
        for stored in [own_settings(user)]
    ]
    context = {
        "section": "users",
        "page": page,
        "rows": rows,
        "form": form,
        "table": table_of(here, "users"),
        "settings": settings,
        **how_far(request, here),
    }
    template = "portal/users/table.html" if is_htmx(request) else "portal/users/list.html"
    return here.render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
def user_settings(request: HttpRequest, here: Here, user_id: UUID) -> HttpResponse:
    """Users > a user > Settings > Account Codes. Users may read their own."""
    user = _user(here, user_id)
    defaults = stored_settings(here.account)
    if request.method == "POST" and not here.may_administer:
        raise PermissionDenied
    form = None
    if defaults is not None:
        data = request.POST if request.method == "POST" else None
        form = UserSettingsForm(here.account, defaults, own_settings(user), data)
    if form is not None and form.is_bound and form.is_valid() and _saved(request, here, user, form):
        return redirect("portal:user_settings", here.account.slug, user.pk)
    context = {
        "section": "users" if here.may_administer else "user_settings",
        "tab": "settings",
        "user_shown": user,
        "form": form,
        "settings": defaults,
        "stored": own_settings(user),
        "locked_until": lockout_of(user),
        "may_change": here.may_administer,
    }
    return here.render(request, "portal/users/settings.html", context)


def _saved(request: HttpRequest, here: Here, user: User, form: UserSettingsForm) -> bool:
    try:
        save_user_settings(
            user,
            enabled=form.cleaned_data["enabled"],
            override=form.override_rules(),
            default_code=form.cleaned_data["default_code"],
            expected_version=form.expected_version,
            actor=here.person,
        )
    except Refused as refused:
        form.show_refused(refused, form.over(own_settings(_user(here, user.pk))))
        return False
    messages.success(request, named(gettext("Settings of {name} saved."), name=user.name))
    return True


@require_POST
def lift(request: HttpRequest, here: Here, user_id: UUID) -> HttpResponse:
    """Lift a user's lockout."""
    user = _user(here, user_id)
    lift_lockout(user, here.person)
    messages.success(
        request, named(gettext("{name} can enter account codes again."), name=user.name)
    )
    return redirect("portal:user_settings", here.account.slug, user.pk)


def _user(here: Here, user_id: UUID) -> User:
    user = get_object_or_404(User.objects.of(here.account), pk=user_id)
    if not here.may_administer and user.pk != here.person.pk:
        raise Http404("No such user.")
    return user
