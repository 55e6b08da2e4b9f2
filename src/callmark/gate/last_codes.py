"""The code that each user entered last, in memory, for accounts that let it be used again.

What is on record is the truth; what this process heard counts until it is there. After a restart
the records are read, so a code that is kept stays kept. Codes are encrypted here as they are in
the records; one is read only while a call is asked whether it may be used.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import field

from callmark.accounts.models import User
from callmark.calls.last_codes import (
    LastByUser,
    LastCode,
    last_codes_of,
    lockouts_since_kept,
)
from callmark.policy.values import value_class

FORGOTTEN_SECONDS = 3600.0
"""What was heard here and never came to the records (one was set aside) is let go."""


@value_class
class Remembered:
    """A user's last code, in clear for one call; when it was entered, and they were locked out."""

    digits: str = field(repr=False)
    sealed: str = field(repr=False)
    at: float
    locked_out_at: float = 0.0


class LastCodes:
    """Every user's last code. Heard in one thread; what is on record comes from any."""

    def __init__(
        self, unseal: Callable[[str], str], clock: Callable[[], float] = time.time
    ) -> None:
        self._unseal = unseal
        self._clock = clock
        self._heard: dict[str, LastCode] = {}
        self._on_record: dict[str, LastCode] = {}
        self._locked_out: dict[str, float] = {}
        self._locked_out_here: dict[str, float] = {}

    def take_over(self, on_record: LastByUser) -> None:
        """Add what the records tell now."""
        self._on_record.update(on_record)
        too_old = self._clock() - FORGOTTEN_SECONDS
        for user_id, heard in tuple(self._heard.items()):
            known = self._on_record.get(user_id)
            if (known is not None and known.at >= heard.at) or heard.at < too_old:
                self._heard.pop(user_id, None)

    def take_over_lockouts(self, locked_out: Mapping[str, float]) -> None:
        """Add when users were locked out last, as the records tell."""
        self._locked_out.update(locked_out)

    def heard(self, user_id: str, sealed: str, at: float) -> None:
        """This user's entry was accepted here, at this moment (epoch seconds)."""
        self._heard[user_id] = LastCode(sealed, at)

    def locked_out(self, user_id: str) -> None:
        """This user is locked out now: no code is kept for them any more."""
        self._locked_out_here[user_id] = self._clock()

    def of(self, user_id: str) -> Remembered | None:
        """What this user entered last; None also of what can no longer be read."""
        known = (self._heard.get(user_id), self._on_record.get(user_id))
        last = max((one for one in known if one), key=lambda one: one.at, default=None)
        if last is None:
            return None
        try:
            digits = self._unseal(last.sealed)
        except Exception:
            return None
        places = (self._locked_out, self._locked_out_here)
        return Remembered(
            digits, last.sealed, last.at, max(one.get(user_id, 0.0) for one in places)
        )


def from_records(user: User, unseal: Callable[[str], str]) -> LastCodes:
    """What the records tell now of one user: of switches that ask over HTTP, and simulations."""
    codes = LastCodes(unseal)
    codes.take_over(last_codes_of(User.objects.of(user.account_id).filter(pk=user.pk)))
    codes.take_over_lockouts(lockouts_since_kept([user]))
    return codes
