"""The gate's actions on a FreeSWITCH channel, over the outbound socket.

Digits: what is typed while no application runs is thrown away. So each try is one ``read``, which
plays and collects, and one short command between two of them. What was typed is unset at once, for
every variable goes into the switch's CDR and into each later event.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from callmark.policy.code_entry import Collect
from callmark.policy.prompts import Prompt, Wording
from callmark.switches.freeswitch.connection import QUICK_SECONDS, Gone, Running
from callmark.switches.freeswitch.event_socket import Event, plain
from callmark.switches.freeswitch.origin import Origin
from callmark.switches.freeswitch.session import CallSession
from callmark.switches.freeswitch.sounds import (
    SILENCE,
    note_found,
    note_missing,
    sounds_of,
    stand_in,
)
from callmark.switches.freeswitch.variables import (
    ANSWER_FIRST,
    CALL,
    CODE,
    CONNECT,
    END,
    ENTRY,
    LINE,
    NUMBER,
    ON_ANSWER_FLUSH,
    ON_ANSWER_UNSET,
    RESULT,
    SENSITIVE,
    SOUNDS,
)
from callmark.switches.lateness import Lateness
from callmark.switches.port import CallerHungUp, Entry, Going

LONGEST_PROMPT_SECONDS = 30.0
"""Nobody's recording of a prompt is longer; past it, the switch is taken for hung."""

CLEARED = {ENTRY: "", "read_result": "", "read_terminator_used": ""}
"""What one ``read`` leaves behind, and the next would be taken to have said."""

NOT_FOUND = "FILE NOT FOUND"

_CLEAN = re.compile(r"[+0-9*#]{1,40}", re.ASCII)


class UncleanNumber(Exception):
    """A number that ``bridge`` could read as more than one; the text does not name it."""


class FreeSwitchPort:
    """:class:`callmark.switches.port.SwitchPort` for one call that the dialplan handed over."""

    def __init__(self, session: CallSession, origin: Origin, lateness: Lateness) -> None:
        self._session = session
        self._origin = origin
        self._lateness = lateness
        self._listened_at = lateness.now()
        self._folder = session.call.variable(SOUNDS)
        self._ready = False
        self._has_asked = False
        self._last_entry_was_whole = False
        self._sounding: tuple[Running, str] | None = None

    async def play(self, prompt: Prompt, wording: Wording, *, wait: bool) -> None:
        """Play a prompt in early media, which the switch opens by itself."""
        sounds = sounds_of(prompt, wording, self._folder)
        with _noticing_hang_up():
            await self._make_ready()
            if not wait:
                # It sounds while the record is written; the call goes on behind its end.
                self._sounding = (await self._session.start("playback", sounds[0]), sounds[0])
                return
            await self._session.watch(LONGEST_PROMPT_SECONDS)
            for sound in sounds:
                if await self._played(await self._session.start("playback", sound), sound):
                    return
            await self._session.execute(
                "playback", stand_in(prompt), seconds=LONGEST_PROMPT_SECONDS
            )

    async def collect(self, request: Collect, wording: Wording) -> Entry:
        """Play a prompt that digits interrupt and return the entry, '' when there was none."""
        with _noticing_hang_up():
            await self._make_ready()
            self._has_asked = True
            event = await self._read(request, wording)
            # Who hangs up now has made this entry all the same: the next step notices.
            with suppress(Gone):
                await self._session.set_all(CLEARED)
        digits = digits_of(event, request)
        ended = is_terminated(event, request)
        if self._last_entry_was_whole and not digits and ended:
            # Many end every entry with '#'. After a whole entry it comes too late to end anything,
            # and must not count as an empty entry of its own.
            self._last_entry_was_whole = False
            return await self.collect(request, wording)
        self._last_entry_was_whole = len(digits) == request.max_digits
        late, self._listened_at = self._lateness.since(self._listened_at), self._lateness.now()
        return Entry(digits, may_have_lost_digits=late, terminated=ended)

    async def connect(self, going: Going) -> None:
        """Let the dialplan go on to the operator's routes, with the number that was judged."""
        if not _CLEAN.fullmatch(going.number) or not (
            going.line == "" or _CLEAN.fullmatch(going.line)
        ):
            raise UncleanNumber("the gate's number is none that may be dialed")
        with _noticing_hang_up():
            if self._sounding is not None:
                await self._played(*self._sounding)
            code = plain(going.code)
            if code:
                # By itself: there may be anything in a name.
                await self._session.execute("set", f"{CODE}={code}")
            digits = await self._digits_from_now_on()
            await self._session.set_all(
                {
                    NUMBER: going.number,
                    LINE: going.line,
                    CALL: str(self._origin),
                    **({} if code else {CODE: ""}),
                    **digits,
                    RESULT: CONNECT,
                }
            )

    async def end(self) -> None:
        """Let the dialplan hang up, with the cause it has for that."""
        with _noticing_hang_up():
            await self._session.set_all({CALL: str(self._origin), CODE: "", RESULT: END})

    async def resume(self) -> None:
        """Never asked for: a star code comes over the other connection."""

    async def _digits_from_now_on(self) -> dict[str, str]:
        """When the caller's digits arrive again at whom they call.

        What was typed behind the code must not; what is typed after the answer must.
        """
        if self._has_asked and not self._session.answered:
            return {ON_ANSWER_UNSET: f"unset {SENSITIVE}", ON_ANSWER_FLUSH: "flush_dtmf"}
        if self._has_asked:
            await self._session.execute("flush_dtmf")
        return {SENSITIVE: ""}

    async def _make_ready(self) -> None:
        if self._ready:
            return
        self._ready = True
        if self._session.call.variable(ANSWER_FIRST) == "true" and not self._session.answered:
            # Some phones send digits only in a call that is answered.
            await self._session.execute("answer")
        await self._session.set_all(CLEARED)

    async def _read(self, request: Collect, wording: Wording) -> Event:
        longest = longest_entry(request)
        for sound in sounds_for(request, wording, self._folder):
            running = await self._session.start("read", read_argument(request, sound))
            # While it sounds already: nothing typed between two tries may be lost.
            await self._session.watch(longest)
            event = await self._session.finish(running, longest)
            if has_listened(event):
                note_found(sound)
                break
            note_missing(sound)
        return event

    async def _played(self, running: Running, sound: str) -> bool:
        """Wait for a sound's end; False if it is missing."""
        event = await self._session.finish(running, LONGEST_PROMPT_SECONDS)
        if event.fields.get("Application-Response") == NOT_FOUND:
            note_missing(sound)
            return False
        note_found(sound)
        return True


