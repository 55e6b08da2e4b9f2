"""Texts as other systems can read them. Pure."""

import re
import unicodedata

_SPELT = {
    "ß": "ss",
    "ẞ": "SS",
    "Æ": "AE",
    "æ": "ae",
    "Œ": "OE",
    "œ": "oe",
    "Ø": "O",
    "ø": "o",
    "Đ": "D",
    "đ": "d",
    "Ð": "D",
    "ð": "d",
    "Þ": "Th",
    "þ": "th",
    "Ł": "L",
    "ł": "l",
    "\u0131": "i",
    "\u2013": "-",
    "\u2014": "-",
    "\u2212": "-",
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "…": "...",
    "€": "EUR",
    "£": "GBP",
}
_TO_ASCII = str.maketrans(_SPELT)
# A pipe parts the fields of LEDES, and square brackets end its lines.
_NOT_IN_LEDES = str.maketrans({"|": "/", "[": "(", "]": ")"})


def one_line(text: str) -> str:
    """Without control characters and line breaks; one space between words."""
    seen = (" " if unicodedata.category(one)[0] in "CZ" else one for one in text)
    return re.sub(" +", " ", "".join(seen)).strip()


def ascii_text(text: str, most: int) -> str:
    """In ASCII, as LEDES 1998B wants it: accents dropped, no pipe, at most this many characters.

    What has no letter in ASCII is left out; so the whole may be ''.
    """
    spelt = unicodedata.normalize("NFKD", text.translate(_TO_ASCII))
    left = one_line(spelt).encode("ascii", "ignore").decode()
    return one_line(left.translate(_NOT_IN_LEDES))[:most].rstrip()


def masked_number(number: str, hidden: int = 4) -> str:
    """A telephone number without its last digits; a short one, such as an extension, is whole."""
    if len(number) <= hidden + 2:
        return number
    return number[:-hidden] + "X" * hidden
