"""What may stand in the name of anything or anyone: one line that looks as it is."""

import unicodedata

from django.utils.translation import gettext

from callmark.accounts.refused import Refused

# They turn the text around them, even after the name: embeddings, overrides and isolates of
# Unicode's bidirectional algorithm (UAX #9). Hebrew and Arabic names need none of them, and the
# marks that they may need (U+200E, U+200F, U+061C) turn nothing but themselves.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_NEVER = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode's categories of controls, halves of characters, and what ends a line or paragraph."""
_UNSEEN = {"Cc", "Cf", "Zs", "Zl", "Zp"}


def name_problem(name: str) -> str | None:
    """What to do about a name that cannot stay as it is; None: it can.

    Says which character is meant by its place, from 1.
    """
    if name.isascii() and name.isprintable():
        return None if name.strip() else gettext("Enter a name.")
    for place, character in enumerate(name, start=1):
        if character in _LINE_BREAKS:
            return gettext(
                "Remove the line break at character {place} of the name: a name is one line."
            ).format(place=place)
        if unicodedata.category(character) in _NEVER:
            return gettext("Remove the control character {character}, character {place}.").format(
                character=_named(character), place=place
            )
        if character in _TURNING:
            return gettext(
                "Remove the hidden character {character}, character {place} of the name: it "
                "turns the text around."
            ).format(character=_named(character), place=place)
    if all(unicodedata.category(character) in _UNSEEN for character in name):
        return gettext("Enter a name that can be seen.")
    return None


def refuse_bad_name(name: str) -> None:
    """Raise :class:`Refused` for a name that cannot stay as it is."""
    if problem := name_problem(name):
        raise Refused(problem, "name")


def _named(character: str) -> str:
    return f"U+{ord(character):04X}"
