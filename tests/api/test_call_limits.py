"""A program limits calls, and sees what is used."""

import pytest

from tests.api.programs import Program, body_of, problem
from tests.cast import LawFirm

pytestmark = pytest.mark.django_db


def test_a_limit_is_set_changed_and_removed(olivia: Program, at: str, firm: LawFirm) -> None:
    new = {"name": "Harper", "scope": "code", "amount": 60, "unit": "minutes", "per": "month"}
    assert problem(olivia.post(f"{at}/limits", new))[0] == 422
    added = olivia.post(f"{at}/limits", new | {"code_id": str(firm.code.pk)})
    limit = body_of(added)
    assert (added.status_code, limit["code_id"], limit["usage"]["used"]) == (
        201,
        str(firm.code.pk),
        0,
    )
    path = f"{at}/limits/{limit['id']}"
    assert problem(olivia.patch(path, {"then": "ask"}, If_Match="*")) == (422, "refused")
    changed = olivia.patch(path, {"then": "refuse"}, If_Match=added["ETag"])
    assert body_of(changed)["then"] == "refuse"
    assert problem(olivia.patch(path, {"amount": 1}, If_Match=added["ETag"]))[0] == 412
    assert olivia.delete(path).status_code == 204
    assert body_of(olivia.get(f"{at}/limits"))["items"] == []


def test_a_row_of_nobody_here_is_refused(olivia: Program, at: str, firm: LawFirm) -> None:
    new = {"name": "X", "scope": "user", "amount": 60, "unit": "minutes", "per": "month"}
    refused = olivia.post(f"{at}/limits", new | {"user_id": str(firm.code.pk)})
    assert (refused.status_code, body_of(refused)["field"]) == (422, "user_id")
