"""A row is refused for the reasons that Django's ``full_clean`` finds, with fewer questions."""

from itertools import product
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Value
from django.test.utils import CaptureQueriesContext

from callmark.accounts.models import Account, Extension, PhoneNumber, Role, Switch, User
from callmark.accounts.row_checks import check_row, holds
from tests.cases import for_each
from tests.cast import LawFirm

pytestmark = pytest.mark.django_db

PEOPLE = product(
    ("firm", None),
    (None, "uma@firm.example", "UMA@firm.example", "new@firm.example", "no address"),
    (*Role, "nobody"),
    (False, True),
)
"""Account, address, role, and whether it is a trunk."""


def problems(check: Any) -> dict[str, list[str]]:  # noqa: ANN401
    try:
        check()
    except ValidationError as found:
        return found.message_dict
    return {}


def the_first_is_django_s(row: models.Model) -> None:
    """It ends with the first kind of fault; Django goes on."""
    here, whole = problems(lambda: check_row(row)), problems(row.full_clean)

    assert bool(here) == bool(whole)
    for field, messages in here.items():
        assert set(messages) <= set(whole[field])
    assert not here or next(iter(here)) == next(iter(whole))


@for_each(PEOPLE)
def test_a_person(person: tuple[str | None, str | None, str, bool], firm: LawFirm) -> None:
    where, email, role, is_trunk = person
    firm.uma  # noqa: B018
    account = firm.account if where else None
    row = User(account=account, name="New", email=email, role=role, is_trunk=is_trunk)
    row.set_unusable_password()

    the_first_is_django_s(row)


@for_each(product(("101", "109", "", "abc"), ("firm-101", "firm-109"), (False, True)))
def test_an_extension(extension: tuple[str, str, bool], firm: LawFirm) -> None:
    number, endpoint, is_trunk = extension
    firm.carla.is_trunk = is_trunk
    switch = Switch.objects.get(name="main")

    the_first_is_django_s(
        Extension(
            account=firm.account, user=firm.carla, number=number, endpoint=endpoint, switch=switch
        )
    )


@for_each(("+12125550201", "+12125550299", "12"))
def test_an_outside_number(e164: str, firm: LawFirm) -> None:
    firm.uma  # noqa: B018

    the_first_is_django_s(PhoneNumber(account=firm.account, user=firm.ben, e164=e164))


def test_an_account_whose_short_name_is_taken(firm: LawFirm) -> None:
    the_first_is_django_s(Account(slug=firm.account.slug, name="Another", country="US"))
    the_first_is_django_s(Account(slug="another", name="Another", country="nowhere"))


def test_a_row_that_is_there_is_not_taken_by_itself(firm: LawFirm) -> None:
    for row in (firm.account, firm.uma, firm.ben, firm.uma.extensions.get()):
        assert problems(lambda row=row: check_row(row)) == {}


def test_conditions_hold_where_the_database_says_so(firm: LawFirm) -> None:
    conditions = [
        one.condition
        for one in User._meta.constraints
        if isinstance(one, models.CheckConstraint) and isinstance(one.condition, models.Q)
    ]
    assert len(conditions) == 2
    columns = ("account", "email", "role", "is_trunk")
    for values in product((None, firm.account), (None, "a@b.example"), Role, (False, True)):
        row = User(**dict(zip(columns, values, strict=True)))
        told = {
            one.name: Value(getattr(row, one.attname), one) for one in User._meta.concrete_fields
        }
        for condition in (*conditions, *(~one for one in conditions)):
            assert holds(condition, row) == condition.check(told)


def test_a_comparison_that_is_not_known_is_an_error_and_no_yes() -> None:
    with pytest.raises(NotImplementedError, match="name__startswith"):
        holds(models.Q(name__startswith="B"), User(name="New"))


def test_the_database_is_asked_who_is_there_and_nothing_that_is_known(firm: LawFirm) -> None:
    row = User(account=firm.account, name="New")
    row.set_unusable_password()
    with CaptureQueriesContext(connection) as asked:
        check_row(row)

    assert len(asked) == 1, [one["sql"] for one in asked]
