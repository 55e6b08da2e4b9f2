"""Requests of every kind that the OpenAPI document allows, and many that it does not.

Making them takes as long as sending them: each worker makes those of the parts that it runs, and
none while tests are collected, as the plugin of schemathesis would (it is off: pyproject.toml).
"""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from functools import cache
from typing import Any, TypeAlias
from uuid import UUID

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.utils import timezone
from hypothesis import settings as bounds
from pytest_django import Settings

from callmark.api.urls import api
from callmark.sign_in.api_tokens import find_token
from callmark.sign_in.models import ApiToken
from tests.api.conftest import Belongings
from tests.api.programs import Program
from tests.examples import ANY_INPUT, examples
from tests.rows import every

AnyCase: TypeAlias = Any
FEW = bounds(ANY_INPUT, max_examples=examples(2))

in_parts = pytest.mark.parametrize("part", [f"{number} of 8" for number in range(1, 9)])
"""For a test that is about many operations: a part of them each."""


@cache
def document() -> Any:  # noqa: ANN401
    """The document without sign-in: we put our own token on each request."""
    import schemathesis

    found = json.loads(json.dumps(api.get_openapi_schema()))
    for path in found["paths"].values():
        for operation in path.values():
            operation.pop("security")
    schema = schemathesis.openapi.from_dict(found)
    schema.app = get_wsgi_application()
    return schema


def send_to_each(schema: Any, part: str, send: Callable[[AnyCase], None]) -> None:  # noqa: ANN401
    """Make requests for each operation of this part; all operations that fail are told by name."""
    from schemathesis.checks import load_all_checks
    from schemathesis.generation.feedback import FeedbackSources
    from schemathesis.pytest._test_builder import build_operation_test
    from schemathesis.python._constants.orchestrator import make_constants_value_source

    load_all_checks()
    first, parts = (int(number) for number in part.split(" of "))
    feedback = FeedbackSources(constants_value_source=make_constants_value_source(schema))
    every_one = [found.ok() for found in schema.get_all_operations()]
    assert len(every_one) > parts, "a test of nothing"

    @FEW
    def each(case: AnyCase) -> None:
        send(case)

    failed = []
    for operation in every_one[first - 1 :: parts]:
        test = build_operation_test(
            config=schema.config,
            operation=operation,
            test_func=each,
            given_kwargs={},
            feedback=feedback,
        )
        try:
            test()
        except Exception as problem:
            problem.add_note(f"Of {operation.label}.")
            failed.append(problem)
    if failed:
        raise ExceptionGroup(f"{len(failed)} operations", failed)


def send_whatever(case: AnyCase, **more: Any) -> Any:  # noqa: ANN401
    """Send it, and compare the answer with the document.

    What that allows may still be refused: a code that is in use, say. And a missing If-Match is
    answered with 428, as RFC 6585 wants it.
    """
    from schemathesis.specs.openapi.checks import missing_required_header, positive_data_acceptance

    not_promised = [positive_data_acceptance, missing_required_header]
    return case.call_and_validate(excluded_checks=not_promised, **more)


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """As the test client does: no request may close the connection of the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(autouse=True)
def no_limits(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.API_REQUESTS_A_MINUTE = 10**9
    settings.API_CALL_CONTROL_REQUESTS_A_MINUTE = 10**9
    monkeypatch.setattr("callmark.api.rate_limits.ANONYMOUS_A_MINUTE", 10**9)


@pytest.fixture(autouse=True)
def one_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """All requests carry the same token: whose it is is asked once, and told each as of now."""
    found = cache(find_token)
    monkeypatch.setattr("callmark.api.callers.find_token", lambda secret: deepcopy(found(secret)))


@pytest.fixture
def program(olivia: Program) -> Program:
    """Its use is set already: no request that is taken back sets it again."""
    every(ApiToken).update(last_used_at=timezone.now())
    return olivia


def aim(case: AnyCase, ids: dict[str, str]) -> None:
    """Put ids that exist in place of random ones; what is no id stays."""
    for name, value in (case.path_parameters or {}).items():
        with suppress(ValueError):
            UUID(str(value))
            case.path_parameters[name] = ids[name]


_sent: set[str] = set()


def was_sent(case: AnyCase) -> bool:
    """Whether a request has been sent that no server could tell from this one.

    In a path, a query and a header every value is text: of those that are of a wrong type there,
    one is enough for each parameter. And what is wrong with a filter or a body that several
    operations share is found by the same code for all of them: there, too, one is enough.
    """
    if case.meta.phase.name.value != "coverage":
        return False
    about = case.meta.phase.data.description or ""
    wrong = {place.value for place, one in case.meta.components.items() if one.mode.is_negative}
    shared = _shared(case, wrong)
    if about.startswith("Unspecified HTTP method"):
        key = repr((case.method, case.path))
    elif shared is not None:
        key = repr(shared)
    elif about.endswith("Incorrect type") and "body" not in wrong:
        key = repr((case.operation.label, case.meta.phase.data.parameter))
    else:
        values = (case.path_parameters, case.query, case.headers)
        texts = [sorted((values or {}).items()) for values in values]
        key = repr((case.method, case.path, texts, case.media_type, case.body))
    if key in _sent:
        return True
    _sent.add(key)
    return False


def _shared(case: AnyCase, wrong: set[str]) -> tuple[object, ...] | None:
    """What is wrong, where that is one filter, or a body alone: as the document describes it."""
    there = case.operation.definition.raw
    if wrong == {"query"}:
        name = case.meta.phase.data.parameter
        for one in there.get("parameters", ()):
            if one["in"] == "query" and one["name"] == name and name in (case.query or {}):
                is_text = (case.meta.phase.data.description or "").endswith("Incorrect type")
                value = None if is_text else case.query[name]
                return (json.dumps(one["schema"], sort_keys=True), name, value)
    if wrong == {"body"} and case.media_type in there.get("requestBody", {}).get("content", {}):
        described = there["requestBody"]["content"][case.media_type]["schema"]
        return (json.dumps(described, sort_keys=True), case.media_type, case.body)
    return None


def told(context: AnyCase) -> bool:
    """Whether the operation is told anything but ids: text that only PostgreSQL may refuse."""
    there = context.operation.definition.raw
    asked = any(one["in"] == "query" for one in there.get("parameters", ()))
    return asked or "requestBody" in there


def try_it(case: AnyCase, here: Belongings, program: Program) -> None:
    """Send it; what it changed is taken back."""
    aim(case, here.ids_for(case.path))
    if was_sent(case):
        return
    with transaction.atomic():
        send_whatever(case, headers={"Authorization": f"Bearer {program.secret}"})
        transaction.set_rollback(True)
