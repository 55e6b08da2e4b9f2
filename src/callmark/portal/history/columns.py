"""Which columns of the call history a browser shows: kept in a cookie, nothing secret in it."""

from django.http import HttpRequest, HttpResponse

COLUMNS = {
    "user": "User",
    "number": "Number",
    "type": "Call type",
    "code": "Account code",
    "result": "Result",
    "length": "Length",
    "ended": "Ended",
    "entered": "Code entered",
    "switch": "Switch",
}
"""In the order in which they stand; *When* is always the first."""

DEFAULT = ("user", "number", "code", "result", "length")
_COOKIE = "callmark_columns"
_A_YEAR = 365 * 24 * 3600


def chosen_columns(request: HttpRequest) -> list[str]:
    """The columns to show; the usual ones where nothing, or nonsense, is kept."""
    kept = request.COOKIES.get(_COOKIE, "").split("-")
    return [name for name in COLUMNS if name in kept] or list(DEFAULT)


def keep_columns(request: HttpRequest, answer: HttpResponse, names: list[str]) -> None:
    """Remember the columns on this browser; none: the usual ones."""
    wanted = [name for name in COLUMNS if name in names]
    answer.set_cookie(
        _COOKIE,
        "-".join(wanted),
        max_age=_A_YEAR,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
