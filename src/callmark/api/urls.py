"""Every address under /api/, and what every answer there has."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from callmark.api import rate_limits
from callmark.api.docs import Pages
from callmark.api.openapi import build_api
from callmark.web.problems import Problem

api = build_api()
reference = Pages(api)


def framed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view of the API, with what every answer has: limits told, nothing cached."""

    @csrf_exempt
    def framed_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code == 405:
            allowed = response["Allow"]
            response = Problem(
                405, "method_not_allowed", f"Use {allowed} here.", headers={"Allow": allowed}
            ).response()
        rate_limits.set_headers(request, response)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return framed_view


def nothing_here(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:  # noqa: ARG001
    """An address that is not one."""
    return Problem(
        404, "not_found", "No such address: see /api/docs for those that exist."
    ).response()


def _framed(patterns: list[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            pattern.callback = framed(pattern.callback)
    return patterns


_patterns, _app_name, _namespace = api.urls

urlpatterns = [
    path("docs", reference.index, name="api_docs"),
    path("docs/<slug:slug>", reference.group, name="api_docs_group"),
    path("v1/", include((_framed(_patterns), _app_name), namespace=_namespace)),
    re_path("", framed(nothing_here)),
]
