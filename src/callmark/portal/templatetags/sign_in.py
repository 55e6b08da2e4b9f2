"""Template tags of the sign-in pages."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from django import template
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, gettext

from callmark.accounts.models import User
from callmark.languages import LANGUAGES
from callmark.portal.pages import Here, look_up
from callmark.sign_in.middleware import seconds_left

register = template.Library()


@register.simple_tag(takes_context=True)
def own_account(context: Mapping[str, Any]) -> Here | None:
    """The signed-in person's account, for the navigation; None for operators."""
    person: User = context["request"].user
    return look_up(person, person.account.slug) if person.account else None


@register.simple_tag(takes_context=True)
def passkeys_work(context: Mapping[str, Any]) -> bool:
    """Whether browsers allow passkeys here: by HTTPS or on localhost, and never by IP address."""
    request: HttpRequest = context["request"]
    host = request.get_host()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return request.is_secure() or name == "localhost" or name.endswith(".localhost")
    return False


@register.simple_tag(takes_context=True)
def company_sign_in(context: Mapping[str, Any]) -> dict[str, str] | None:
    """The operator's OpenID Connect provider: its name and where it starts."""
    request: HttpRequest = context["request"]
    for app in get_adapter().list_apps(request):
        url = reverse("openid_connect_login", args=[app.provider_id])
        return {"name": app.name, "url": url}
    return None


@register.simple_tag(takes_context=True)
def session_ends_in(context: Mapping[str, Any]) -> int:
    """In how many seconds the session ends if nothing more is asked for."""
    return seconds_left(context["request"])


@register.simple_tag
def own_language() -> str:
    """The language that is spoken now, by its own name."""
    return LANGUAGES.get(get_language() or "", "")


@register.simple_tag
def mail_is_set_up() -> bool:
    """Whether Callmark can send e-mail."""
    return settings.MAIL_IS_SET_UP


# The first that occurs wins: Edge and Opera say Chrome, Chrome says Safari.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@register.filter
def device(user_agent: str) -> str:
    """What a browser says of itself, in words: 'Firefox on Windows'."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return gettext("{browser} on {system}").format(browser=browser, system=system)
    return browser or system or gettext("Unknown device")
