"""What a call costs: a pure function of the call and one version of a tariff.

Belongs here: which rate a call falls under (`tariff`), the arithmetic (`charging`), and the
sentences that explain both (`reasons`). Does not belong here: where tariffs are kept, which version
is in force on a day, and what becomes of a charge.

Callers import from this package, not from its modules.
"""

from callmark.policy.rating.charging import Charge, charge
from callmark.policy.rating.tariff import INBOUND, Per, Rate, RatedCall, Rounding, Tariff

__all__ = ["INBOUND", "Charge", "Per", "Rate", "RatedCall", "Rounding", "Tariff", "charge"]
