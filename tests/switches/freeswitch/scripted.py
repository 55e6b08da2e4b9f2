"""A FreeSWITCH that is none: it behaves by what was measured of 1.10.12 on real calls.

It has channels with variables, applications and a scheduler, hands calls over like the application
``socket``, and has an event socket of its own. Nothing of it knows the gate's code.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from uuid import uuid4

from tests.switches.freeswitch.wire import (
    Command,
    Wire,
    api_reply,
    channel_data,
    disconnect,
    event,
)

TRUNK_SIDE = {"Call-Direction": "outbound"}


@dataclass(slots=True)
class Channel:
    """One leg. Its person types the next of ``keys`` at each ``read``, and after the last hangs up.

    ``missing``: sounds whose files are not there. ``tasks`` is the scheduler, by group or id.
    """

    uuid: str = field(default_factory=lambda: str(uuid4()))
    headers: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    keys: Iterator[str] = field(default_factory=lambda: iter(()))
    answer_state: str = "ringing"
    missing: frozenset[str] = frozenset()
    heard: list[str] = field(default_factory=list)
    ran: list[tuple[str, str]] = field(default_factory=list)
    tasks: dict[str, list[str]] = field(default_factory=dict)
    says_nothing: bool = False
    """On the switch's own event socket a ``read`` then runs until the switch itself ends it."""

    @property
    def hung_up(self) -> bool:
        return self.answer_state == "hangup"

    def data(self, **more: str) -> dict[str, str]:
        """All that each of its events says."""
        variables = {f"variable_{name}": value for name, value in self.variables.items()}
        return {
            "Unique-ID": self.uuid,
            "Answer-State": self.answer_state,
            "Call-Direction": "inbound",
            **self.headers,
            **variables,
            **more,
        }

    def set(self, name: str, value: str) -> None:
        if value:
            self.variables[name] = value
        else:
            self.variables.pop(name, None)


def phone_call(
    dialed: str, *, user: str = "101", realm: str = "acme.test", keys: Iterable[str] = ()
) -> Channel:
    """The channel of an honest phone, as ``callmark-gate`` hands it over (transcript A)."""
    return Channel(
        headers={
            "Channel-Name": f"sofia/internal/{user}@{realm}",
            "Caller-Username": user,
            "Caller-Caller-ID-Number": user,
            "Caller-Context": realm,
            "Caller-Destination-Number": dialed,
        },
        variables={
            "sip_authorized": "true",
            "sip_auth_username": user,
            "sip_auth_realm": realm,
            "user_name": user,
            "domain_name": realm,
            "socket_path": "gate?switch=main",
            "callmark_dialed": dialed,
            "callmark_watch": "17",
            "sensitive_dtmf": "true",
            "socket_resume": "true",
        },
        keys=iter(keys),
        tasks={"17": ["callmark-hung"]},
    )


@dataclass(slots=True)
class Mishaps:
    """What goes wrong, by the number of the command (from 0) at which it does."""

    hang_up_at: int = -1
    refuse_at: int = -1
    silent_at: int = -1
    drop_at: int = -1
    noise: bool = False
    split: int = 0
    on_silence: Callable[[], None] = lambda: None


