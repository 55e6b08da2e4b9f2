"""The API's reference at /api/docs: made here, of the OpenAPI document, without script.

Ours because every renderer there is (Swagger UI, Redoc, RapiDoc, Scalar, Elements) draws the page
with a megabyte of script and inline styles, against our policy, our themes and our accessibility.
"""

from functools import cached_property

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from callmark.api.reference import Group, groups_of


class Search(forms.Form):
    """What is looked for; anything unreadable finds everything."""

    q = forms.CharField(required=False, max_length=100)


class Pages:
    """The two kinds of page of one API's reference."""

    def __init__(self, api: NinjaAPI) -> None:
        self._api = api

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Made when they are first asked for: the document needs every address."""
        return groups_of(self._api.get_openapi_schema())

    def index(self, request: HttpRequest) -> HttpResponse:
        """Every operation in a line, or those that a search finds."""
        form = Search(request.GET)
        text = form.cleaned_data["q"] if form.is_valid() else ""
        groups = [found for group in self.groups if (found := group.found(text)).operations]
        count = sum(len(group.operations) for group in groups)
        context = {"shown": groups, "q": text, "count": count, "words": self._api.description}
        return self._render(request, "api/docs_index.html", context)

    def group(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        """The operations on one kind of thing, with all there is to know of each."""
        group = next((one for one in self.groups if one.slug == slug), None)
        if group is None:
            raise Http404("No such part of the API.")
        base = request.build_absolute_uri("/").rstrip("/")
        operations = [(one, one.curl(base)) for one in group.operations]
        context = {"group": group, "operations": operations, "problems": group.problems}
        # Long, and nothing that somebody sends is on it: it may be compressed beside secrets.
        page = self._render(request, "api/docs_group.html", context)
        return GZipMiddleware(lambda _: page).process_response(request, page)

    def _render(
        self, request: HttpRequest, template: str, context: dict[str, object]
    ) -> HttpResponse:
        about = {
            "groups": self.groups,
            "document": reverse("api-v1:openapi-json"),
            "version": self._api.version,
        }
        return require_safe(lambda _: render(request, template, about | context))(request)
