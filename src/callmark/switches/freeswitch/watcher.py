"""The gate's connection for all calls (inbound socket): whose legs they are, ends, star codes.

Calls do not depend on it: without it a transfer may have an unknown payer, star codes do nothing,
and ends come from the switch's CDR. It connects again by itself for as long as the gate runs.
"""

import asyncio
import logging
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import field

from callmark.gate.counters import counters
from callmark.gate.gate import Gate, UnknownAccount
from callmark.gate.machines import OtherMachine
from callmark.gate.share import Share
from callmark.log_format import bind
from callmark.policy.values import value_class
from callmark.switches.freeswitch.connection import Connection, Gone, Refused
from callmark.switches.freeswitch.ends import inbound_call, leg_ends
from callmark.switches.freeswitch.event_socket import Event, command
from callmark.switches.freeswitch.identity import partner_of, tag_request
from callmark.switches.freeswitch.legs import Legs
from callmark.switches.freeswitch.star_code import TaggingPort
from callmark.switches.freeswitch.variables import STAR_EVENT
from callmark.switches.lateness import Lateness

log = logging.getLogger("callmark.freeswitch")

EVENTS = "CHANNEL_CREATE CHANNEL_BRIDGE CHANNEL_HANGUP CHANNEL_HANGUP_COMPLETE"
SLOWEST_RETRY_SECONDS = 30.0
MOST_STAR_CODES = 500
"""At one time. More than people dial: a switch that floods us is not to be followed."""

_MOST_ENDS = 20_000
_APPLICATIONS_END = "CHANNEL_EXECUTE_COMPLETE"


@value_class
class EventSocketAddress:
    """Where the switch's event socket is, and its password."""

    host: str
    port: int
    password: str = field(repr=False)


