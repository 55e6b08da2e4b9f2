"""The page of documentation at /api/docs: from our own server alone, without inline script."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe


@ensure_csrf_cookie
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Every operation, with a button to try it as the person signed in."""
    return render(request, "api/docs.html", {"document": reverse("api-v1:openapi-json")})
