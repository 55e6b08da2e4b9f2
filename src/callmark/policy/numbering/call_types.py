"""The words of call classification: what a dialed number can be, and the verdict about it."""

from collections.abc import Callable, Container, Iterable
from enum import StrEnum

import phonenumbers

from callmark.policy.numbering.own_numbers import NONE, OwnNumbers
from callmark.policy.texts import Text
from callmark.policy.values import value_class

_SUPPORTED_COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS)


class CallType(StrEnum):
    """One kind of call. A number can be several at once."""

    EMERGENCY = "emergency"
    INTERNAL = "internal"
    TOLL_FREE = "toll_free"
    DOMESTIC = "domestic"
    INTERNATIONAL = "international"
    DIRECTORY_ASSISTANCE = "directory_assistance"
    PREMIUM = "premium"
    SERVICE = "service"
    UNROUTABLE = "unroutable"


@value_class
class NumberingPlan:
    """What must be known of the caller's account to read what the caller dials."""

    country: str
    """ISO 3166 alpha-2 home country of the caller."""
    outside_prefix: str = ""
    """Digits dialed for an outside line, for example "9"; may be empty."""
    international_regions: frozenset[str] = frozenset()
    """Regions inside the caller's calling code that the operator bills as international."""
    extensions: Container[str] = frozenset()
    """Dialed strings that are other users' extensions on this account."""
    internal_numbers: Container[str] = frozenset()
    """E.164 numbers ("+1...") of users on this account."""
    own_numbers: OwnNumbers = NONE
    """Numbers of the switch itself: groups, queues, conferences, parking, mailboxes, star codes."""

    def __post_init__(self) -> None:
        if self.country not in _SUPPORTED_COUNTRIES:
            raise ValueError(
                Text(
                    "{country} is not a supported home country: use a two-letter ISO 3166 "
                    'code in capitals, for example "US" or "GB"',
                    country=self.country,
                )
            )


@value_class
class Classification:
    """What a dialed string is, and why, in words an administrator understands."""

    dialed: str
    """The string exactly as it was given. Never to be dialed: see ``number``."""
    number: str | None
    """What the switch must dial: digits, an optional ``+``, ``*`` and ``#`` of star codes.

    Without the account's outside-line prefix; of an emergency call the emergency number alone; of
    an extension its own name. None when no number can be made of the string: the call is refused,
    whatever is gated.
    """
    call_type: CallType
    """The one word: premium is named before international."""
    types: frozenset[CallType]
    """Every type it is; a call needs a code when any of them does."""
    e164: str | None
    why: tuple[str, ...]

    @property
    def refused(self) -> bool:
        """Whether no number can be made of what was dialed; ``why`` begins with the reason."""
        return self.number is None


# The outside calls that an account can restrict. Digits that can be read in two ways keep the
# costly types of both readings: a needless prompt is a nuisance, a missed one is a bill. A number
# that cannot be dialed keeps every type its leading digits show.
COSTLY = frozenset({CallType.PREMIUM, CallType.INTERNATIONAL, CallType.DIRECTORY_ASSISTANCE})
GATED = COSTLY | {CallType.DOMESTIC, CallType.TOLL_FREE}


# What reaches a person who connects or looks up; {} is what was dialed.
def reaches_operator(what: str) -> Text:
    """Why a number is directory assistance that the operator answers at."""
    return Text("directory assistance: {what} reaches the operator", what=what)


# Which word names a number that is of several types.
_NAMING_ORDER = (
    CallType.EMERGENCY,
    CallType.INTERNAL,
    CallType.PREMIUM,
    CallType.INTERNATIONAL,
    CallType.DIRECTORY_ASSISTANCE,
    CallType.TOLL_FREE,
    CallType.DOMESTIC,
    CallType.SERVICE,
    CallType.UNROUTABLE,
)


@value_class
class Verdict:
    """A Classification in the making, before it is known what exactly was dialed."""

    call_type: CallType
    types: frozenset[CallType]
    why: tuple[str, ...]
    e164: str | None = None
    number: str | None = None
    """The number to dial that this is about; set where the rules change it."""

    @property
    def routable(self) -> bool:
        """Whether a call could be placed at all."""
        return self.call_type is not CallType.UNROUTABLE

    # Written out: dataclasses.replace takes five times as long, and a call has several of these.
    def also(self, types: Iterable[CallType], reason: str = "") -> "Verdict":
        """The same verdict with further types, and the reason for them when they are new.

        An emergency call is nothing else, whatever its digits might be for others.
        """
        added = frozenset(types) - self.types
        if not added or self.call_type is CallType.EMERGENCY:
            return self
        why = (*self.why, reason) if reason else self.why
        return Verdict(self.call_type, self.types | added, why, self.e164, self.number)

    def dialing(self, number: str | None) -> "Verdict":
        """The same verdict about this number to dial."""
        return Verdict(self.call_type, self.types, self.why, self.e164, number)

    def noting(self, reason: str) -> "Verdict":
        """The same verdict with a further reason."""
        return Verdict(self.call_type, self.types, (*self.why, reason), self.e164, self.number)


Reading = Callable[[str, NumberingPlan], Verdict]
"""What digits are, by an account's plan: how one part of this package is handed to another."""


def verdict(types: CallType | Iterable[CallType], *why: str, e164: str | None = None) -> Verdict:
    """A verdict named after the most telling of the types."""
    every = frozenset({types} if isinstance(types, CallType) else types)
    name = next(call_type for call_type in _NAMING_ORDER if call_type in every)
    return Verdict(name, every, why, e164)


def emergency(number: str, *why: str) -> Verdict:
    """An emergency call, of which the emergency number alone is dialed."""
    types = frozenset({CallType.EMERGENCY})
    return Verdict(
        CallType.EMERGENCY, types, (Text("emergency: {number}", number=number), *why), number=number
    )


def refused(reason: str, types: Iterable[CallType] = ()) -> Verdict:
    """No number can be made of it. The types are what its digits would be."""
    every = frozenset({CallType.UNROUTABLE, *types})
    return Verdict(
        CallType.UNROUTABLE, every, (Text("unroutable: refused, {reason}", reason=reason),)
    )


def unroutable(reason: str, types: Iterable[CallType] = (), because: str = "") -> Verdict:
    """Nothing can be reached, but what the leading digits show still counts for gating."""
    plain = Verdict(
        CallType.UNROUTABLE,
        frozenset({CallType.UNROUTABLE}),
        (Text("unroutable: {reason}", reason=reason),),
    )
    return plain.also(types, because)
