"""Wrong entries per user over all calls, in memory; the rule is in ``policy.guessing``."""

import time
from collections.abc import Callable, Mapping

from callmark.policy.guessing import LockoutRule, WrongEntries


class Lockouts:
    """Every user's recent wrong entries, by user id. Seeded from the records at start."""

    def __init__(
        self,
        rule: LockoutRule,
        known: Mapping[str, WrongEntries] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._rule = rule
        self._clock = clock
        self._by_user = dict(known or {})
        self._lifted: dict[str, float] = {}

    def counter(self, user_id: str, lifted_at: float = 0.0) -> "UserCounter":
        """The counter of one user; a lift after the last entry clears it."""
        if lifted_at > self._lifted.get(user_id, 0.0):
            self._lifted[user_id] = lifted_at
            self._by_user.pop(user_id, None)
        return UserCounter(self, user_id)

    def left(self, user_id: str) -> int:
        """Wrong entries this user may still make before the lockout."""
        entries = self._by_user.get(user_id, WrongEntries())
        return entries.left(self._clock(), self._rule)

    def count(self, user_id: str) -> None:
        """Count one wrong entry."""
        entries = self._by_user.get(user_id, WrongEntries())
        self._by_user[user_id] = entries.after_wrong_entry(self._clock(), self._rule)


class UserCounter:
    """:class:`callmark.gate.driver.WrongEntryCounter` for one user."""

    def __init__(self, lockouts: Lockouts, user_id: str) -> None:
        self._lockouts = lockouts
        self._user_id = user_id

    def left(self) -> int:
        """Wrong entries left before the lockout, now."""
        return self._lockouts.left(self._user_id)

    def count(self) -> None:
        """Count one wrong entry, now."""
        self._lockouts.count(self._user_id)
