"""Whether digits that nobody may read stand in a text."""

import re

_IDS = re.compile(r"\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b", re.IGNORECASE)
_MOMENTS = re.compile(
    r"datetime\.(?:datetime|time)\([^)]*\)|(?<=\d\d:\d\d:\d\d)\.\d{1,6}|\b\d{9,10}\.\d{3,}\b"
)


def shows(digits: str, text: object) -> bool:
    """Whether the digits stand in it, other than by chance in an id or in fractions of a second.

    Ids and moments have digits of their own: once in some hundred runs those of a code are among
    them.
    """
    return digits in _MOMENTS.sub(" ", _IDS.sub(" ", str(text)))
