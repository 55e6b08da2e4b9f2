"""Which columns of the call history a browser shows: kept in a cookie, nothing secret in it."""

from django.http import HttpRequest, HttpResponse

from callmark.accounts.models import Account

COLUMNS = {
    "user": "User",
    "number": "Number",
    "type": "Call type",
    "code": "Account code",
    "result": "Result",
    "length": "Length",
    "cost": "Cost",
    "ended": "Ended",
    "entered": "Code entered",
    "switch": "Switch",
}
"""In the order in which they stand; *When* is always the first."""

DEFAULT = ("user", "number", "code", "result", "length", "cost")
_COOKIE = "callmark_columns"
_A_YEAR = 365 * 24 * 3600


def columns_for(account: Account) -> dict[str, str]:
    """Those to choose from: calls have a cost only where the account has a currency."""
    return {name: label for name, label in COLUMNS.items() if name != "cost" or account.currency}


def chosen_columns(request: HttpRequest, account: Account) -> list[str]:
    """The columns to show; the usual ones where nothing, or nonsense, is kept."""
    there = columns_for(account)
    kept = request.COOKIES.get(_COOKIE, "").split("-")
    return [name for name in there if name in kept] or [one for one in DEFAULT if one in there]


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
