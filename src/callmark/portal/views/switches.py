"""The telephone switches, as operators look after them."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from callmark.accounts.models import Switch
from callmark.portal.responses import page_of
from callmark.switches.alone.reports import accounts_on, overview, overviews

_SHOWN = 200
SECTION = {"section": "switches"}


@require_safe
def switches(request: HttpRequest) -> HttpResponse:
    """Every switch: when it was heard, its accounts, what was written and what a check said."""
    page = page_of(request.GET, Switch.objects.order_by("name"))
    context = {**SECTION, "page": page, "switches": overviews(page.object_list)}
    return render(request, "portal/switches/list.html", context)


@require_safe
def switch(request: HttpRequest, switch_id: UUID) -> HttpResponse:
    """One switch, with its accounts and every finding."""
    shown = overview(get_object_or_404(Switch.objects.all(), pk=switch_id))
    accounts = list(accounts_on(shown.switch)[: _SHOWN + 1])
    context = {
        **SECTION,
        "shown": shown,
        "accounts": accounts[:_SHOWN],
        "more": max(0, shown.accounts - _SHOWN),
    }
    return render(request, "portal/switches/switch.html", context)
