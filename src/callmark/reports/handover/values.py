"""What is handed over: calls as plain values, and why some cannot be. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from callmark.policy.values import value_class
from callmark.reports.handover.units import TimeUnit, rounded_up
from callmark.reports.rated_by import RatedBy


@value_class
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


@value_class
class Keeper:
    """A user, and what the billing system calls them. ``user_id`` None: nobody known."""

    user_name: str
    user_id: UUID | None = None
    timekeeper_id: str = ""
    timekeeper_name: str = ""
    classification: str = ""
    hourly_rate: Decimal | None = None


@value_class
class BilledCall:
    """A line of a month: a call, or what was learned of one after its month was closed.

    ``started`` is in the account's zone; ``seconds`` are talk time. ``cost`` (rounded to the
    ``decimals`` of its currency, see :mod:`~callmark.reports.handover.cents`) and
    ``billed_seconds`` (as the rates count) are None where it has not been rated. Of an adjustment
    ``of_month`` is the first day of the closed month, ``before`` the talk that was billed until
    then; calls, seconds and cost may be below zero.
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
    of_month: date | None = None
    before: int = 0
    calls: int = 1
    decimals: int = 2
    rated_by: RatedBy | None = None

    @property
    def adjusts(self) -> str:
        """'Adjustment of March 2026', on a line that is one; else ''."""
        return f"Adjustment of {self.of_month:%B %Y}" if self.of_month else ""

    def units(self, unit: TimeUnit) -> int:
        """The seconds in whole units that it adds to its call: below zero where that is less."""
        return rounded_up(self.before + self.seconds, unit) - rounded_up(self.before, unit)


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
