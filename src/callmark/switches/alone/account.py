"""What the dialplan of one account is written from."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import blake2b

from callmark.policy.numbering import NumberingPlan, OwnNumbers
from callmark.policy.prompts import PromptLanguage, Wording
from callmark.policy.settings import STAR_CODE_DEFAULT
from callmark.policy.values import value_class

_NO_MATTER = 4


@value_class
class AccountDialplan:
    """What the dialplan must know of an account. Values that cannot be written raise ValueError."""

    slug: str
    country: str
    home_countries: frozenset[str] = frozenset()
    outside_prefix: str = ""
    international_regions: frozenset[str] = frozenset()
    extensions: tuple[str, ...] = ()
    phone_numbers: tuple[str, ...] = ()
    own_numbers: tuple[str, ...] = ()
    answer_first: bool = False
    """Callers are answered before they are asked, unless their endpoint says otherwise."""
    star_code: str = STAR_CODE_DEFAULT
    allowed: bool = True
    """*Allow account codes*: while off, every call connects when the gate is down."""
    separator: str = ""
    """Between a number and its code, where both are dialed in one go; '' where they are not."""
    language: PromptLanguage | None = None
    """What callers are spoken to in while the gate is down; None where nobody has chosen."""
    domain: str = ""
    """Of endpoints that are written ``user@domain``, where all have the same; '' otherwise."""

    def __post_init__(self) -> None:
        # The forms check these too. Here they become lines that a switch carries out.
        require(r"[a-zA-Z0-9_-]{1,40}", "account slug", self.slug)
        require(r"[0-9]{0,4}", "outside-line prefix", self.outside_prefix)
        require(r"\*[0-9]{2,4}", "star code", self.star_code)
        require(r"[*]{0,2}|#", "separator", self.separator)
        for extension in self.extensions:
            require(r"[0-9]{1,10}", "extension", extension)
        require(r"[a-zA-Z0-9.:-]{0,90}", "domain", self.domain)
        for number in self.phone_numbers:
            require(r"\+[1-9][0-9]{5,14}", "phone number", number)

    @property
    def wording(self) -> Wording:
        """How a caller is spoken to by the dialplan alone, whose prompts name no length."""
        return Wording(_NO_MATTER, self.language)

    @property
    def context(self) -> str:
        """Asterisk's, which an operator calls; those behind it have a dot, which no slug has."""
        return f"callmark-{self.slug}"

    def plan(self, country: str) -> NumberingPlan:
        """How the account's users of one home country dial."""
        return NumberingPlan(
            country=country,
            outside_prefix=self.outside_prefix,
            international_regions=self.international_regions,
            extensions=frozenset(self.extensions),
            internal_numbers=frozenset(self.phone_numbers),
            own_numbers=OwnNumbers.of(self.own_numbers),
        )


def require(pattern: str, what: str, value: str) -> None:
    """Raise ``ValueError`` for a value that would mean something to a switch."""
    if not re.fullmatch(pattern, value):
        raise ValueError(f"the {what} {value!r} cannot be written into a dialplan")


def version_of(accounts: Sequence[AccountDialplan]) -> str:
    """The same for the same accounts in every process, whatever the operator says of the switch."""
    # What nobody has chosen leaves the text as it was before one could choose.
    values = [
        {name: value for name, value in asdict(one).items() if value is not None}
        for one in sorted(accounts, key=lambda one: one.slug)
    ]
    # A set has another order in each process, and so would its text.
    text = json.dumps(values, sort_keys=True, default=sorted)
    return blake2b(text.encode(), digest_size=6).hexdigest()
