"""How many examples a property is tried with: the same few in every ``make test``, so that a change
is what turns it red, and many new ones in ``make fuzz``, which has hours to look for them.

To be imported before any test is: what a test does not say of itself is as the profile here says.
"""

import os

from django.db import connection
from hypothesis import HealthCheck, Phase, settings

_TIMES = int(os.environ.get("FUZZ_TIMES", "1"))
_IS_FUZZING = _TIMES > 1


def examples(number: int) -> int:
    """So many in ``make test``, on PostgreSQL half of them, and a multiple in ``make fuzz``.

    What Python makes of an example does not depend on the database.
    """
    here = number if connection.vendor == "sqlite" else (number + 1) // 2
    return here * _TIMES


settings.register_profile(
    "ours",
    max_examples=examples(50),
    derandomize=not _IS_FUZZING,
    # How long an example takes says nothing where others have the machine.
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    print_blob=_IS_FUZZING,
)
settings.load_profile("ours")

ANY_INPUT = settings(max_examples=examples(20), suppress_health_check=list(HealthCheck))
"""For bytes and texts of any kind, of which many are large or of no use."""

STORIES = settings(
    ANY_INPUT, phases=[one for one in Phase if _IS_FUZZING or one is not Phase.shrink]
)
"""For stories that take long to tell: the shortest that fails takes minutes to find."""
