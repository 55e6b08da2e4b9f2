"""The OpenAPI document: complete, right, and shown by a page that needs nobody else's server."""

import re
from typing import Any

import jsonschema_rs
import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from callmark.web.headers import POLICY
from callmark.web.limits import counters
from tests.api.programs import document, every_operation

pytestmark = pytest.mark.django_db
REF = "#/components/"


def resolved(node: Any) -> Any:  # noqa: ANN401
    """Follow a reference."""
    while isinstance(node, dict) and "$ref" in node:
        found: Any = document()
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def operations() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", about)
        for path, methods in document()["paths"].items()
        for method, about in methods.items()
    ]


def test_it_is_openapi_3_1_with_a_name_for_every_operation() -> None:
    assert document()["openapi"].startswith("3.1")
    ids = [about["operationId"] for _, about in operations()]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", one) for one in ids)
    for name, about in operations():
        assert about["summary"], name
        assert about["tags"], name
        assert about["security"] == [{"BearerToken": []}, {"SignedInSession": []}], name


def test_every_operation_has_an_example_that_fits_its_schema() -> None:
    components = {"components": document()["components"]}
    checked = 0
    for name, about in operations():
        examples = [one for one in about["parameters"] if "example" in one]
        bodies = [about.get("requestBody", {})]
        bodies += [one for status, one in about["responses"].items() if status.startswith("2")]
        for body in bodies:
            for content in body.get("content", {}).values():
                assert "example" in content, name
                validator = jsonschema_rs.validator_for({**content["schema"], **components})
                validator.validate(content["example"])
                checked += 1
        assert examples or checked, name
    assert checked > 60


def test_every_operation_documents_its_errors_as_problems() -> None:
    for name, about in operations():
        errors = {status for status in about["responses"] if not status.startswith("2")}
        assert {"401", "403", "429", "500"} <= errors, name
        if "{" in name:
            assert "404" in errors, name
        for status in errors:
            content = resolved(about["responses"][status])["content"]
            assert list(content) == ["application/problem+json"], name


def test_no_code_can_be_part_of_an_address() -> None:
    for name, about in operations():
        for parameter in about["parameters"]:
            if parameter["in"] in {"query", "path"}:
                assert parameter["name"] not in {"code", "digits", "account_code"}, name


def test_every_reference_leads_somewhere() -> None:
    def walk(node: Any) -> None:  # noqa: ANN401
        if isinstance(node, dict):
            assert resolved(node) is not None
            for one in node.values():
                walk(one)
        elif isinstance(node, list):
            for one in node:
                walk(one)

    walk(document())


def test_every_operation_is_reachable_at_its_address() -> None:
    assert len(every_operation()) == len(operations())
    for operation in every_operation():
        counters.clear()
        path = re.sub(r"{\w+}", "00000000-0000-4000-8000-000000000000", operation.path)
        assert Client().generic(operation.method, path).status_code == 401


def test_the_page_needs_no_other_server_and_no_inline_script() -> None:
    answer = Client().get("/api/docs")
    html = answer.content.decode()
    assert answer.status_code == 200
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', html)
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert not re.search(r"\son\w+=|\sstyle=|<style", html)
    for source in re.findall(r'(?:src|href)="/static/([^"#]+)', html):
        assert finders.find(source), source
    assert "unsafe-inline" not in POLICY


def test_the_page_is_for_reading_only() -> None:
    assert Client().post("/api/docs").status_code in {403, 405}
