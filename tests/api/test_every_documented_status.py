"""Every status that the document names for an operation is really answered, as it says.

That no other is ever answered, in any test, ``statuses.OnlyDocumentedStatuses`` sees to.
"""

import json
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from django.db import transaction
from django.http.response import HttpResponseBase
from django.test import Client

from callmark.accounts import services
from callmark.accounts.models import User
from callmark.accounts.services import add_person
from tests.api.conftest import Belongings
from tests.api.programs import ApiOperation, Program, document, every_operation, problem
from tests.api.statuses import STORIES, Stage, documented
from tests.cast import LawFirm
from tests.rows import every

pytestmark = pytest.mark.django_db


def content_of(about: dict[str, Any], status: str) -> dict[str, Any]:
    """The documented content of an answer."""
    response = about["responses"][status]
    if "$ref" in response:
        response = document()["components"]["responses"][response["$ref"].rsplit("/")[-1]]
    content: dict[str, Any] = response.get("content", {})
    return content


def check_content(about: dict[str, Any], answer: HttpResponseBase) -> None:
    """The answer's content is what the document says."""
    content = content_of(about, str(answer.status_code))
    body = answer.getvalue()
    if not content:
        assert body == b""
        return
    kind = answer["Content-Type"].partition(";")[0]
    assert kind in content
    if "json" in kind:
        _validator(json.dumps(content[kind]["schema"])).validate(json.loads(body))


@cache
def _validator(schema: str) -> jsonschema_rs.Validator:
    """Most answers are of the same few kinds; making one takes longer than a request."""
    components = {"components": document()["components"]}
    return jsonschema_rs.validator_for({**json.loads(schema), **components})


@pytest.mark.parametrize("operation", every_operation(), ids=lambda operation: operation.id)
@pytest.mark.sqlite  # the stories make the database fail, which PostgreSQL ends connections for
def test_each_is_seen(operation: ApiOperation, here: Belongings, otto: User) -> None:
    about = documented(operation)
    for_operators = about["x-callmark-needs"] == "operator"
    for status in map(int, about["responses"]):
        assert status in STORIES, f"write a story for {status} in tests/api/statuses.py"
        stage = Stage(operation, here, otto if for_operators else here.firm.olivia)
        with transaction.atomic():
            answer = STORIES[status](stage)
            transaction.set_rollback(True)
        body = answer.getvalue()
        assert answer.status_code == status, (STORIES[status].__name__, body)
        check_content(about, answer)


def test_a_status_that_is_not_documented_fails_the_test_that_sees_it(
    olivia: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    [operation] = [one for one in every_operation() if one.id == "get_me"]
    monkeypatch.delitem(documented(operation)["responses"], "401")
    with pytest.raises(AssertionError, match="GET /api/v1/me answered 401"):
        Client().get("/api/v1/me")


def test_an_address_taken_between_check_and_saving_is_a_conflict(
    olivia: Program, at: str, monkeypatch: pytest.MonkeyPatch, firm: LawFirm
) -> None:
    add_person(firm.account, name="First", email="same@firm.example")
    monkeypatch.setattr(services, "check_row", lambda _: None)  # as if it saw nobody yet
    answer = olivia.post(f"{at}/users", {"name": "Second", "email": "same@firm.example"})
    assert problem(answer) == (409, "conflict")
    assert not every(User).filter(name="Second").exists()


def test_a_broken_rule_of_ours_is_no_conflict(
    olivia: Program, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "check_row", lambda person: setattr(person, "name", None))
    assert problem(olivia.post(f"{at}/users", {"name": "Second"})) == (500, "unexpected")
