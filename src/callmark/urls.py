"""Every URL of the portal and the API."""

from django.urls import include, path

urlpatterns = [
    path("api/", include("callmark.api.urls")),
    path("", include("callmark.portal.sign_in_urls")),
    path("", include("callmark.portal.urls")),
]
