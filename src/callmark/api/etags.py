"""ETag and If-Match: nobody overwrites what they have not seen."""

from django.utils.http import parse_etags

from callmark.web.problems import Problem


def quoted(version: object) -> str:
    """The ETag of a version."""
    return f'"{version}"'


def stale(field: str | None) -> Problem:
    """What was seen is no longer so."""
    return Problem(
        412,
        "stale_version",
        "Somebody else saved these settings meanwhile and nothing was changed: read them again, "
        "then send your change with the new ETag.",
        field=field,
    )


def require_match(header: str | None, version: object) -> None:
    """Go on only if the caller saw this version: else 412, or 428 when the header is missing."""
    if header is None:
        raise Problem(
            428,
            "if_match_missing",
            "Read the settings first, then send their ETag in the header If-Match.",
            field="If-Match",
        )
    known = parse_etags(header)
    if known != ["*"] and quoted(version) not in known:
        raise stale("If-Match")
