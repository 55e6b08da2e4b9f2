"""What an account code may be used for: from when until when, by whom, on which types of calls.

A code that may not be used is no code at all at the prompt: it sounds like an unknown one and
counts as a guess, so that nobody learns by trying that it exists. Source: reference section 12.
"""

from callmark.policy.numbering import CallType
from callmark.policy.rules import RULES
from callmark.policy.values import value_class

OPENED_TYPES: tuple[CallType, ...] = tuple(one.gates for one in RULES if one.gates is not None)
"""The types of calls that a code can be made to open, in the order of the pages."""


@value_class
class CodeUse:
    """A code's own rules. Moments are epoch seconds: the first at which it counts, and the first
    at which it no longer does. Empty: no limit.
    """

    starts_at: float | None = None
    ends_at: float | None = None
    user_ids: frozenset[str] = frozenset()
    call_types: frozenset[CallType] = frozenset()

    def counts_at(self, moment: float | None) -> bool:
        """Whether it is in force; a code with dates is not where nobody tells the time."""
        if moment is None:
            return self.starts_at is None and self.ends_at is None
        begun = self.starts_at is None or self.starts_at <= moment
        return begun and (self.ends_at is None or moment < self.ends_at)

    def is_for(self, user_id: str | None) -> bool:
        """Whether this user may use it; None is somebody nobody knows."""
        return not self.user_ids or user_id in self.user_ids

    def opens(self, types: frozenset[CallType]) -> bool:
        """Whether a call of these types is opened by it: each that can be restricted must be."""
        return not self.call_types or types.isdisjoint(_RESTRICTABLE - self.call_types)


_RESTRICTABLE = frozenset(OPENED_TYPES)

UNLIMITED = CodeUse()
"""What most codes are: for everybody, for every call, from the first day on."""


@value_class
class KnownCode:
    """An active account code: its record id, its name, and what it may be used for."""

    id: str
    name: str
    use: CodeUse = UNLIMITED


def may_use(
    code: KnownCode, user_id: str | None, types: frozenset[CallType], at: float | None
) -> bool:
    """Whether this user may use the code on a call of these types at this moment."""
    use = code.use
    return use.counts_at(at) and use.is_for(user_id) and use.opens(types)
