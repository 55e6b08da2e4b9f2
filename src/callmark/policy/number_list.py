"""Numbers and prefixes that never or always need a code, as an account lists them.

An entry is about the E.164 number that the policy found in what was dialed, so it counts in every
form that people dial. The one with the most digits decides. No entry is about emergency calls,
internal calls, or a string of which no E.164 number is known.

An entry that says *never* opens less than it names, so that no list makes a costly call free by
accident: a prefix opens no premium and no directory assistance number, and nothing is opened that
can be read as another number, too.
"""

import re
from collections.abc import Iterable
from dataclasses import field
from enum import StrEnum

from callmark.policy.numbering import CallType, Classification, NumberingPlan, classify
from callmark.policy.texts import Text
from callmark.policy.values import value_class

MOST_ENTRIES = 1000
"""Of one account; a look-up takes as long with one."""

PREFIX_END = "*"

_PATTERN = re.compile(r"\+[1-9][0-9]{0,14}\*?")
_NOT_BY_PREFIX = frozenset({CallType.PREMIUM, CallType.DIRECTORY_ASSISTANCE})
_NEVER_ABOUT = frozenset({CallType.EMERGENCY, CallType.INTERNAL, CallType.UNROUTABLE})
# As people write a number, beside its digits.
_SEPARATORS = str.maketrans("", "", " -.()\u00a0\u2010\u2011")


class CodeNeed(StrEnum):
    """What an entry says of its numbers."""

    NEVER = "never"
    ALWAYS = "always"


@value_class
class ListedNumber:
    """An entry: ``pattern`` is a number (+442079460000) or a prefix (+4420*) in E.164."""

    pattern: str
    need: CodeNeed
    name: str

    @property
    def is_prefix(self) -> bool:
        """Whether it is about every number that begins so."""
        return self.pattern.endswith(PREFIX_END)

    @property
    def reason(self) -> str:
        """Why it decides, in words for the administrator."""
        if self.need is CodeNeed.ALWAYS:
            return Text(
                "code required: '{name}' ({pattern}) is listed as always needing one",
                name=self.name,
                pattern=self.pattern,
            )
        return Text(
            "no code: '{name}' ({pattern}) is listed as never needing one",
            name=self.name,
            pattern=self.pattern,
        )


@value_class
class NumberList:
    """An account's entries, found by their pattern."""

    _by_pattern: dict[str, ListedNumber] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[ListedNumber]) -> "NumberList":
        """A list of these entries."""
        return cls({entry.pattern: entry for entry in entries})

    @property
    def opens_some(self) -> bool:
        """Whether any number is listed as never needing a code."""
        return any(one.need is CodeNeed.NEVER for one in self._by_pattern.values())

    def deciding(self, found: Classification, plan: NumberingPlan) -> ListedNumber | None:
        """The entry that decides whether this call needs a code; None: its types do.

        ``plan`` is the one that the number was read by.
        """
        if not self._by_pattern or found.number is None or found.e164 is None:
            return None
        if found.types & _NEVER_ABOUT:
            return None
        for pattern in _patterns_of(found.e164):
            entry = self._by_pattern.get(pattern)
            if entry is None:
                continue
            if entry.need is CodeNeed.ALWAYS or _opens(entry, found, plan):
                return entry
        return None


EMPTY = NumberList()
"""Of an account that lists nothing."""


def _patterns_of(e164: str) -> Iterable[str]:
    yield e164
    for end in range(len(e164), 1, -1):
        yield e164[:end] + PREFIX_END


def _opens(entry: ListedNumber, found: Classification, plan: NumberingPlan) -> bool:
    """Whether what was dialed is this number and nothing else it might be taken for."""
    plainly = classify(found.e164 or "", plan)
    if plainly.e164 != found.e164 or not found.types <= plainly.types:
        return False
    return not (entry.is_prefix and plainly.types & _NOT_BY_PREFIX)


def read_pattern(text: str, plan: NumberingPlan) -> str:
    """A number or prefix as a person writes it, in E.164; ValueError says what to write instead.

    A number may be written as it is dialed; a prefix begins with + and ends with ``*``.
    """
    written = text.strip().translate(_SEPARATORS)
    if written.endswith(PREFIX_END):
        if not _PATTERN.fullmatch(written):
            raise ValueError(
                Text("Write a prefix with its country code and a star at the end, such as +4420*.")
            )
        return written
    found = classify(text.strip(), plan)
    if found.call_type is CallType.EMERGENCY:
        raise ValueError(Text("Emergency numbers never need a code: there is nothing to list."))
    if found.e164 is None or not _PATTERN.fullmatch(found.e164):
        raise ValueError(
            Text(
                "No such number can be reached from outside. Write it with its country code, "
                "such as +442079460000; a prefix ends with a star, such as +4420*."
            )
        )
    return found.e164
