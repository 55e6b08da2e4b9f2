"""Numbers as people read them: in international form, with the country beside them."""

from functools import lru_cache
from typing import Protocol

import phonenumbers

from callmark.calls.models import Call, Direction


class HasParties(Protocol):
    """What of a call tells whom it was with."""

    @property
    def direction(self) -> str: ...  # noqa: D102
    @property
    def caller(self) -> str: ...  # noqa: D102
    @property
    def e164(self) -> str: ...  # noqa: D102
    @property
    def number(self) -> str: ...  # noqa: D102
    @property
    def dialed(self) -> str: ...  # noqa: D102


@lru_cache(maxsize=16_384)
def international(e164: str) -> tuple[str, str]:
    """'+44 20 7946 0138' and 'GB'; as it is, and '', where no plan knows it."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164, ""
    shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    region = phonenumbers.region_code_for_number(number)
    return shown, region if region and region != "001" else ""


def other_party(call: HasParties) -> str:
    """Whom the call was with, as :data:`callmark.calls.models.OTHER_PARTY` has it."""
    if call.direction == Direction.INBOUND:
        return call.caller
    return call.e164 or call.number or call.dialed


def other_party_shown(call: Call) -> tuple[str, str]:
    """The same for people, and its country ('' inside the account, or where nobody knows)."""
    text = other_party(call)
    return international(text) if text.startswith("+") else (text, "")
