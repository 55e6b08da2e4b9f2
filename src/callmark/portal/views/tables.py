"""Arranging a list: columns, density, order."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from callmark.portal.pages import Here
from callmark.portal.responses import go_back
from callmark.portal.tables import LISTS, arrange

_PAGES = {"calls": "calls", "codes": "codes", "users": "users"}


@require_POST
def arrange_table(request: HttpRequest, here: Here, name: str) -> HttpResponse:
    """Keep how this person wants a list, whichever browser they use."""
    if name not in LISTS:
        raise Http404("No such list.")
    sent = request.POST
    arrange(
        here,
        name,
        columns=sent.getlist("column"),
        density=sent.get("density", ""),
        sort=sent.get("sort", ""),
    )
    return go_back(request, reverse(f"portal:{_PAGES[name]}", args=[here.account.slug]))
