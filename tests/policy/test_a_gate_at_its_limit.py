"""Calls at any rate, and a gate that can serve so many a second: how many are asked, and how late.

The gate here is a queue of work: a call brings a tenth of its work at a time, over a second and a
half, as one does that is asked, types and is put through. The clock is held, and chance has a seed.
"""

import random
from collections import Counter

import pytest

from callmark.policy.overload import Bearable, Pace

CAN = 100
"""Calls a second."""

SECONDS, BEGINS = 24, 3
"""How long calls come, and from when on they are counted: what came before was not known yet."""


class Outcome:
    """What became of calls at one rate, as parts of one."""

    def __init__(
        self, rate: float, *, stall_seconds: float = 0.0, every_seconds: float = 5.0
    ) -> None:
        chance, pace = random.Random(1), Pace(Bearable())
        to_come: Counter[int] = Counter()
        asked, given_back, at_once = 0, 0, 0
        work, next_call = 0.0, 0.0
        for moment in range(1000 * SECONDS):
            now = moment / 1000
            work += to_come.pop(moment, 0) / 10
            stalled = now % every_seconds
            if stalled >= stall_seconds:
                stalled, work = 0.0, max(0.0, work - CAN / 1000)
            late = max(work / CAN, stalled)
            while next_call <= now:
                next_call += chance.expovariate(rate)
                if pace.allows(now, late):
                    asked += now >= BEGINS
                    to_come.update(moment + 1 + 150 * n + chance.randrange(150) for n in range(10))
                else:
                    given_back += 1
                    at_once += late <= 0.05
        self.served = asked / (CAN * (SECONDS - BEGINS))
        self.given_back = given_back / (rate * SECONDS)
        self.at_once = at_once / given_back if given_back else 1.0


def test_what_it_can_serve_is_asked() -> None:
    assert Outcome(0.6 * CAN).given_back == 0


@pytest.mark.parametrize("times", [1.2, 1.5, 2.0, 3.0])
def test_beyond_that_nearly_as_many_are_served_and_most_others_know_at_once(times: float) -> None:
    outcome = Outcome(times * CAN)
    assert outcome.served >= 0.8
    assert outcome.at_once >= 0.75


@pytest.mark.parametrize(("part", "stall_seconds"), [(0.4, 0.35), (0.2, 0.5)])
def test_a_disk_that_stands_still_now_and_then_is_no_overload(
    part: float, stall_seconds: float
) -> None:
    assert Outcome(part * CAN, stall_seconds=stall_seconds).given_back == 0
