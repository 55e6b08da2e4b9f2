"""Requests that are told ids alone, and those of anybody: the same in front of every database.

No request may bring a server error, and every answer must be one that the document describes.
"""

import pytest
from django.db import transaction

from tests.api.any_request import (
    FEW,
    NOT_PROMISED,
    AnyCase,
    aim,
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

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

signed_in = document(with_sign_in=False)
anybody = document(with_sign_in=True)
# Nobody gets past the door: a few requests for each operation show it.
anybody.config.phases.coverage.enabled = False


@signed_in.exclude(told).parametrize()  # type: ignore[untyped-decorator]
@FEW
def test_with_ids_alone(case: AnyCase, here: Belongings, program: Program) -> None:
    try_it(case, here, program)


@anybody.parametrize()  # type: ignore[untyped-decorator]
@FEW
def test_without_rights(case: AnyCase, here: Belongings) -> None:
    aim(case, here.ids_for(case.path))
    with transaction.atomic():
        response = case.call_and_validate(excluded_checks=NOT_PROMISED)
        transaction.set_rollback(True)
    assert response.status_code in {401, 405}
