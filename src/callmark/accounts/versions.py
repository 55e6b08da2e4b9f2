"""Nobody overwrites what they have not seen.

A page tells the version of what it shows, and a change says which version it was made upon. The
version is a hash of the values that people edit, compared while the row is locked.
"""

from collections.abc import Iterable
from hashlib import sha256

from django.db import models
from django.utils.translation import gettext_lazy

from callmark.accounts.refused import Refused

STALE = "stale_version"
STALE_MESSAGE = gettext_lazy(
    "Somebody else changed this while you had the page open. Nothing was saved, "
    "and what you entered is still here: compare it with what is stored now, and "
    "save again to replace that."
)

CHOSEN_STALE_MESSAGE = gettext_lazy(
    "Somebody else changed this while you had the page open. Nothing was changed by you: look at "
    "what is there now, and choose again."
)


def version_of(row: models.Model, names: Iterable[str]) -> str:
    """The version of these fields of a row: the same as long as their values are."""
    values = [(name, getattr(row, name)) for name in sorted(names)]
    return sha256(repr(values).encode()).hexdigest()[:16]


def refuse_if_changed(expected: str | int | None, now: str | int) -> None:
    """Raise :class:`Refused` unless the change was made upon this version.

    ``expected`` None: the caller compares by other means, or means to change it in any case.
    """
    if expected is not None and expected != now:
        raise Refused(str(STALE_MESSAGE), code=STALE)
