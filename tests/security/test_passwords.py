"""The rules for passwords: long enough, not a known one, nothing about kinds of characters."""

import pytest
from django.contrib.auth.hashers import get_hashers_by_algorithm
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from callmark.accounts.models import User
from tests.cast import PASSWORD, LawFirm
from tests.rows import every

REFUSED = [
    "short-1",  # less than 8
    "12345678",  # among the common ones
    "password1",
    "iloveyou1",
    "Callmark2026!",  # only words of the product
    "account-codes-1",
    "Firm12345678",  # only the account's name
    "olivia@firm.ex",  # like the address
]
ACCEPTED = [
    "correct horse battery",
    "éèêëàâäîïôöùûü",
    "94837261058372",  # digits alone, but long and not common
    " leading and trailing ",
    "x" * 30 + "callmark" + "y" * 90,
]


@pytest.mark.parametrize("password", REFUSED)
def test_refused(cast: LawFirm, password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, cast.olivia)


@pytest.mark.parametrize("password", ACCEPTED)
def test_accepted(cast: LawFirm, password: str) -> None:
    validate_password(password, cast.olivia)


def test_a_password_counts_exactly_as_typed(client: Client, cast: LawFirm) -> None:
    new = " Ärger mit Leerzeichen  " + "z" * 70
    client.force_login(cast.olivia)
    for person in (cast.olivia,):
        person.set_password(new)
        person.save()
    for wrong in (new.strip(), new.lower(), new[:72]):
        sent = {"login": "olivia@firm.example", "password": wrong}
        assert "sessionid" not in Client().post("/login/", sent).cookies
    sent = {"login": "olivia@firm.example", "password": new}
    assert "sessionid" in Client().post("/login/", sent).cookies


def test_changing_it_needs_the_present_one(olivia: Client, cast: LawFirm) -> None:
    new = "quite another secret"
    sent = {"oldpassword": "not the present one", "password1": new, "password2": new}
    olivia.post("/password/change/", sent)
    assert every(User).get(pk=cast.olivia.pk).check_password(PASSWORD)


@pytest.mark.parametrize("page", ["/login/", "/password/change/"])
def test_fields_hide_it_and_let_password_managers_in(
    client: Client, cast: LawFirm, page: str
) -> None:
    if page != "/login/":
        client.force_login(cast.olivia)
    text = client.get(page).content.decode()
    assert 'type="password"' in text
    assert 'autocomplete="off"' not in text
    assert "onpaste" not in text
    assert "maxlength" not in text


def test_passwords_are_stretched() -> None:
    from django.conf import global_settings

    first = global_settings.PASSWORD_HASHERS[0]
    assert first.endswith("PBKDF2PasswordHasher")
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    assert PBKDF2PasswordHasher.iterations >= 600_000
    assert get_hashers_by_algorithm()
