"""By which rates a call was rated. Pure."""

from typing import NamedTuple
from uuid import UUID


class RatedBy(NamedTuple):
    """By which tariff (None: it is gone), version, and in which currency a call was rated."""

    tariff_id: UUID | None
    version: str
    currency: str
