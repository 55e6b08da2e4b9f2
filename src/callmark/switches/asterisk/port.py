"""The gate's actions on an Asterisk channel, over FastAGI.

Digits: while Asterisk waits for our next command it throws away what the caller types. So each try
is one ``GET DATA``, which plays and collects without a gap between digits.
"""

import logging
import math
from collections.abc import Callable
from urllib.parse import quote

from callmark.policy.code_entry import Collect
from callmark.policy.overload import may_have_lost_digits
from callmark.policy.prompts import Prompt, Wording
from callmark.switches.asterisk.cdr.field import OWN_COLUMN, CdrField
from callmark.switches.asterisk.late_digits import DROPPED, Helper
from callmark.switches.asterisk.protocol import Reply
from callmark.switches.asterisk.session import QUICK_SECONDS, AgiSession, ChannelGone
from callmark.switches.asterisk.sounds import sounds_of, stand_ins
from callmark.switches.lateness import Lateness
from callmark.switches.port import CallerHungUp, Entry, Going

log = logging.getLogger("callmark.asterisk")

RESULT_VARIABLE = "CALLMARK_RESULT"
NUMBER_VARIABLE = "CALLMARK_NUMBER"
DIALED_VARIABLE = "CALLMARK_DIALED"
SPLASH_VARIABLE = "CALLMARK_SPLASH"
ANSWER_VARIABLE = "CALLMARK_ANSWER"
CONNECT, END, BUSY = "connect", "end", "busy"

_BY_HELPER = "2"

LONGEST_PROMPT_SECONDS = 30.0
"""Nobody's recording of a prompt is longer; past it, the switch is taken for hung."""

_ANY_KEY = "0123456789*#"

_missing: set[str] = set()
"""Sounds that were missing when last tried, so that the log says it once."""


