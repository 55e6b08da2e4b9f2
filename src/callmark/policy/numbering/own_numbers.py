"""The switch's own numbers, as an account lists them: exactly, or by a pattern of the dialplan.

=========  ==========================================================
``600``    this number alone: digits, ``*`` and ``#``
``_6XX``   a pattern, because it begins with ``_``
``X``      in a pattern: any digit
``Z``      1 to 9
``N``      2 to 9
``[1-57]`` one of 1 to 5 and 7
``.``      at the end: one or more further digits, ``*`` or ``#``
``!``      at the end: none or more of them
=========  ==========================================================

The letters are Asterisk's (extensions.conf). A pattern with an open end begins with a digit, ``*``
or ``#``: ``_X.`` would be every number there is.
"""

import re
from collections.abc import Iterable
from dataclasses import field

from callmark.policy.texts import Text
from callmark.policy.values import value_class

LONGEST = 40
"""Characters an entry may have."""

_EXACT = re.compile(r"[0-9*#]+")
_PARTS = re.compile(r"[0-9*#]|[XZN]|\[[0-9-]+\]")
_SETS = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]"}
_ENDS = {".": "[0-9*#]+", "!": "[0-9*#]*"}
_NEVER = re.compile(r"(?!)")


@value_class
class OwnNumbers:
    """A list of numbers and patterns; ``"*97" in own`` says whether one of them is meant."""

    entries: tuple[str, ...] = ()
    _exact: frozenset[str] = field(default=frozenset(), repr=False, compare=False)
    _patterns: re.Pattern[str] = field(default=_NEVER, repr=False, compare=False)

    @classmethod
    def of(cls, texts: Iterable[str]) -> "OwnNumbers":
        """Read a list; ValueError says which entry is wrong and what to write instead."""
        entries = tuple(dict.fromkeys(text.strip() for text in texts))
        patterns = [_expression(entry) for entry in entries if entry.startswith("_")]
        exact = frozenset(entry for entry in entries if not entry.startswith("_"))
        for entry in exact:
            if len(entry) > LONGEST or not _EXACT.fullmatch(entry):
                raise ValueError(
                    Text(
                        "{entry} is not a number of a switch: use digits, * and # (at most "
                        "{longest}), or a pattern such as _6XX",
                        entry=repr(entry),
                        longest=LONGEST,
                    )
                )
        return cls(entries, exact, re.compile("|".join(patterns)) if patterns else _NEVER)

    def __contains__(self, number: str) -> bool:
        return number in self._exact or self._patterns.fullmatch(number) is not None

    @property
    def expression(self) -> str:
        """All of them as one regular expression without anchors; '' where there are none."""
        exact = (re.escape(number) for number in sorted(self._exact))
        patterns = [self._patterns.pattern] if self._patterns is not _NEVER else []
        return "|".join((*exact, *patterns))

    def lists_exactly(self, number: str) -> bool:
        """Whether the number stands in the list itself, not only under a pattern."""
        return number in self._exact


NONE = OwnNumbers()
"""The list of an account that has not written one."""


def _expression(entry: str) -> str:
    body = entry[1:]
    end = body[-1:] if body[-1:] in _ENDS else ""
    parts = _PARTS.findall(body.removesuffix(end))
    if len(entry) > LONGEST or not parts or "".join(parts) + end != body:
        raise ValueError(
            Text(
                "{entry} is not a pattern: after the _ use digits, * and #, X (0-9), Z "
                "(1-9), N (2-9) and sets such as [1-5]; a . or ! only at the end",
                entry=repr(entry),
            )
        )
    if end and not _EXACT.fullmatch(parts[0]):
        raise ValueError(
            Text(
                "{entry} is too wide: a pattern that ends in {end} begins with a digit, * or #",
                entry=repr(entry),
                end=end,
            )
        )
    return "".join(_part(part, entry) for part in parts) + _ENDS.get(end, "")


def _part(part: str, entry: str) -> str:
    if not part.startswith("["):
        return _SETS.get(part, re.escape(part))
    if not re.fullmatch(r"\[(?:\d(?:-\d)?)+\]", part):
        raise ValueError(
            Text(
                "{entry}: {part} is not a set of digits; write for example [1-57]",
                entry=repr(entry),
                part=part,
            )
        )
    try:
        re.compile(part)
    except re.error:
        raise ValueError(
            Text("{entry}: in {part} a range runs backwards", entry=repr(entry), part=part)
        ) from None
    return part