class Applications:
    """What channels do when told to, over either socket."""

    def __init__(self, wire: Wire, mishaps: Mishaps) -> None:
        self.wire = wire
        self.mishaps = mishaps

    async def execute(self, channel: Channel, command: Command) -> None:
        """Reply, run, and tell of the end. A leg that is gone says yes, and does nothing."""
        await self.wire.reply()
        if channel.hung_up:
            return
        run = command.headers["Event-UUID"]
        named = {
            "Application": command.application,
            "Application-Data": command.argument,
            "Application-UUID": run,
        }
        await self.wire.send(event("CHANNEL_EXECUTE", channel.data(**named)))
        channel.ran.append((command.application, command.argument))
        response = self._run(channel, command.application, command.argument)
        if response is None:
            await self.hang_up(channel, named)
            return
        said = channel.data(**named, **({"Application-Response": response} if response else {}))
        await self.wire.send(event("CHANNEL_EXECUTE_COMPLETE", said))

    async def hang_up(
        self, channel: Channel, running: dict[str, str] | None = None, cause: str = ""
    ) -> None:
        """In the order of transcript D: the end of ``read`` looks like a silent entry."""
        channel.answer_state = "hangup"
        cause = cause or "ORIGINATOR_CANCEL"
        channel.variables |= {"hangup_cause": cause}
        gone = channel.data(**{"Hangup-Cause": cause})
        await self.wire.send(event("CHANNEL_HANGUP", gone))
        if running:
            await self.wire.send(event("CHANNEL_EXECUTE_COMPLETE", {**gone, **running}))
        await self.wire.send(event("CHANNEL_UNPARK", gone))
        socket = {"Application": "socket", "Application-UUID": str(uuid4())}
        await self.wire.send(event("CHANNEL_EXECUTE_COMPLETE", {**gone, **socket}))
        await self.wire.send(event("CHANNEL_STATE", gone))
        await self.wire.send(event("CHANNEL_HANGUP_COMPLETE", gone))

    def _run(self, channel: Channel, application: str, argument: str) -> str | None:
        """The application's response; None where the person hangs up in it."""
        match application:
            case "set":
                channel.set(*argument.split("=", 1))
            case "multiset":
                assert argument.startswith("^^;")
                for one in argument.removeprefix("^^;").split(";"):
                    channel.set(*one.split("=", 1))
            case "unset":
                channel.variables.pop(argument, None)
            case "answer":
                channel.answer_state = "answered"
            case "playback":
                return self._play(channel, argument)
            case "read":
                return self._read(channel, argument)
            case _:
                assert application == "flush_dtmf", application
        return ""

    def _play(self, channel: Channel, sound: str) -> str:
        if sound in channel.missing:
            return "FILE NOT FOUND"
        channel.heard.append(sound)
        return "FILE PLAYED"

    def _read(self, channel: Channel, argument: str) -> str | None:
        _, most, sound, variable, _, terminators, _ = argument.split(" ")
        if sound in channel.missing:
            return ""  # at once, with nothing collected
        channel.heard.append(sound)
        if channel.answer_state == "ringing":
            channel.answer_state = "early"
        typed = next(channel.keys, None)
        if typed is None:
            return None
        entry, ended = typed, ""
        for position, key in enumerate(typed):
            if key in terminators:
                entry, ended = typed[:position], key
                break
        channel.set(variable, entry[: int(most)])
        if ended and len(entry) < int(most):
            channel.variables["read_terminator_used"] = ended
        if entry:
            whole = ended or len(entry) >= int(most)
            channel.variables["read_result"] = "success" if whole else "timeout"
        else:
            channel.variables["read_result"] = "failure"
        return ""

    async def api(self, channel: Channel, words: tuple[str, ...]) -> None:
        match words:
            case ("sched_del", group):
                removed = channel.tasks.pop(group, [])
                await self.wire.send(api_reply(f"+OK Deleted: {len(removed)}\n"))
            case ("sched_api", after, group, *what):
                assert after.startswith("+")
                channel.tasks.setdefault(group, []).append(" ".join((after, *what)))
                await self.wire.send(api_reply("+OK Added: 18\n"))
            case ("uuid_setvar", _, name, *value):
                channel.set(name, " ".join(value))
                await self.wire.send(api_reply("+OK\n"))
            case ("uuid_recv_dtmf", _, _):
                await self.wire.send(api_reply("+OK\n"))
            case _:
                raise AssertionError(words)


