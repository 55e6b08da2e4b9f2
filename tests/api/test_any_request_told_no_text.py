"""Requests that are told ids alone, and those of anybody: the same in front of every database.

No request may bring a server error, and every answer must be one that the document describes.
"""

import pytest
from django.db import transaction

from tests.api.any_request import (
    AnyCase,
    aim,
    document,
    in_parts,
    no_limits,
    one_connection,
    one_look_up,
    program,
    send_to_each,
    send_whatever,
    told,
    try_it,
)
from tests.api.conftest import Belongings
from tests.api.programs import Program

__all__ = ["no_limits", "one_connection", "one_look_up", "program"]

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@in_parts
def test_with_ids_alone(part: str, here: Belongings, program: Program) -> None:
    told_ids = document(with_sign_in=False).exclude(told)
    send_to_each(told_ids, part, lambda case: try_it(case, here, program))


@in_parts
def test_without_rights(part: str, here: Belongings) -> None:
    anybody = document(with_sign_in=True)
    # Nobody gets past the door: a few requests for each operation show it.
    anybody.config.phases.coverage.enabled = False

    def refused(case: AnyCase) -> None:
        aim(case, here.ids_for(case.path))
        with transaction.atomic():
            response = send_whatever(case)
            transaction.set_rollback(True)
        assert response.status_code in {401, 405}

    send_to_each(anybody, part, refused)
