"""Answers that several views share: dialogs, going back, and pages of a list."""

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar, cast

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.html import format_html, format_html_join
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django_htmx.middleware import HtmxDetails

from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.languages import language_of, speaking

Row = TypeVar("Row", bound=Model)
_QUOTED = re.compile("(?<=[“«])([^”»]*)(?=[”»])")


def is_htmx(request: HttpRequest) -> bool:
    """Whether our script asks for a piece of a page; otherwise a whole page is wanted."""
    return bool(cast(HtmxDetails, request.htmx))  # type: ignore[attr-defined]


class Renders(Protocol):
    """Somewhere that pages can be shown: an account, or the operators' own list."""

    def render(
        self, request: HttpRequest, template: str, context: Mapping[str, Any], status: int = 200
    ) -> HttpResponse:
        """Render a page in its frame."""


def render_dialog(
    request: HttpRequest,
    here: Renders,
    template: str,
    context: Mapping[str, Any],
    status: int = 200,
) -> HttpResponse:
    """Show a dialog: over the page with our script, as a page of its own without."""
    base = "portal/dialogs/over_page.html" if is_htmx(request) else "portal/dialogs/as_page.html"
    return here.render(
        request,
        template,
        {"dialog_base": base, "back": _where_from(request), **context},
        status=status,
    )


def _where_from(request: HttpRequest) -> str:
    if "back" in request.POST:
        return request.POST["back"]
    details = cast(HtmxDetails, request.htmx)  # type: ignore[attr-defined]
    return details.current_url_abs_path or ""


def go_back(request: HttpRequest, default: str) -> HttpResponse:
    """Redirect to the page a form came from (a list's page 7, say); never to another site."""
    back = request.POST.get("back", "")
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(
        back, allowed_hosts=None, require_https=request.is_secure()
    )
    return redirect(back if is_ours else default)


def flash_refused(request: HttpRequest, refused: Refused) -> None:
    """Show why a change was not made."""
    messages.error(request, with_names_isolated(refused.message))


def as_read_next(person: User) -> AbstractContextManager[None]:
    """In the language of this person's next page: what was just saved may have changed it."""
    users = User.objects.of_account_or_none(person.account).select_related("account")
    now = users.get(pk=person.pk)
    return speaking(language_of(now, now.account), now.country)


def named(text: str, **names: object) -> SafeString:
    """A sentence with names in it, each isolated: one from right to left moves nothing else."""
    return format_html(text, **{key: _isolated(str(name)) for key, name in names.items()})


def with_names_isolated(text: str) -> SafeString:
    """A finished sentence: what it has between quotation marks is isolated."""
    parts = _QUOTED.split(text)
    return format_html_join(
        "", "{}", ((_isolated(part) if index % 2 else part,) for index, part in enumerate(parts))
    )


def _isolated(name: str) -> SafeString:
    return format_html("<bdi>{}</bdi>", name)


def page_of(asked: QueryDict, rows: QuerySet[Row], per_page: int = 25) -> Page[Row]:
    """The page of a list that is asked for; nonsense gives the first or last."""
    return Paginator(rows, per_page).get_page(asked.get("page"))
