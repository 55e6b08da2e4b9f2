"""Wrong entries per user over all calls, in memory; the rule is in ``policy.guessing``.

Two sources make one count: the entries this process heard, and those that are on record, also from
other gates and call control. An entry heard here is known on record by its moment.
"""

import time
from collections.abc import Callable, Mapping, Sequence

from callmark.policy.guessing import LockoutRule, WrongEntries, wrong_entries_at
from callmark.policy.values import value_class

Guesses = Mapping[str, Sequence[float]]
"""When each user made wrong entries (epoch seconds), by user id."""


@value_class
class _State:
    """What a user's entries came to, until one more comes or the oldest does not matter any more.

    A user may have hundreds of entries, and each of their calls asks several times.
    """

    entries: WrongEntries
    on_record: Sequence[float]
    forgiven_until: float
    good_until: float


class Lockouts:
    """Every user's recent wrong entries. Heard in one thread; what is on record comes from any."""

    def __init__(
        self,
        rule: LockoutRule,
        on_record: Guesses | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._rule = rule
        self._clock = clock
        self._heard: dict[str, list[float]] = {}
        self._lifted: dict[str, float] = {}
        self._states: dict[str, _State] = {}
        self._on_record = on_record or {}

    def take_over(self, on_record: Guesses) -> None:
        """Put what the records tell now in place of what they told before."""
        self._on_record = on_record

    def counter(self, user_id: str, forgiven_until: float = 0.0) -> "UserCounter":
        """The counter of one user, whose entries up to a moment were forgiven."""
        return UserCounter(self, user_id, forgiven_until)

    def left(self, user_id: str, forgiven_until: float) -> int:
        """Wrong entries this user may still make before the lockout."""
        self._forget_lifted(user_id, forgiven_until)
        now, on_record = self._clock(), self._on_record.get(user_id, ())
        if not on_record and user_id not in self._heard:
            self._states.pop(user_id, None)
            return self._rule.wrong_entries
        state = self._states.get(user_id)
        if (
            state is None
            or state.forgiven_until != forgiven_until
            or now >= state.good_until
            or state.on_record != on_record
        ):
            state = self._states[user_id] = self._state(user_id, on_record, forgiven_until, now)
        return state.entries.left(now, self._rule)

    def _state(
        self, user_id: str, on_record: Sequence[float], forgiven_until: float, now: float
    ) -> _State:
        known = set(on_record)
        heard = [at for at in self._heard.get(user_id, ()) if at not in known]
        recent = [at for at in (*on_record, *heard) if self._matters(at, now)]
        oldest = min(recent, default=float("inf"))
        entries = wrong_entries_at(recent, self._rule, forgiven_until)
        until = oldest + self._rule.remembered_seconds
        return _State(entries, on_record, forgiven_until, until)

    def count(self, user_id: str, at: float) -> None:
        """Count one wrong entry, heard here."""
        now = self._clock()
        heard = [one for one in self._heard.get(user_id, ()) if self._matters(one, now)]
        self._heard[user_id] = [*heard, at]
        self._states.pop(user_id, None)

    def _forget_lifted(self, user_id: str, forgiven_until: float) -> None:
        """A lift forgives all that was heard before it came, whatever a wrong clock wrote."""
        if forgiven_until > self._lifted.get(user_id, 0.0):
            self._lifted[user_id] = forgiven_until
            self._heard.pop(user_id, None)
            self._states.pop(user_id, None)

    def _matters(self, at: float, now: float) -> bool:
        return at > now - self._rule.remembered_seconds


class UserCounter:
    """:class:`callmark.gate.entries.WrongEntryCounter` for one user."""

    def __init__(self, lockouts: Lockouts, user_id: str, forgiven_until: float) -> None:
        self._lockouts = lockouts
        self._user_id = user_id
        self._forgiven_until = forgiven_until

    def left(self) -> int:
        """Wrong entries left before the lockout, now."""
        return self._lockouts.left(self._user_id, self._forgiven_until)

    def count(self, at: float) -> None:
        """Count one wrong entry."""
        self._lockouts.count(self._user_id, at)
