"""What a switch adapter provides for a leg, and what it must be able to do: read this to add one.

A **leg** is one question: each time somebody asks for a destination (dials, transfers, forwards).
An adapter turns what its switch says into a :class:`LegRequest`, :class:`TagRequest`,
:class:`InboundCall` or :class:`LegEnd`, hands it to :class:`callmark.gate.gate.Gate` and carries
out what the gate wants through a :class:`SwitchPort`. It decides nothing. Every adapter passes
``tests/switches/contract.py`` and ``contract_at_the_prompt.py``.
"""

from dataclasses import field
from datetime import datetime
from typing import Literal, Protocol

from callmark.policy.code_entry import Collect
from callmark.policy.payer import AskedBy
from callmark.policy.prompts import Prompt, Wording
from callmark.policy.values import value_class


class CallerHungUp(Exception):
    """Raised by a port when the person at it is gone; the gate records it."""


@value_class
class SwitchIdentity:
    """Which switch speaks. ``name`` is the operator's; two machines must not share one.

    ``system`` is what the switch puts before its call ids ('' if nothing), ``entity`` an id that no
    other machine has ('' if the switch has none to show).
    """

    name: str
    system: str = ""
    entity: str = ""


@value_class
class LegRequest:
    """Somebody asks for a destination.

    ``call_id`` is the switch's own id of the asking channel, ``leg`` counts that channel's
    questions from 1, ``conversation`` is the same for all legs that belong together (Asterisk's
    linkedid). ``account`` is the short name of the account that the switch's own configuration
    names, '' if it names none. ``number`` is the destination exactly as it was asked for.
    ``caller`` is what the phone says of itself: shown, never believed.
    """

    switch: SwitchIdentity
    call_id: str
    number: str
    asked_by: AskedBy
    leg: int = 1
    conversation: str = ""
    account: str = ""
    caller: str = ""


@value_class
class TagRequest:
    """A user dialed the star code during a call: the conversation they are in, and who they are."""

    switch: SwitchIdentity
    call_id: str
    asked_by: AskedBy
    leg: int = 1
    conversation: str = ""


@value_class
class InboundCall:
    """A call came in from outside, or ended; each is recorded once for its ``conversation``.

    Any number of reports may come, of the call itself or of each phone that rang; what they tell is
    put together. ``endpoint`` is the phone that rang or answered, '' if no phone is known yet;
    ``line`` is the endpoint of the call itself, where that is what reports.
    """

    switch: SwitchIdentity
    conversation: str
    account: str
    caller: str
    dialed: str
    endpoint: str = ""
    line: str = ""
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    disposition: str = ""


@value_class
class LegEnd:
    """One side of a leg is over. ``seconds`` is talk time, ``disposition`` as in Asterisk's CDR.

    ``by`` says which side reports: the ``caller`` may be gone long before the conversation is
    (it was transferred), the ``outside`` side is what is billed.
    """

    switch: SwitchIdentity
    call_id: str
    ended_at: datetime
    answered_at: datetime | None
    seconds: int
    disposition: str
    leg: int = 1
    by: Literal["caller", "outside"] = "caller"


@value_class
class Entry:
    """What was typed; '' is silence, or the terminator alone where ``terminated``.

    ``may_have_lost_digits``: the adapter was late to listen.
    """

    digits: str = field(repr=False)
    may_have_lost_digits: bool = False
    terminated: bool = False


@value_class
class Going:
    """How a leg goes on: the clean number to dial, and the code's name for the switch's own CDR.

    ``line`` is the outside-line prefix that was taken off the number, for a switch whose own routes
    want it; '' where there was none. ``code`` is '' where nothing was tagged; never the code's
    digits. ``asked`` is True where somebody has just typed a code.
    """

    number: str
    code: str = ""
    asked: bool = False
    line: str = ""


class SwitchPort(Protocol):
    """What a switch must be able to do for the gate. All may raise :class:`CallerHungUp`."""

    async def play(self, prompt: Prompt, wording: Wording, *, wait: bool) -> None:
        """Play a prompt in early media; ``wait`` False returns while it still sounds."""

    async def collect(self, request: Collect, wording: Wording) -> Entry:
        """Play ``request.prompt`` (digits interrupt it) and return what was entered.

        ``request.alone`` pressed first is the whole entry, at once.
        """

    async def connect(self, going: Going) -> None:
        """Let the call go on."""

    async def end(self) -> None:
        """Hang up the caller."""

    async def resume(self) -> None:
        """Give the user back to the conversation, after a star code."""
