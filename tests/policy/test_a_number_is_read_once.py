"""Every call waits for its number to be judged: an ordinary one is looked up once."""

import pytest

from callmark.policy.numbering import NumberingPlan, classify
from callmark.policy.numbering.metadata import look_up
from callmark.policy.numbering.ranges import region_and_kind


@pytest.mark.parametrize(
    ("country", "dialed", "e164"),
    [
        ("US", "912125550142", "+12125550142"),
        ("US", "92125550143", "+12125550143"),
        ("US", "12125550144", "+12125550144"),
        ("US", "9011442079460145", "+442079460145"),
        ("GB", "902079460146", "+442079460146"),
        ("GB", "900493012345147", "+493012345147"),
    ],
)
def test_an_ordinary_number_is_looked_up_once(country: str, dialed: str, e164: str) -> None:
    plan = NumberingPlan(country, outside_prefix="9")
    # Another test may have asked for the same number.
    look_up.cache_clear()
    region_and_kind.cache_clear()
    assert classify(dialed, plan).e164 == e164
    assert region_and_kind.cache_info().misses == 1
