"""What is handed over: calls as plain values, and why some cannot be. Pure."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Matter:
    """A code, and what other systems call it. ``code_id`` None: it is no code any more."""

    name: str
    client_id: str = ""
    matter_id: str = ""
    external_id: str = ""
    code_id: UUID | None = None

    @property
    def clients_id_of_it(self) -> str:
        """What the client calls the matter; the firm's own id where it has no other."""
        return self.external_id or self.matter_id


@dataclass(frozen=True, slots=True)
class Keeper:
    """A user, and what the billing system calls them. ``user_id`` None: nobody known."""

    user_name: str
    user_id: UUID | None = None
    timekeeper_id: str = ""
    timekeeper_name: str = ""
    classification: str = ""
    hourly_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class BilledCall:
    """A call of a month. ``started`` is in the account's zone; ``seconds`` are talk time.

    ``cost`` and ``billed_seconds`` (as the rates count) are None where it has not been rated.
    """

    call_id: UUID
    started: datetime
    number: str
    who: Keeper
    matter: Matter
    seconds: int
    is_internal: bool = False
    cost: Decimal | None = None
    billed_seconds: int | None = None


class WhyNot(StrEnum):
    """Why something is not handed over. Programs read the values: they never change."""

    NO_CODE = "no_code"
    NO_CLIENT = "no_client_id"
    NO_MATTER = "no_matter_id"
    NOT_IN_ASCII = "id_not_in_ascii"
    TOO_LONG = "id_too_long"
    NO_COST = "not_rated"
    FREE = "costs_nothing"
    NO_TALK = "no_talk"
    NO_TIMEKEEPER = "no_timekeeper"
    NO_HOURLY_RATE = "no_hourly_rate"
    ADJUSTMENT = "adjustment"
    NO_FIRM_ID = "no_law_firm_id"


@dataclass(slots=True)
class LeftOut:
    """What is not handed over for one reason, of one code or one user.

    ``about`` is how a person calls it; ``code_id`` or ``user_id`` is where it is mended.
    """

    why: WhyNot
    message: str
    about: str = ""
    code_id: UUID | None = None
    user_id: UUID | None = None
    calls: int = 0
    seconds: int = 0

    @property
    def is_wrong(self) -> bool:
        """Whether somebody has to mend something; else it only is as it is."""
        return self.why not in {WhyNot.FREE, WhyNot.NO_TALK}
