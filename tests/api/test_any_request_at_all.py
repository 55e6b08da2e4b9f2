"""Requests that are told anything but ids, on PostgreSQL: it refuses lengths and characters.

No request may bring a server error, and every answer must be one that the document describes.
"""

import pytest

from tests.api.any_request import (
    FEW,
    AnyCase,
    document,
    no_limits,
    one_connection,
    program,
    told,
    try_it,
)
from tests.api.conftest import Belongings
from tests.api.programs import Program

__all__ = ["no_limits", "one_connection", "program"]

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]

signed_in = document(with_sign_in=False)


@signed_in.include(told).parametrize()  # type: ignore[untyped-decorator]
@FEW
def test_as_an_administrator(case: AnyCase, here: Belongings, program: Program) -> None:
    try_it(case, here, program)
