"""How guessable a set of codes is, and locking out a user who guesses over many calls.

Source: reference sections 3 (guessability warning) and 10 (brute force).
"""

from collections.abc import Iterable

from callmark.policy.values import value_class

GUESS_WARNING_CHANCE = 0.01
"""Warn above a 1 % chance of a lucky guess in one call."""


def lucky_guess_chance(active_codes: int, code_length: int, max_retries: int) -> float:
    """Chance (0-1) that random digits pass within one call: about tries x codes / 10^digits."""
    return min(1.0, max_retries * active_codes / 10.0**code_length)


def is_guessable(active_codes: int, code_length: int, max_retries: int) -> bool:
    """Whether the administrator should be warned."""
    return lucky_guess_chance(active_codes, code_length, max_retries) > GUESS_WARNING_CHANCE


@value_class
class LockoutRule:
    """When wrong entries over several calls lock a user out. Seconds; the operator's setting."""

    wrong_entries: int = 10
    within_seconds: float = 900.0
    locked_seconds: float = 900.0

    @property
    def remembered_seconds(self) -> float:
        """How long a wrong entry can matter: as the first of those that began a lockout."""
        return self.within_seconds + self.locked_seconds


@value_class
class WrongEntries:
    """One user's recent wrong entries: when they were (epoch seconds) and a lock's end, if any."""

    at: tuple[float, ...] = ()
    locked_until: float | None = None

    def is_locked(self, now: float) -> bool:
        """Whether this user's validated prompts fail at once."""
        return self.locked_until is not None and now < self.locked_until

    def left(self, now: float, rule: LockoutRule) -> int:
        """Wrong entries left before the lock; 0 while locked."""
        if self.is_locked(now):
            return 0
        return max(0, rule.wrong_entries - len(self._recent(now, rule)))

    def after_wrong_entry(self, now: float, rule: LockoutRule) -> "WrongEntries":
        """The state after one more wrong entry; the entry that fills the rule starts a lock."""
        if self.is_locked(now):
            return self
        recent = (*self._recent(now, rule), now)
        if len(recent) >= rule.wrong_entries:
            return WrongEntries(locked_until=now + rule.locked_seconds)
        return WrongEntries(at=recent)

    def _recent(self, now: float, rule: LockoutRule) -> tuple[float, ...]:
        return tuple(at for at in self.at if at > now - rule.within_seconds)


def locked_at(moments: Iterable[float], rule: LockoutRule) -> float | None:
    """When the last lockout began that wrong entries at these times led to; None: none did."""
    entries, begun = WrongEntries(), None
    for at in sorted(moments):
        before = entries.locked_until
        entries = entries.after_wrong_entry(at, rule)
        if entries.locked_until not in {None, before}:
            begun = at
    return begun


def wrong_entries_at(
    moments: Iterable[float], rule: LockoutRule, forgiven_until: float = 0.0
) -> WrongEntries:
    """The state after wrong entries at these times, in any order; a lift forgives those before."""
    entries = WrongEntries()
    for at in sorted(moments):
        if at > forgiven_until:
            entries = entries.after_wrong_entry(at, rule)
    return entries
