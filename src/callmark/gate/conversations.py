"""Which code was entered in a conversation, and by whom: for a later leg of the same payer.

In memory only. After a restart nothing is known, and a leg on which nobody can be asked follows the
account's choice, which never opens more than a code would have.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from callmark.calls.records import CodeTag
from callmark.policy.values import value_class

REMEMBERED_SECONDS = 24 * 3600.0
MOST = 50_000
"""Conversations remembered; beyond them the oldest are forgotten."""


@value_class
class EnteredCode:
    """A code that was accepted, who typed it, and when."""

    user_id: str
    tag: CodeTag
    at: float


class Conversations:
    """The last code accepted in each conversation. Used from one thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._codes: OrderedDict[tuple[str, str], EnteredCode] = OrderedDict()

    def remember(self, switch: str, conversation: str, user_id: str, tag: CodeTag) -> None:
        """This user's entry was accepted in this conversation."""
        key = (switch, conversation)
        self._codes[key] = EnteredCode(user_id, tag, self._clock())
        self._codes.move_to_end(key)
        while len(self._codes) > MOST:
            self._codes.popitem(last=False)

    def entered_by(self, switch: str, conversation: str, user_id: str) -> CodeTag | None:
        """The conversation's code, if it is this user who entered it."""
        found = self._codes.get((switch, conversation))
        if found is None or found.user_id != user_id:
            return None
        return found.tag if self._clock() - found.at < REMEMBERED_SECONDS else None
