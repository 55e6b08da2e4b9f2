"""A page speaks its reader's language."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from callmark.accounts.models import User
from callmark.languages import language_of, speaking
from callmark.web.origin import API_PREFIX


class ReadersLanguage:
    """Answers in the person's language, the account's, or as the browser asks.

    Belongs right after the authentication. Programs are answered in English: their errors have a
    ``code`` to go by, and their logs are read by engineers.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the language."""
        with speaking(*_language_and_country(request)):
            response = self._get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "en")
            return response


def _language_and_country(request: HttpRequest) -> tuple[str, str]:
    if request.path.startswith(API_PREFIX):
        return "en", ""
    person = request.user
    if not isinstance(person, User):
        return translation.get_language_from_request(request), ""
    return language_of(person, person.account), person.country