class Watcher:
    """Follows one switch; feeds ``legs``, from which the payers of transfers are known.

    Each of several gate processes hears all, to know the legs, and does its ``share`` of the rest:
    a channel's end by the channel's id, a star code by the account.
    """

    def __init__(
        self,
        gate: Gate,
        legs: Legs,
        switch: str,
        address: EventSocketAddress,
        *,
        first_retry_seconds: float = 0.5,
        share: Share | None = None,
    ) -> None:
        self._share = share or Share()
        self._gate = gate
        self._legs = legs
        self._switch = switch
        self._address = address
        self._first_retry = first_retry_seconds
        self._lateness = Lateness()
        self._ended: asyncio.Queue[Event] = asyncio.Queue(_MOST_ENDS)
        self._star_codes: dict[asyncio.Task[None], tuple[TaggingPort, str]] = {}
        self._busy_legs: set[str] = set()
        self._hearing = 0
        self._helpers: set[asyncio.Task[None]] = set()
        self._connection: Connection | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.listening = asyncio.Event()
        """Set while the switch tells us everything."""

    def start(self) -> None:
        """Follow from now on."""
        self._lateness.start()
        self._tasks = [
            asyncio.create_task(self._follow()),
            asyncio.create_task(self._write_ends()),
        ]

    async def close(self, grace_seconds: float) -> None:
        """Let star codes finish for a while, write down what has ended, and stop."""
        if self._star_codes:
            await asyncio.wait(self._star_codes, timeout=grace_seconds)
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_seconds):
                await self._ended.join()
        running = [*self._tasks, *self._star_codes, *self._helpers]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
        self._lateness.stop()

    async def _follow(self) -> None:
        pause = self._first_retry
        said = ""
        while True:
            problem = ""
            try:
                connection = await self._connect()
                log.info("following the switch %s", self._switch)
                pause, said = self._first_retry, ""
                await connection.ended()
                problem = connection.problem
            except Refused:
                problem = "it refused our password, or the events we ask for"
            except (Gone, TimeoutError, OSError) as found:
                problem = str(found) or type(found).__name__
            except Exception:
                log.exception("following the switch has failed")
                problem = "it could not be followed"
            finally:
                self.listening.clear()
                if self._connection is not None:
                    self._connection.abort()
                    self._connection = None
            if problem != said:
                said = problem
                log.warning("the switch %s is not followed: %s", self._switch, problem or "it left")
            await asyncio.sleep(pause)
            pause = min(pause * 2, SLOWEST_RETRY_SECONDS)

    async def _connect(self) -> Connection:
        address = self._address
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection(address.host, address.port)
        self._connection = connection = Connection(reader, writer, self._take)
        await connection.password_wanted()
        await connection.run("auth", address.password)
        await connection.run("event", "plain", EVENTS, "CUSTOM", STAR_EVENT)
        self.listening.set()
        return connection

    def _take(self, event: Event) -> None:
        if not event.uuid:
            return
        if event.fields.get("Event-Subclass") == STAR_EVENT:
            self._begin_star_code(event)
        elif event.name != _APPLICATIONS_END:
            self._legs.learn(event)
        if event.name == "CHANNEL_HANGUP":
            self._tell_partner(event.uuid)
        if event.name == "CHANNEL_HANGUP_COMPLETE" and self._share.has(event.uuid):
            try:
                self._ended.put_nowait(event)
            except asyncio.QueueFull:
                log.error("too many calls ended at once: the switch's CDR has the rest")

    async def _write_ends(self) -> None:
        while True:
            event = await self._ended.get()
            bind(call=event.uuid, switch=self._switch)
            known = self._legs.find(event.uuid) or self._legs.learn(event)
            came_in = inbound_call(event, self._switch, self._legs)
            if came_in is not None:
                await self._kept(self._gate.handle_inbound(came_in))
            for end in leg_ends(event, self._switch, known):
                await self._kept(self._gate.handle_end(end))
            self._ended.task_done()

    async def _kept(self, writing: Awaitable[None]) -> None:
        try:
            await writing
        except OtherMachine:
            pass  # The log has it, once a minute.
        except UnknownAccount as problem:
            counters.unknown += 1
            log.warning("%s", problem)
        except Exception as problem:
            counters.failed += 1
            log.error("what a channel's end told is not on record: %s", type(problem).__name__)

    def _begin_star_code(self, star: Event) -> None:
        if star.uuid in self._busy_legs or len(self._star_codes) >= MOST_STAR_CODES:
            return
        if self._share.processes > 1 and not self._is_ours(star):
            return
        assert self._connection is not None
        port = TaggingPort(self._connection, star, self._lateness)
        task = asyncio.create_task(self._ask(star, port, self._connection))
        self._busy_legs.add(star.uuid)
        self._gate.admission.came(port)
        self._gate.admission.answered(port)  # It is in a conversation, and nobody waits for it.
        self._star_codes[task] = (port, partner_of(star))
        task.add_done_callback(lambda done: self._star_codes.pop(done, None))
        task.add_done_callback(lambda _: self._gate.admission.went(port))
        task.add_done_callback(lambda _: self._busy_legs.discard(star.uuid))

    def _is_ours(self, star: Event) -> bool:
        """What nobody is known to have pressed is some process's, which says so in the log."""
        whose = self._gate.whose(tag_request(star, self._switch, self._legs))
        return self._share.has(whose or "")

    def _tell_partner(self, gone: str) -> None:
        for port, partner in self._star_codes.values():
            if partner == gone:
                helper = asyncio.create_task(port.partner_hung_up())
                self._helpers.add(helper)
                helper.add_done_callback(self._helpers.discard)

    async def _ask(self, star: Event, port: TaggingPort, connection: Connection) -> None:
        """One press. Whatever goes wrong, the leg goes back to its conversation."""
        bind(call=star.uuid, switch=self._switch)
        try:
            await self._hear_applications(connection, +1)
            request = tag_request(star, self._switch, self._legs)
            await self._gate.handle_tagging(request, port)
        except (Gone, OtherMachine):
            pass
        except UnknownAccount as problem:
            counters.unknown += 1
            log.warning("%s", problem)
        except (Refused, TimeoutError) as problem:
            log.warning("a star code was left: %s", str(problem) or type(problem).__name__)
        except Exception:
            counters.failed += 1
            log.exception("a star code could not be served")
        finally:
            with suppress(Gone, TimeoutError):
                await port.let_go()
            with suppress(Gone, TimeoutError):
                await self._hear_applications(connection, -1)

    async def _hear_applications(self, connection: Connection, step: int) -> None:
        """Hear how applications end only while somebody waits for it: there are very many."""
        before, self._hearing = self._hearing, self._hearing + step
        if before == 0 or self._hearing == 0:
            verb = "event" if before == 0 else "nixevent"
            await connection.run_all(command(verb, "plain", _APPLICATIONS_END))
