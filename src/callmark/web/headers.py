"""Headers that tell browsers what our answers never do, and that nobody keeps them."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# Everything comes from ourselves and nothing is inline; data: is for the form icons in the styles.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

GetResponse = Callable[[HttpRequest], HttpResponse]


class ContentSecurityPolicy:
    """Puts a strict Content-Security-Policy on every answer that has none of its own.

    Twenty lines instead of a dependency: Django has this built in from 6.0 on.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the headers."""
        response = self._get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        # Other sites cannot load our answers as images or scripts of theirs.
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class NoStore:
    """Nothing that a signed-in person sees is kept by a browser or a proxy."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the header unless the view has its own."""
        response = self._get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response
