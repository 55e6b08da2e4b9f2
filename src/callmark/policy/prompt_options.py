"""What an account allows at the prompt beyond a code: each off until it is turned on.

Source: reference section 12.
"""

from callmark.policy.texts import Text
from callmark.policy.values import value_class

SAME_CODE_KEY = "*"
"""Pressed first, and alone: the same code as on the caller's last call."""

SEPARATORS = ("*", "**", "#")
"""What may stand between a number and its code: keys of a telephone that are no digits."""

KEPT_MINUTES = range(1, 481)
"""How long a code can be kept: at most a working day."""


@value_class
class PromptOptions:
    """An account's options. The caller's *Validate* outranks ``decline`` and ``separator``.

    ``decline``: ``#`` alone goes on without a code. ``same_code``: :data:`SAME_CODE_KEY` enters the
    code of the caller's last call. ``separator``: number and code are dialed in one go, with it
    between them; '' is off. ``kept_minutes``: so long after a user has entered a code, their calls
    go on with it unasked; 0 is off.
    """

    decline: bool = False
    same_code: bool = False
    separator: str = ""
    kept_minutes: int = 0

    def __post_init__(self) -> None:
        if self.separator and self.separator not in SEPARATORS:
            raise ValueError(Text("A separator is one of *, ** and #."))
        if self.kept_minutes and self.kept_minutes not in KEPT_MINUTES:
            raise ValueError(Text("A code is kept for 1 to 480 minutes."))

    @property
    def remembers(self) -> bool:
        """Whether a user's last code is needed."""
        return self.same_code or bool(self.kept_minutes)


NO_OPTIONS = PromptOptions()