class Call(Applications):
    """``socket HOST:PORT/gate async full`` on one channel, from its beginning to its end."""

    def __init__(self, channel: Channel, wire: Wire, mishaps: Mishaps | None = None) -> None:
        super().__init__(wire, mishaps or Mishaps())
        self.channel = channel
        self.count = 0
        self.exited = False
        self.resumed = False

    @classmethod
    async def place(
        cls, channel: Channel, port: int, mishaps: Mishaps | None = None, seconds: float = 20
    ) -> "Call":
        """Open the socket, and stay until the gate is done with it."""
        mishaps = mishaps or Mishaps()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        call = cls(channel, Wire(reader, writer, mishaps.split), mishaps)
        async with asyncio.timeout(seconds):
            await call.serve()
        call.wire.close()
        return call

    @property
    def result(self) -> str:
        """By what the dialplan branches: 'failed' where it is the fail policy."""
        if self.channel.hung_up:
            return "hung up"
        return self.channel.variables.get("callmark_result") or "failed"

    async def serve(self) -> None:
        first = await self.wire.command()
        assert first == Command(("connect",)), first
        if not await self._mishap():
            await self.wire.send(channel_data(self.channel.data()))
        while (command := await self.wire.command()) is not None:
            if self.mishaps.noise:
                await self._make_noise()
            if await self._mishap():
                continue
            match command.words:
                case ("sendmsg",):
                    await self.execute(self.channel, command)
                    if self.channel.hung_up:
                        await self.wire.send(disconnect())
                        self.wire.close()
                case ("myevents",):
                    await self.wire.reply("+OK Events Enabled")
                    await self.wire.send(event("CHANNEL_PARK", self.channel.data()))
                case ("api", *words):
                    await self.api(self.channel, tuple(words))
                case ("resume",):
                    self.resumed = True
                    await self.wire.reply()
                case ("exit",):
                    self.exited = True
                    await self.wire.reply("+OK bye")
                    await self.wire.send(disconnect())
                    self.wire.close()
                case _:
                    await self.wire.reply("-ERR command not found")

    async def _mishap(self) -> bool:
        at, self.count = self.count, self.count + 1
        if at == self.mishaps.hang_up_at:
            await self.hang_up(self.channel)
            await self.wire.send(disconnect())
            self.wire.close()
        elif at == self.mishaps.refuse_at:
            await self.wire.reply("-ERR no")
        elif at == self.mishaps.drop_at:
            self.wire.close()
        elif at == self.mishaps.silent_at:
            self.mishaps.on_silence()
        else:
            return False
        return True

    async def _make_noise(self) -> None:
        """Events that nobody asked for now, one of them without a name."""
        digits = {"digits": "*50", "Channel-State": "CS_EXECUTE"}
        await self.wire.send(event("", digits))
        await self.wire.send(event("CHANNEL_STATE", self.channel.data()))
        other = {"Application": "set", "Application-UUID": str(uuid4())}
        await self.wire.send(event("CHANNEL_EXECUTE_COMPLETE", self.channel.data(**other)))


class EventSocketOfTheSwitch(Applications):
    """Its own event socket, on which the gate follows all channels."""

    def __init__(self, password: str = "a-password-of-ours") -> None:
        self.password = password
        self.channels: dict[str, Channel] = {}
        self.subscribed: set[str] = set()
        self.connections = 0
        self.did: list[str] = []
        """Verbs of the API commands, in order."""
        self.changed = asyncio.Event()
        self.reading: dict[str, dict[str, str]] = {}
        self.mishaps = Mishaps()
        self.wire: Wire
        self._server: asyncio.Server

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def close(self) -> None:
        self._server.close()

    async def tell(self, name: str, channel: Channel, **more: str) -> None:
        """Something happens on a channel."""
        self.channels[channel.uuid] = channel
        await self.wire.send(event(name, channel.data(**more)))

    async def execute(self, channel: Channel, command: Command) -> None:
        if not (channel.says_nothing and command.application == "read"):
            await super().execute(channel, command)
            return
        await self.wire.reply()
        run = command.headers["Event-UUID"]
        self.reading[channel.uuid] = {"Application": "read", "Application-UUID": run}

    async def api(self, channel: Channel, words: tuple[str, ...]) -> None:
        await super().api(channel, words)
        if words[0] == "uuid_recv_dtmf" and (running := self.reading.pop(channel.uuid, None)):
            channel.variables |= {"read_result": "failure", "read_terminator_used": words[2]}
            await self.tell("CHANNEL_EXECUTE_COMPLETE", channel, **running)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.wire = Wire(reader, writer)
        self.connections += 1
        await self.wire.send(b"Content-Type: auth/request\n\n")
        while (command := await self.wire.command()) is not None:
            match command.words:
                case ("auth", password):
                    known = password == self.password
                    await self.wire.reply("+OK accepted" if known else "-ERR invalid")
                case ("event", "plain", *names):
                    self.subscribed |= set(names)
                    await self.wire.reply("+OK event listener enabled plain")
                case ("nixevent", "plain", *names):
                    self.subscribed -= set(names)
                    await self.wire.reply("+OK events nixed")
                case ("sendmsg", leg):
                    channel = self.channels.get(leg)
                    if channel is None:
                        await self.wire.reply(f"-ERR invalid session id [{leg}]")
                    else:
                        await self.execute(channel, command)
                case ("api", *words):
                    await self.api(self._channel_of(words), tuple(words))
                    self.did.append(words[0])
                case _:
                    await self.wire.reply("-ERR command not found")
            self.changed.set()
        writer.close()

    def _channel_of(self, words: list[str]) -> Channel:
        named = [one for one in self.channels.values() if any(one.uuid in word for word in words)]
        return named[0] if named else Channel()
