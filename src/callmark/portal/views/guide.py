"""The guide: one page to read, and a search."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from callmark.portal.forms.codes import ListForm
from callmark.portal.guide import guide, search
from callmark.portal.pages import signed_in
from callmark.portal.responses import is_htmx


@signed_in
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """The administrator's guide; with ``q`` the sections that have these words."""
    asked = ListForm.from_query(request.GET)["q"].strip()
    context = {
        "section": "help",
        "q": asked,
        "found": search(asked) if asked else None,
        "sections": guide(),
    }
    template = "portal/guide/text.html" if is_htmx(request) else "portal/guide/page.html"
    return render(request, template, context)