def read_argument(request: Collect, sound: str) -> str:
    """For the application ``read``: one try, of 1 to as many digits as a code has."""
    first = round(request.first_digit_seconds * 1000)
    between = round(request.between_digits_seconds * 1000)
    digits = request.max_digits
    ends = f"{request.terminator}{request.alone}"
    return f"1 {digits} {sound} {ENTRY} {first} {ends} {between}"


def sounds_for(request: Collect, wording: Wording, folder: str) -> tuple[str, ...]:
    """What to ask with, and then what in its place where that is missing."""
    if request.prompt is None:
        return (SILENCE,)
    return (*sounds_of(request.prompt, wording, folder), stand_in(request.prompt), SILENCE)


def longest_entry(request: Collect) -> float:
    """A limit for one ``read``: the prompt, then every digit at the last moment."""
    waiting = request.first_digit_seconds + request.max_digits * request.between_digits_seconds
    return LONGEST_PROMPT_SECONDS + waiting + QUICK_SECONDS


def has_listened(event: Event) -> bool:
    """Whether a ``read`` came to collect: with a sound that is missing it ends at once."""
    return bool(event.variable("read_result") or event.variable(ENTRY))


def is_terminated(event: Event, request: Collect) -> bool:
    """Whether somebody pressed the key that ends an entry."""
    return event.variable("read_terminator_used") == request.terminator


def digits_of(event: Event, request: Collect) -> str:
    """The entry: keys of a telephone, and no more than were asked for.

    A key that is an entry of its own ends the application as the terminator does: it is put back.
    """
    keys = "".join(one for one in event.variable(ENTRY) if one in "0123456789*#")
    if request.alone and event.variable("read_terminator_used") == request.alone:
        keys += request.alone
    return keys.removesuffix(request.terminator)[: request.max_digits]


@contextmanager
def _noticing_hang_up() -> Iterator[None]:
    try:
        yield
    except Gone:
        raise CallerHungUp from None
