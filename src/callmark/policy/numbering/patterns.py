"""All digit strings that a small regular expression of the numbering metadata matches."""

from itertools import product

_DIGITS = "0123456789"


def expand(pattern: str) -> frozenset[str]:
    """Every string matched by a pattern of digits, [..], \\d, (?:..|..) and ?."""
    strings, rest = _alternatives(pattern)
    if rest:
        raise ValueError(f"cannot expand {pattern!r}: stopped at {rest!r}")
    return frozenset(strings)


def _alternatives(pattern: str) -> tuple[set[str], str]:
    found, rest = _sequence(pattern)
    while rest.startswith("|"):
        more, rest = _sequence(rest[1:])
        found |= more
    return found, rest


def _sequence(pattern: str) -> tuple[set[str], str]:
    found = {""}
    while pattern and pattern[0] not in "|)":
        choices, pattern = _one(pattern)
        if pattern.startswith("?"):
            choices, pattern = choices | {""}, pattern[1:]
        found = {left + right for left, right in product(found, choices)}
    return found, pattern


def _one(pattern: str) -> tuple[set[str], str]:
    if pattern.startswith("(?:"):
        choices, rest = _alternatives(pattern[3:])
        if not rest.startswith(")"):
            raise ValueError(f"cannot expand {pattern!r}: a group is not closed")
        return choices, rest[1:]
    if pattern.startswith("\\d"):
        return set(_DIGITS), pattern[2:]
    if pattern.startswith("["):
        inside, _, rest = pattern[1:].partition("]")
        return _ranges(inside), rest
    if pattern[0] in _DIGITS:
        return {pattern[0]}, pattern[1:]
    raise ValueError(f"cannot expand {pattern!r}")


def _ranges(inside: str) -> set[str]:
    choices: set[str] = set()
    while inside:
        if inside[1:2] == "-":
            choices |= set(_DIGITS[int(inside[0]) : int(inside[2]) + 1])
            inside = inside[3:]
        else:
            choices.add(inside[0])
            inside = inside[1:]
    return choices
