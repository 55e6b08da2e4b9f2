"""Every operation with another account's ids: 404, and nothing written."""

from functools import cache
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from callmark.accounts.models import User
from tests.api.conftest import Belongings
from tests.api.programs import ApiOperation, Program, body_of, every_operation, program_of
from tests.cases import for_each, taken_back
from tests.cast import LawFirm

WATCHED = (
    "accounts",
    "codes",
    "calls",
    "api",
    "audit",
    "webhooks",
    "sign_in",
    "mfa",
    "socialaccount",
)
WITH_ACCOUNT = [one for one in every_operation() if "account_id" in one.parameters]
WITH_MORE_IDS = [one for one in WITH_ACCOUNT if len(one.parameters) > 1]

Stored = dict[str, list[tuple[Any, ...]]]


@cache
def _questions() -> dict[str, str]:
    """What asks for all rows of ours, but not for when a token was last used, by table."""
    found = {}
    for label in WATCHED:
        for model in apps.get_app_config(label).get_models():
            columns = [one.column for one in model._meta.concrete_fields]
            asked = ", ".join(f'"{one}"' for one in columns if one != "last_used_at")
            table, key = model._meta.db_table, model._meta.pk.column
            found[table] = f'SELECT {asked} FROM "{table}" ORDER BY "{key}"'
    return found


def everything_stored() -> Stored:
    """All rows of ours, as the database has them."""
    found = {}
    with connection.cursor() as cursor:
        for table, question in _questions().items():
            cursor.execute(question)
            found[table] = cursor.fetchall()
    return found


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def answer_to(
    client: Client, operation: ApiOperation, ids: dict[str, str], before: Stored | None = None
) -> tuple[int, bytes]:
    """What it is told; nothing was written since ``before``, now unless it is given."""
    before = before or everything_stored()
    with taken_back():
        answer = operation.send(client, ids)
        assert everything_stored() == before
    return answer.status_code, answer.content


def secrets_of(there: Belongings) -> list[bytes]:
    """What would give another account away."""
    firm = there.firm
    return [text.encode() for text in (firm.account.name, firm.account.slug, "other-101")]


@pytest.fixture(params=["administrator", "reporter", "user"])
def ours(request: pytest.FixtureRequest, here: Belongings, there: Belongings) -> Client:
    firm = here.firm
    people = {"administrator": firm.olivia, "reporter": firm.rick, "user": firm.ben}
    return signed_in(people[request.param])


@pytest.fixture
def stored(ours: Client) -> Stored:
    """What there is before anything is asked."""
    return everything_stored()


@for_each(WITH_ACCOUNT, name=lambda operation: operation.id)
def test_another_accounts_address_answers_404(
    operation: ApiOperation, ours: Client, stored: Stored, there: Belongings
) -> None:
    status, content = answer_to(ours, operation, there.ids_for(operation.path), stored)
    assert status == 404
    assert not any(secret in content for secret in secrets_of(there))


@for_each(WITH_MORE_IDS, name=lambda operation: operation.id)
def test_another_accounts_ids_under_the_own_address_answer_404(
    operation: ApiOperation, here: Belongings, there: Belongings, otto: User
) -> None:
    ids = there.ids_for(operation.path) | {"account_id": here.ids["account_id"]}
    # Numbers are the operator's, and his ids must fit together too.
    own = here.firm.olivia if "extensions" not in operation.path else otto
    client = signed_in(otto if "phone-numbers" in operation.path else own)
    client.get(f"/api/v1/accounts/{here.ids['account_id']}")  # the operator's visit is noted
    status, _ = answer_to(client, operation, ids)
    assert status == 404


@pytest.mark.parametrize(
    "operation",
    [
        one
        for one in WITH_ACCOUNT
        if one.id in {"simulate_call", "classify_numbers_for_user", "start_call", "start_tagging"}
    ],
    ids=lambda operation: operation.id,
)
def test_another_accounts_user_in_the_body_answers_404(
    operation: ApiOperation, here: Belongings, there: Belongings
) -> None:
    ids = here.ids | {"user_id": there.ids["user_id"]}
    assert answer_to(signed_in(here.firm.olivia), operation, ids)[0] == 404


def test_filters_find_nothing_of_another_account(
    here: Belongings, there: Belongings, olivia: Program, at: str
) -> None:
    for query in (f"user_id={there.ids['user_id']}", f"code_id={there.ids['code_id']}"):
        assert body_of(olivia.get(f"{at}/calls?{query}"))["items"] == []


def test_a_token_of_one_account_is_blind_to_others_even_an_operators(
    firm: LawFirm, other: LawFirm, otto: User
) -> None:
    bound = program_of(otto, firm.account)
    assert [one["slug"] for one in body_of(bound.get("/accounts"))["items"]] == ["firm"]
    assert bound.get(f"/accounts/{firm.account.pk}/codes").status_code == 200
    assert bound.get(f"/accounts/{other.account.pk}/codes").status_code == 404
    assert bound.get("/switches").status_code == 403
    assert bound.get("/tokens").status_code == 403


def test_a_foreign_id_and_one_that_is_not_look_the_same(
    firm: LawFirm, other: LawFirm, olivia: Program, at: str
) -> None:
    foreign = olivia.get(f"/accounts/{other.account.pk}/codes")
    nobodys = olivia.get("/accounts/00000000-0000-4000-8000-000000000000/codes")
    nonsense = olivia.get("/accounts/nonsense/codes")
    assert foreign.content == nobodys.content == nonsense.content
    assert olivia.get(f"{at}/codes/{other.code.pk}").content == foreign.content
