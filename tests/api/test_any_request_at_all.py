"""Requests that are told anything but ids, on PostgreSQL: it refuses lengths and characters.

No request may bring a server error, and every answer must be one that the document describes.
"""

import pytest

from tests.api.any_request import (
    document,
    in_parts,
    no_limits,
    one_connection,
    one_look_up,
    program,
    send_to_each,
    told,
    try_it,
)
from tests.api.conftest import Belongings
from tests.api.programs import Program

__all__ = ["no_limits", "one_connection", "one_look_up", "program"]

pytestmark = [pytest.mark.postgres, pytest.mark.django_db, pytest.mark.hypothesis]


@in_parts
def test_as_an_administrator(part: str, here: Belongings, program: Program) -> None:
    told_more = document().include(told)
    send_to_each(told_more, part, lambda case: try_it(case, here, program))
