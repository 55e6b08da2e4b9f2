"""Whether digits that nobody may read stand in a text."""

import re

_IDS = re.compile(r"\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b", re.IGNORECASE)
_MOMENTS = re.compile(
    r"datetime\.(?:datetime|time)\([^)]*\)|(?<=\d\d:\d\d:\d\d)\.\d{1,6}|\b\d{9,10}\.\d{3,}\b"
)
# A version of a page (16), the name of a file by what is in it (12), a token of a form (64). With a
# letter at least: digits alone may be a number and the code dialed behind it.
_HASHES = re.compile(
    r"\b(?=[0-9A-Za-z]*[A-Za-z])(?:[0-9a-f]{12}|[0-9a-f]{16}|[0-9A-Za-z]{32}|[0-9A-Za-z]{64})\b"
)


def shows(digits: str, text: object) -> bool:
    """Whether the digits stand in it, other than by chance in ids, hashes and moments.

    These have digits of their own: once in some hundred runs those of a code are among them.
    """
    left = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
    for by_chance in (_IDS, _MOMENTS, _HASHES):
        left = by_chance.sub(" ", left)
    return digits in left
