"""Every address under /api/."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from callmark.api.docs import docs
from callmark.api.handlers import framed, nothing_here
from callmark.api.openapi import build_api

api = build_api()


def _framed(patterns: list[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            pattern.callback = framed(pattern.callback)
    return patterns


_patterns, _app_name, _namespace = api.urls

urlpatterns = [
    path("docs", docs, name="api_docs"),
    path("v1/", include((_framed(_patterns), _app_name), namespace=_namespace)),
    re_path("", framed(nothing_here)),
]
