"""The guide: one page to read, and a search."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from callmark.portal.forms.codes import ListForm
from callmark.portal.guide import guide, guide_language, search, switch_guide
from callmark.portal.pages import signed_in
from callmark.portal.responses import is_htmx

KINDS = {
    "asterisk": gettext_lazy("Connect an Asterisk"),
    "freeswitch": gettext_lazy("Connect a FreeSWITCH"),
}


@signed_in
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """The administrator's guide; with ``q`` the sections that have these words."""
    asked = ListForm.from_query(request.GET)["q"].strip()
    context = {
        "section": "help",
        "q": asked,
        "found": search(asked) if asked else None,
        "sections": guide(guide_language()),
        "guide_language": guide_language(),
    }
    template = "portal/guide/text.html" if is_htmx(request) else "portal/guide/page.html"
    return render(request, template, context)


@require_safe
def switch_guide_page(request: HttpRequest, kind: str) -> HttpResponse:
    """How a switch is connected, for operators."""
    if kind not in settings.SWITCH_GUIDES:
        raise Http404("No such guide.")
    context = {
        "section": "help",
        "sections": switch_guide(kind),
        "guide_language": "en",
        "title": str(KINDS[kind]),
    }
    return render(request, "portal/guide/switch.html", context)