class AsteriskPort:
    """:class:`callmark.switches.port.SwitchPort` for one call that the dialplan handed over.

    With ``one_answer`` the dialplan takes one variable, :data:`ANSWER_VARIABLE`, and finds its
    parts: ``end``, ``busy`` or ``busy::::MILLISECONDS`` (under overload: the fail policy's), or
    ``connect:SPLASH:NUMBER:LINE:FIELD:CODE`` with SPLASH 1 or nothing (2: and the ``helper`` lets
    digits pass again), FIELD where in the CDR the code's name goes, and that, encoded as in a URL.
    Each command costs the switch and us a tenth of a millisecond, and the caller the time on the
    way. ``bounded``: the relay has told the switch how long the first step may take.
    """

    def __init__(
        self,
        session: AgiSession,
        cdr_field: CdrField = OWN_COLUMN,
        lateness: Lateness | None = None,
        *,
        answer_first: bool = False,
        one_answer: bool = False,
        bounded: bool = False,
        helper: Callable[[], Helper | None] = lambda: None,
    ) -> None:
        self._session = session
        self._cdr_field = cdr_field
        self._lateness = lateness or Lateness()
        self._answer_first = answer_first
        self._one_answer = one_answer
        self._bounded = bounded
        self._helper = helper
        self._splash = False
        self._listened_at = self._lateness.now()
        self._audible = False
        self._last_entry_was_whole = False
        self._heard_at = self._lateness.now()
        self._lost_some = False

    async def play(self, prompt: Prompt, wording: Wording, *, wait: bool) -> None:
        """Play a prompt in early media. Without ``wait`` only the splash tone is possible."""
        await self._open_early_media()
        if not wait:
            # Dial silences the caller's channel when it starts: the dialplan plays it after that.
            self._splash = True
            return
        await self._watch(LONGEST_PROMPT_SECONDS)
        for sound in sounds_of(prompt, wording):
            if await self._streamed(sound):
                return
        for sound in stand_ins(prompt, wording):
            await self._streamed(sound)

    async def _streamed(self, sound: str) -> bool:
        """Play a sound to its end; False if it is missing."""
        reply = await self._run("STREAM FILE", sound, "", seconds=LONGEST_PROMPT_SECONDS)
        if reply.result == "-1":
            await self._note_missing(sound)
            return False
        _missing.discard(sound)
        return True

    async def collect(self, request: Collect, wording: Wording) -> Entry:
        """Play a prompt that digits interrupt and return the entry, '' when there was none."""
        await self._open_early_media()
        reply, digits = await self._asked(request, wording)
        if self._is_late_terminator(reply, digits):
            # Many end every entry with '#'. After a whole entry it comes too late to end anything,
            # and must not count as an empty entry of its own.
            self._last_entry_was_whole = False
            return await self.collect(request, wording)
        self._last_entry_was_whole = len(digits) == request.max_digits
        late, self._listened_at = self._lateness.since(self._listened_at), self._lateness.now()
        lost, self._lost_some = self._lost_some, False
        ended = not digits and not _was_silent(reply)
        return Entry(digits, may_have_lost_digits=late or lost, terminated=ended)

    async def _asked(self, request: Collect, wording: Wording) -> tuple[Reply, str]:
        """By our own sound, by what stands in for it where it is missing, or by silence."""
        ask = self._ask_by_key if request.alone else self._ask
        ways: list[tuple[str, ...]] = [()]
        if request.prompt is not None:
            ours = ((sound,) for sound in sounds_of(request.prompt, wording))
            ways = [*ours, stand_ins(request.prompt, wording), ()]
        for sounds in ways:
            reply, digits = await ask(request, sounds)
            if reply is not None:
                return reply, digits
        raise AssertionError("without a sound none is missing")

    async def connect(self, going: Going) -> None:
        """Let the dialplan go on to Dial. The digits stay out of Asterisk's own records."""
        field = self._cdr_field.variable if going.code else None
        name = self._cdr_field.value(going.code) if field else ""
        splash = "1" if self._splash else ""
        if self._one_answer:
            parts = (going.number, going.line, field or "", quote(name, safe=""))
            if splash and (helper := self._helper()):
                self._connect_with(helper, ":".join((CONNECT, _BY_HELPER, *parts)))
            else:
                self._answer(":".join((CONNECT, splash, *parts)))
            return
        if splash:
            await self._set(SPLASH_VARIABLE, splash)
        if field:
            await self._set(field, name)
        await self._set(NUMBER_VARIABLE, going.number)
        await self._set(DIALED_VARIABLE, f"{going.line}{going.number}")
        await self._set(RESULT_VARIABLE, CONNECT)

    def _connect_with(self, helper: Helper, answer: str) -> None:
        # In one command: digits are dropped before the caller is heard by anybody.
        self._session.run_last(
            "GET FULL VARIABLE", f"${{SET({ANSWER_VARIABLE}={answer})}}{DROPPED}"
        )
        helper.hold(self._session.request.channel)

    async def end(self) -> None:
        """Let the dialplan hang up, with the cause it has for that."""
        if self._one_answer:
            self._answer(END)
        else:
            await self._set(RESULT_VARIABLE, END)

    def give_back(self, closed_seconds: float = 0.0) -> None:
        """Under overload: the fail policy decides, and need not say why in so many seconds.

        ``closed_seconds``: for so long the dialplan need not ask for other calls abroad.
        """
        if self._one_answer:
            milliseconds = round(1000 * closed_seconds)
            self._answer(f"{BUSY}::::{milliseconds}" if milliseconds else BUSY)

    def _answer(self, answer: str) -> None:
        self._session.run_last("SET VARIABLE", ANSWER_VARIABLE, answer)

    async def resume(self) -> None:
        """Nothing to do: the dialplan gives the user back when the AGI ends."""

    async def _open_early_media(self) -> None:
        if not self._audible:
            # Some phones send digits only in a call that is answered.
            await self._run(*(("ANSWER",) if self._answer_first else ("EXEC", "Progress")))
            self._audible, self._heard_at = True, self._lateness.now()

    async def _ask(self, request: Collect, sounds: tuple[str, ...]) -> tuple[Reply | None, str]:
        """One try. The reply is None when the last sound is missing, so that nothing was asked."""
        await self._watch(_longest_entry(request))
        first = ""
        for sound in sounds[:-1]:
            first = await self._stream_until_key(sound)
            if first:
                break
        if first and (first == request.terminator or len(first) == request.max_digits):
            return Reply(200), first.removesuffix(request.terminator)
        sound = "" if first or not sounds else sounds[-1]
        reply = await self._get_data(request, sound, request.max_digits - len(first))
        if reply.result == "-1":
            await self._note_missing(sound)
            return None, ""
        rounds = math.ceil(request.first_digit_seconds / request.between_digits_seconds)
        while not first and _was_silent(reply) and rounds > 1:
            # GET DATA has one limit for the first digit and for the next ones. It is the shorter
            # one, and the rest of the longer is waited for only while nothing has been typed.
            rounds -= 1
            reply = await self._get_data(request, "", request.max_digits)
        return reply, first + reply.result

    async def _ask_by_key(
        self, request: Collect, sounds: tuple[str, ...]
    ) -> tuple[Reply | None, str]:
        """One try whose first key may be the whole entry: GET DATA would wait for more of it."""
        await self._watch(_longest_entry(request))
        first = ""
        for sound in sounds:
            first = await self._stream_until_key(sound)
            if first:
                break
        else:
            if sounds and sounds[-1] in _missing:
                return None, ""
            first = await self._first_key(request)
        if not first:
            return Reply(200, note="timeout"), ""
        if first in {request.alone, request.terminator}:
            return Reply(200), first.removesuffix(request.terminator)
        reply = await self._get_data(request, "", request.max_digits - 1)
        return reply, first + reply.result

    async def _first_key(self, request: Collect) -> str:
        milliseconds = str(round(request.first_digit_seconds * 1000))
        seconds = request.first_digit_seconds + QUICK_SECONDS
        reply = await self._listen("WAIT FOR DIGIT", milliseconds, seconds=seconds)
        if reply.result == "-1":
            raise CallerHungUp
        return _key_of(reply)

    async def _get_data(self, request: Collect, sound: str, digits: int) -> Reply:
        milliseconds = round(request.between_digits_seconds * 1000)
        return await self._listen(
            "GET DATA", sound, str(milliseconds), str(digits), seconds=_longest_entry(request)
        )

    async def _stream_until_key(self, sound: str) -> str:
        reply = await self._listen("STREAM FILE", sound, _ANY_KEY, seconds=LONGEST_PROMPT_SECONDS)
        if reply.result == "-1":
            await self._note_missing(sound)
            return ""
        _missing.discard(sound)
        return _key_of(reply)

    async def _listen(self, *words: str, seconds: float) -> Reply:
        """A command during which digits are kept; until it comes, the switch throws them away."""
        gap = self._lateness.now() - self._heard_at
        self._lost_some = self._lost_some or may_have_lost_digits(gap, self._lateness.lag())
        reply = await self._run(*words, seconds=seconds)
        self._heard_at = self._lateness.now()
        return reply

    def _is_late_terminator(self, reply: Reply, digits: str) -> bool:
        return self._last_entry_was_whole and not digits and not _was_silent(reply)

    async def _note_missing(self, sound: str) -> None:
        """-1 is a hang-up or a sound that is not there. A channel that is there tells which."""
        reply = await self._run("CHANNEL STATUS")
        if reply.result == "-1":
            raise CallerHungUp
        if sound not in _missing:
            _missing.add(sound)
            log.warning("the switch has no sound %r: run 'callmark asterisk prompts'", sound)

    async def _watch(self, seconds: float) -> None:
        """The switch takes the call back if we say nothing for longer than the next step takes."""
        if self._bounded:
            self._bounded = False
            return
        await self._set("TIMEOUT(absolute)", str(math.ceil(seconds + QUICK_SECONDS)))

    async def _set(self, name: str, value: str) -> None:
        await self._run("SET VARIABLE", name, value)

    async def _run(self, *words: str, seconds: float = QUICK_SECONDS) -> Reply:
        try:
            return await self._session.run(*words, seconds=seconds)
        except ChannelGone:
            raise CallerHungUp from None


class TaggingPort(AsteriskPort):
    """The same on a channel that is already in a conversation: nothing to open, nothing to end."""

    def __init__(self, session: AgiSession, lateness: Lateness | None = None) -> None:
        super().__init__(session, lateness=lateness)
        self._audible = True

    async def _watch(self, seconds: float) -> None:
        """An answered call must never be ended by a limit of ours."""


def _key_of(reply: Reply) -> str:
    """The key that a command reports by its character code; '' for none."""
    return chr(int(reply.result)) if reply.result not in {"", "0"} else ""


def _was_silent(reply: Reply) -> bool:
    return reply.result == "" and reply.note == "timeout"


def _longest_entry(request: Collect) -> float:
    """A limit for one GET DATA: the prompt, then every digit at the last moment."""
    waiting = request.first_digit_seconds + request.max_digits * request.between_digits_seconds
    return LONGEST_PROMPT_SECONDS + waiting
