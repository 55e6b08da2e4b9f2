"""What is known of the switch's legs, by their UUIDs: whose phone is behind each.

A transferred leg says nothing of who transferred it but a UUID. Whose that is was seen when that
leg asked, rang or talked, and is remembered for a while after it ended. In memory only: what is not
known leaves the payer unknown, and the strictest rules apply.
"""

import json
from collections import OrderedDict
from dataclasses import dataclass

from callmark.policy.values import value_class
from callmark.switches.freeswitch.event_socket import Event
from callmark.switches.freeswitch.origin import Origin
from callmark.switches.freeswitch.variables import CALL, INBOUND, OF

MOST_LIVING = 50_000
MOST_ENDED = 10_000
"""Legs remembered; beyond them the oldest are forgotten."""


@dataclass(slots=True)
class KnownLeg:
    """One leg. ``phone`` is ``user@domain``, '' for a line to the outside.

    ``asked`` is the last question of its own, ``of`` the one that led to it; ``inbound`` is the
    account it came in for. Of its last question: ``answered``, whether the leg was answered by then
    (None: it asked none), and ``moves``, what it said of transfers.
    """

    phone: str = ""
    asked: Origin | None = None
    of: Origin | None = None
    inbound: str = ""
    answered: bool | None = None
    moves: tuple[str, str] = ("", "")


@value_class
class Question:
    """What a leg's question tells for later; any gate process may need it that did not hear it."""

    uuid: str
    answered: bool
    moves: tuple[str, str]

    def __bytes__(self) -> bytes:
        return json.dumps([self.uuid, self.answered, self.moves]).encode()

    @classmethod
    def parse(cls, data: bytes) -> "Question":
        """From what :meth:`__bytes__` made."""
        uuid, answered, (transferred, redirected) = json.loads(data)
        return cls(uuid, answered, (transferred, redirected))


def phone_of(event: Event) -> str:
    """The phone behind a leg, as ``user@domain``; '' where the switch has authenticated none.

    Of one that called, what it proved by its password; of one that was called, whom the switch
    rang. The channel's name, ``Caller-Username``, the caller ID and every header are the phone's
    own words, and play no part.
    """
    if event.variable("sip_authorized") == "true":
        user, realm = event.variable("sip_auth_username"), event.variable("sip_auth_realm")
        return f"{user}@{realm}" if user and realm else ""
    if event.fields.get("Call-Direction") == "outbound":
        return dialed_phone(event)
    return ""


def dialed_phone(event: Event) -> str:
    """The phone that the switch rang for this leg, or last rang for it."""
    user, domain = event.variable("dialed_user"), event.variable("dialed_domain")
    return f"{user}@{domain}" if user and domain else ""


class Legs:
    """The table. Used from one thread."""

    def __init__(self) -> None:
        self._living: OrderedDict[str, KnownLeg] = OrderedDict()
        self._ended: OrderedDict[str, KnownLeg] = OrderedDict()

    def __len__(self) -> int:
        return len(self._living) + len(self._ended)

    def find(self, uuid: str) -> KnownLeg | None:
        """What is known of a leg, also of one that has just ended."""
        return self._living.get(uuid) or self._ended.get(uuid)

    def phone(self, uuid: str) -> str:
        """Whose leg this is; '' where that is not known, or where it is nobody's."""
        leg = self.find(uuid)
        return leg.phone if leg else ""

    def learn(self, event: Event) -> KnownLeg:
        """Take up what an event says of its leg. It may say less than one before."""
        leg = self._leg(event.uuid)
        leg.phone = phone_of(event) or leg.phone
        leg.asked = Origin.parse(event.variable(CALL)) or leg.asked
        leg.of = Origin.parse(event.variable(OF)) or leg.of
        leg.inbound = event.variable(INBOUND) or leg.inbound
        if event.name == "CHANNEL_HANGUP_COMPLETE" and event.uuid in self._living:
            del self._living[event.uuid]
            self._ended[event.uuid] = leg
            _forget(self._ended, MOST_ENDED)
        return leg

    def has_asked(self, question: Question) -> None:
        """Remember a leg's question."""
        leg = self._leg(question.uuid)
        leg.answered, leg.moves = question.answered, question.moves

    def _leg(self, uuid: str) -> KnownLeg:
        leg = self.find(uuid)
        if leg is None:
            leg = self._living[uuid] = KnownLeg()
            _forget(self._living, MOST_LIVING)
        return leg


def _forget(legs: OrderedDict[str, KnownLeg], most: int) -> None:
    while len(legs) > most:
        legs.popitem(last=False)
