"""A program that uses the API, and every operation as the OpenAPI document tells it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, TypeAlias

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import Client

from callmark.accounts.models import Account, Role, User
from callmark.api import examples
from callmark.api.urls import api
from callmark.sign_in.api_tokens import Scope, create_token

Json: TypeAlias = Any
BASE = "/api/v1"
ALL_SCOPES = tuple(Scope)


class Program:
    """A program with a token."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self._client = Client(headers={"authorization": f"Bearer {secret}"})

    def send(self, method: str, path: str, body: Json = None, **headers: str) -> HttpResponse:
        """Send a request under /api/v1; header names with underscores."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        data = "" if body is None else json.dumps(body)
        answer = self._client.generic(
            method, BASE + path, data, content_type="application/json", headers=names
        )
        return _whole(answer)

    def get(self, path: str, **headers: str) -> HttpResponse:
        """GET."""
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Json = None, **headers: str) -> HttpResponse:
        """POST."""
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: Json, **headers: str) -> HttpResponse:
        """PUT."""
        return self.send("PUT", path, body, **headers)

    def patch(self, path: str, body: Json, **headers: str) -> HttpResponse:
        """PATCH."""
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> HttpResponse:
        """DELETE."""
        return self.send("DELETE", path, **headers)

    def upload(self, path: str, text: str | bytes, **fields: Json) -> HttpResponse:
        """Send a file in a form."""
        data = text if isinstance(text, bytes) else text.encode()
        file = SimpleUploadedFile("codes.csv", data, content_type="text/csv")
        answer = self._client.post(BASE + path, {"file": file, **fields})
        assert isinstance(answer, HttpResponse)
        return answer


def program_of(
    person: User,
    account: Account | None = None,
    scopes: tuple[Scope, ...] = ALL_SCOPES,
) -> Program:
    """A program with a new token of this person, for their own account unless told otherwise."""
    if person.role in {Role.OPERATOR, Role.ADMINISTRATOR}:
        where = account or person.account
        new = create_token(where, name="test", scopes=scopes, days=1, actor=person)
        return Program(new.secret)
    raise ValueError("only operators and administrators make tokens")


class HasContent(Protocol):
    """An answer, of Django or of its test client."""

    status_code: int
    content: bytes

    def __getitem__(self, name: str) -> str: ...


def body_of(answer: HasContent) -> Json:
    """An answer's JSON."""
    return json.loads(answer.content)


def problem(answer: HasContent) -> tuple[int, str]:
    """Status and code of an error, which must be a problem."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    return answer.status_code, body_of(answer)["code"]


@dataclass(frozen=True, slots=True)
class ApiOperation:
    """One operation of the document."""

    id: str
    method: str
    path: str
    content_type: str
    body: Json

    @property
    def parameters(self) -> list[str]:
        """The ids in the path."""
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]

    def send(self, client: Client, ids: Mapping[str, str]) -> HttpResponse:
        """Send its example with these ids in path and body."""
        path = self.path
        for name in self.parameters:
            path = path.replace(f"{{{name}}}", ids[name])
        headers = {"If-Match": "*"}
        if self.content_type == "multipart/form-data":
            file = SimpleUploadedFile("codes.csv", self.body["file"].encode())
            answer = client.post(path, {"file": file, "dry_run": "false"}, headers=headers)
        else:
            text = "" if self.body is None else json.dumps(self.body)
            for name, example in examples.PATH_EXAMPLES.items():
                text = text.replace(example, ids.get(name, example))
            answer = client.generic(
                self.method, path, text, content_type="application/json", headers=headers
            )
        return _whole(answer)


def _whole(answer: HttpResponseBase) -> HttpResponse:
    """The answer; of a file to save, with its content."""
    if isinstance(answer, StreamingHttpResponse):
        return HttpResponse(answer.getvalue(), headers=dict(answer.items()))
    assert isinstance(answer, HttpResponse)
    return answer


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document, as clients get it."""
    found: dict[str, Any] = json.loads(Client().get(f"{BASE}/openapi.json").content)
    return found


def every_operation() -> list[ApiOperation]:
    """Every operation there is."""
    return list(_operations())


def _operations() -> Iterator[ApiOperation]:
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method, about in methods.items():
            content = about.get("requestBody", {}).get("content", {})
            content_type = next(iter(content), "")
            yield ApiOperation(
                about["operationId"],
                method.upper(),
                path,
                content_type,
                content.get(content_type, {}).get("example"),
            )
