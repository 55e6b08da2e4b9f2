"""A star code during a call: ``read`` on the leg of the person who dialed it, and on no other.

While it runs, the leg is not in the conversation, and neither side hears the other. So everything
here has an end that does not depend on us: the switch itself presses ``#`` and lets digits pass
again two seconds after we have said nothing more.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import cycle

from callmark.policy.code_entry import Collect
from callmark.policy.prompts import Prompt, Wording
from callmark.switches.freeswitch.connection import Connection, Gone, Refused
from callmark.switches.freeswitch.event_socket import Event, assignments, command
from callmark.switches.freeswitch.port import (
    CLEARED,
    LONGEST_PROMPT_SECONDS,
    NOT_FOUND,
    digits_of,
    has_listened,
    is_terminated,
    longest_entry,
    read_argument,
    sounds_for,
)
from callmark.switches.freeswitch.sounds import note_found, note_missing, sounds_of, stand_in
from callmark.switches.freeswitch.variables import SENSITIVE, SOUNDS
from callmark.switches.lateness import Lateness
from callmark.switches.port import CallerHungUp, Entry, Going

HANG_SECONDS = 2
"""The switch takes the leg back this long after our last word; it knows whole seconds only."""

RENEW_SECONDS = 0.5

_KEY_THAT_ENDS = "#"


class TaggingPort:
    """:class:`callmark.switches.port.SwitchPort` on a leg that is already in a conversation."""

    def __init__(self, connection: Connection, star: Event, lateness: Lateness) -> None:
        self._connection = connection
        self._leg = star.uuid
        self._folder = star.variable(SOUNDS)
        self._lateness = lateness
        self._listened_at = lateness.now()
        self._last_entry_was_whole = False
        self._began = False
        self._partner_is_gone = False
        # Two names in turn: the new one is set before the old one goes.
        self._groups_of_leg = [f"callmark-star-{one}-{self._leg}" for one in ("a", "b")]
        self._groups = cycle(self._groups_of_leg)
        self._group = ""
        self._holding: asyncio.Task[None] | None = None

    async def play(self, prompt: Prompt, wording: Wording, *, wait: bool) -> None:  # noqa: ARG002
        """Play a prompt to this person alone. It always waits: the conversation follows."""
        with self._noticing_hang_up():
            await self._begin()
            for sound in sounds_of(prompt, wording, self._folder):
                event = await self._connection.execute(
                    "playback", sound, self._leg, seconds=LONGEST_PROMPT_SECONDS
                )
                if event.fields.get("Application-Response") != NOT_FOUND:
                    note_found(sound)
                    return
                note_missing(sound)
            await self._connection.execute("playback", stand_in(prompt), self._leg)

    async def collect(self, request: Collect, wording: Wording) -> Entry:
        """Collect at once, since the code often follows the star code in one go."""
        with self._noticing_hang_up():
            await self._begin()
            event = await self._read(request, wording)
            with suppress(Gone):
                await self._connection.execute("multiset", assignments(CLEARED), self._leg)
        digits = digits_of(event, request)
        if self._last_entry_was_whole and not digits and is_terminated(event, request):
            self._last_entry_was_whole = False  # as in a call: '#' behind a whole entry
            return await self.collect(request, wording)
        self._last_entry_was_whole = len(digits) == request.max_digits
        late, self._listened_at = self._lateness.since(self._listened_at), self._lateness.now()
        return Entry(digits, may_have_lost_digits=late)

    async def connect(self, going: Going) -> None:
        """Never asked for: the call goes on anyway."""

    async def end(self) -> None:
        """Never asked for: a star code ends no call."""

    async def resume(self) -> None:
        """Give the person back to the conversation."""
        with self._noticing_hang_up():
            await self.let_go()

    async def let_go(self) -> None:
        """Whatever has happened: digits pass again, and nothing of ours is left at the switch.

        Raises :class:`Gone` where the leg is no more.
        """
        if self._holding is None:
            return
        self._holding.cancel()
        await asyncio.wait([self._holding])
        self._holding = None
        # Both: the one before may not have gone yet. A key pressed now would reach the other side.
        gone = [command("api", "sched_del", group) for group in self._groups_of_leg]
        quiet = command("api", "uuid_setvar", self._leg, SENSITIVE)
        await self._connection.run_all(*gone, quiet)

    async def partner_hung_up(self) -> None:
        """The other side is gone. That alone does not end what runs on this leg."""
        self._partner_is_gone = True
        with suppress(Gone, Refused, TimeoutError):
            await self._connection.run("api", "uuid_recv_dtmf", self._leg, _KEY_THAT_ENDS)

    async def _begin(self) -> None:
        if self._partner_is_gone:
            raise Gone
        if not self._began:
            # Before anything else: a code in the switch's log would be there for all who read it.
            self._began = True
            await self._connection.run("api", "uuid_setvar", self._leg, SENSITIVE, "true")
            await self._set_switch()
            self._holding = asyncio.create_task(self._hold())

    async def _read(self, request: Collect, wording: Wording) -> Event:
        for sound in sounds_for(request, wording, self._folder):
            running = await self._connection.start("read", read_argument(request, sound), self._leg)
            event = await self._connection.finish(running, longest_entry(request))
            if self._partner_is_gone:
                raise Gone
            if has_listened(event):
                note_found(sound)
                break
            note_missing(sound)
        return event

    async def _hold(self) -> None:
        """Say again and again that we are there."""
        with suppress(Gone, TimeoutError):
            while True:
                await asyncio.sleep(RENEW_SECONDS)
                await self._set_switch()

    async def _set_switch(self) -> None:
        old, self._group = self._group, next(self._groups)
        at = f"+{HANG_SECONDS}"
        add = ("api", "sched_api", at, self._group)
        commands = [
            command(*add, "uuid_recv_dtmf", self._leg, _KEY_THAT_ENDS),
            command(*add, "uuid_setvar", self._leg, SENSITIVE),
        ]
        if old:
            commands.append(command("api", "sched_del", old))
        await self._connection.run_all(*commands)

    @contextmanager
    def _noticing_hang_up(self) -> Iterator[None]:
        try:
            yield
        except Gone:
            raise CallerHungUp from None
