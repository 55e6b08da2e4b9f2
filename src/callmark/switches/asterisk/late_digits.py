"""Digits typed on after an accepted code: kept from the called party, and let pass again in time.

The gate's answer makes the switch drop them on the caller's channel. Another channel must end
that: one for each call would cost the switch as much as the rest of the question. So one channel
does it for all calls that come while it is there (the dialplan's context ``digits``): it stays with
the gate as long as any call waits for it.
"""

import re
import time
from collections import deque
from collections.abc import Callable

from callmark.switches.asterisk.session import AgiSession
from callmark.switches.port import SwitchIdentity

DIGITS_SECONDS = 2
"""Digits typed this soon after an accepted code are the code's, not the called party's."""

DROPPED = "${SET(FRAME_DROP(RX)=DTMF_BEGIN,DTMF_END)}"
"""Evaluated on the caller's channel: digits that come in from now on go nowhere."""

ALL_PASSED = "CALLMARK_ALL_PASSED"
"""Set on the helper's channel when nothing is left to do; without it the dialplan does the rest."""

MOST_SECONDS = 60.0
"""A helper takes no more calls after so long: a switch that is to stop waits for its channels."""

STUCK_SECONDS = 0.5
"""A command that takes longer says that the helper cannot be counted on."""

_GATHER_SECONDS = 0.05
_AT_ONCE = 8
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_.@;+-]{0,119}", re.ASCII)


class Helper:
    """One such channel."""

    def __init__(self, session: AgiSession, clock: Callable[[], float], seconds: float) -> None:
        self._session = session
        self._seconds = seconds
        self._clock = clock
        self._began = clock()
        self._asked_at = float("inf")
        self._held: deque[tuple[float, str]] = deque()
        self.over = False

    def takes(self, channel: str) -> bool:
        """Whether it may be given this channel now."""
        now = self._clock()
        well = not self.over and now - self._asked_at < STUCK_SECONDS
        return well and now - self._began < MOST_SECONDS and bool(_NAME.fullmatch(channel))

    def hold(self, channel: str) -> None:
        """Let digits pass on this channel, when it is time."""
        self._held.append((self._clock() + self._seconds, channel))

    def take_over(self, channels: list[str]) -> None:
        """Those of a helper that was lost: their time may be over."""
        self._held.extendleft((0.0, channel) for channel in channels)

    @property
    def held(self) -> list[str]:
        """The channels that still wait."""
        return [channel for _, channel in self._held]

    async def work(self) -> None:
        """Until nothing waits any more. Raises what the session does; what is held stays so."""
        while self._held:
            late = self._held[0][0] - self._clock()
            if late > 0:
                await self._session.wait(late + _GATHER_SECONDS)
                continue
            due = [name for at, name in self._held if at <= self._clock()][:_AT_ONCE]
            self._asked_at = self._clock()
            # A channel that is gone by now is not found, and nothing happens.
            passing = "".join(f"${{IMPORT({one},SET(FRAME_DROP(RX)=))}}" for one in due)
            await self._session.run("GET FULL VARIABLE", passing)
            self._asked_at = float("inf")
            for _ in due:
                self._held.popleft()
        self.over = True


class LateDigits:
    """The helpers of the switches that this gate serves. Used from the event loop alone."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, seconds: float = DIGITS_SECONDS
    ) -> None:
        self._clock = clock
        self._seconds = seconds
        self._helpers: dict[SwitchIdentity, Helper] = {}
        self._left: dict[SwitchIdentity, list[str]] = {}
        self._stopping = False

    def helper(self, switch: SwitchIdentity, channel: str) -> Helper | None:
        """Who lets digits pass again on this channel; None: its own dialplan must see to it."""
        helper = self._helpers.get(switch)
        return helper if helper and not self._stopping and helper.takes(channel) else None

    def stop(self) -> None:
        """Take no more; what is held is let go in its time."""
        self._stopping = True

    async def serve(self, session: AgiSession, switch: SwitchIdentity, channel: str) -> None:
        """The connection of a helper that was made for the call on ``channel``."""
        helper = Helper(session, self._clock, self._seconds)
        if not helper.takes(channel):
            session.fail()
            return
        helper.take_over(self._left.pop(switch, []))
        helper.hold(channel)
        self._helpers[switch] = helper
        try:
            await helper.work()
            await session.set_variable(ALL_PASSED, "1")
        finally:
            helper.over = True
            if self._helpers.get(switch) is helper:
                del self._helpers[switch]
            if helper.held:
                self._left.setdefault(switch, []).extend(helper.held)
