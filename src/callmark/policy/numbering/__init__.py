"""What a dialed string is: the clean number to dial, and the types of call that it is.

Belongs here: reading what phones send (`text`), the rules in their order (`classify`), what leaves
for the public network (`outside`), all of +1 (`north_america`), callers elsewhere (`world`),
country codes (`international`), every form of an emergency number (`emergency`), the numbers
themselves by country (`emergency_numbers`), free helplines (`helplines`), the switch's own numbers
(`own_numbers`), what an unlisted number might be (`strictest`), what the public metadata
says (`metadata`, `ranges`, `patterns`) and what it does not (`special_numbers`), countries by name
(`countries`), numbers to explain call types with (`examples`), and a number dialed with its code
behind it (`with_code`). Does not belong here: who calls, whether a code is asked for, what a call
costs.

Callers import from this package, not from its modules.
"""

from callmark.policy.numbering.call_types import (
    COSTLY,
    CallType,
    Classification,
    NumberingPlan,
)
from callmark.policy.numbering.classify import caribbean_regions, classify, outside_line
from callmark.policy.numbering.countries import country_called, country_name
from callmark.policy.numbering.emergency_numbers import emergency_numbers
from callmark.policy.numbering.examples import Examples, examples
from callmark.policy.numbering.own_numbers import OwnNumbers
from callmark.policy.numbering.with_code import DialedParts, take_apart

__all__ = [
    "COSTLY",
    "CallType",
    "Classification",
    "DialedParts",
    "Examples",
    "NumberingPlan",
    "OwnNumbers",
    "caribbean_regions",
    "classify",
    "country_called",
    "country_name",
    "emergency_numbers",
    "examples",
    "outside_line",
    "take_apart",
]
