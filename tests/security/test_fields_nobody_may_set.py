"""What an operation does not name cannot be set; what belongs to others cannot be reached."""

from typing import Any

import pytest
from django.test import Client

from callmark.accounts.models import Role, User
from tests.cast import LawFirm, code, first_time
from tests.portal.pages import url
from tests.rows import every


def sent(client: Client, method: str, path: str, body: dict[str, Any]) -> int:
    answer = client.generic(method, f"/api/v1{path}", _json(body), content_type="application/json")
    return int(answer.status_code)


def _json(body: dict[str, Any]) -> str:
    import json

    return json.dumps(body)


FOREIGN = [
    {"role": "operator"},
    {"account_id": "00000000-0000-0000-0000-000000000000"},
    {"is_superuser": True},
    {"is_staff": True},
    {"password": "chosen by another"},
    {"id": "00000000-0000-0000-0000-000000000000"},
    {"__proto__": {"role": "operator"}},
]


@pytest.mark.parametrize("extra", FOREIGN)
def test_in_the_api(olivia: Client, cast: LawFirm, extra: dict[str, Any]) -> None:
    at = f"/accounts/{cast.account.pk}/users"
    before = every(User).filter(pk=cast.uma.pk).values().get()
    assert sent(olivia, "POST", at, {"name": "Eve", **extra}) == 422
    assert sent(olivia, "PATCH", f"{at}/{cast.uma.pk}", {"name": "Eve", **extra}) == 422
    assert every(User).filter(pk=cast.uma.pk).values().get() == before
    assert not every(User).filter(name="Eve").exists()


def test_in_a_form(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    one = code(cast)
    page = url(cast, f"account-codes/codes/{one.pk}/rename/")
    olivia.post(page, {"name": "New", "account": cast.fay.account_id, "code": "9999", "active": ""})
    account = one.account_id
    one.refresh_from_db()
    assert (one.name, one.code, one.active, one.account_id) == ("New", "1234", True, account)


def test_an_administrator_makes_nobody_an_operator(olivia: Client, cast: LawFirm) -> None:
    form = {"name": "Eve", "email": "eve@callmark.example", "role": "operator"}
    olivia.post(url(cast, "people/invite/"), form)
    olivia.post(url(cast, f"people/{cast.uma.pk}/"), {"role": "operator"})
    assert set(every(User).filter(role=Role.OPERATOR)) == {cast.otto}


def test_a_foreign_person_by_an_own_address(olivia: Client, cast: LawFirm) -> None:
    """The account in the address is ours, the person is not."""
    for person in (cast.fay, cast.otto):
        assert olivia.get(url(cast, f"people/{person.pk}/")).status_code == 404
        assert olivia.get(url(cast, f"users/{person.pk}/settings/")).status_code == 404
        at = f"/accounts/{cast.account.pk}/users/{person.pk}"
        assert sent(olivia, "PATCH", at, {"name": "Taken"}) == 404
        person.refresh_from_db()
        assert person.name != "Taken"
