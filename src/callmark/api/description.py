"""What an operation needs, and what the OpenAPI document says of it."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypedDict, TypeVar, get_args, get_origin, get_type_hints

from django.http.response import HttpResponseBase

from callmark.api import idempotency
from callmark.api.schemas import Request, example_of
from callmark.policy.values import value_class
from callmark.sign_in.api_tokens import Scope
from callmark.web.access import Needs

Content = TypeVar("Content")
View = Callable[..., Any]
_JSON = "application/json"


@value_class
class Versioned(Generic[Content]):
    """An answer, and the version of what it shows for the ETag."""

    content: Content
    version: object


class Said(TypedDict, total=False):
    """What is said of an operation because it does not follow from the rest."""

    needs: Needs
    scope: Scope
    status: int
    # Values of the answer that differ from its model's example; of a file, its text.
    example: Mapping[str, Any] | str
    # Of a file that is no CSV.
    content_type: str
    # Changes nothing, although it is a POST (a search, say, whose digits must not be in a URL).
    safe: bool
    # What gets past somebody's second factor: only for people who have signed in themselves.
    not_by_token: bool
    if_match: bool
    # The example of a form.
    form: Mapping[str, Any]
    # Of a function that stands for a second operation: the id and text of that, and its answer.
    name: str
    text: str
    answer: type[Any]


class Operation:
    """How one operation is to be called, and what its page of documentation shows.

    ``sent``: what the function wants of the request, by name and type.
    """

    def __init__(
        self, method: str, path: str, view: View, sent: Mapping[str, Any], said: Said
    ) -> None:
        example, form = said.get("example"), said.get("form")
        body = next((kind for kind in sent.values() if is_body(kind)), None)
        self.method, self.path, self.sent = method, path, sent
        self.needs, self.scope = said["needs"], said["scope"]
        # The model; None: no content, or a file.
        self.answer, self.has_etag = _answer_of(
            said.get("answer") or get_type_hints(view)["return"]
        )
        self.status = said.get("status", 200 if self.answer or example else 204)
        self.example = example if isinstance(example, str) else example_of(self.answer, example)
        usual_type = "text/csv" if isinstance(example, str) else _JSON
        self.content_type = said.get("content_type", usual_type)
        self.body_example = form or example_of(body)
        self.body_type = "multipart/form-data" if form else _JSON
        self.writes = method != "GET" and not said.get("safe", False)
        self.takes_key = method == "POST" and self.writes
        self.shown_once = getattr(self.answer, "shown_once", False)
        self.not_by_token = said.get("not_by_token", False)
        self.if_match = said.get("if_match", False)

    @property
    def error_statuses(self) -> list[int]:
        """Every error status this operation can answer."""
        statuses = {401, 403, 422, 429, 500, 503}
        if "{" in self.path:
            statuses.add(404)
        if self.body_example is not None:
            statuses |= {400, 413}
            # Another type than a form's has no fields for the form: 422 says which.
            statuses |= {415} if self.body_type == _JSON else set()
        if self.if_match:
            statuses |= {412, 428}
        if self.writes:
            statuses.add(409)
        return sorted(statuses)


def is_body(kind: Any) -> bool:  # noqa: ANN401
    """Whether an argument of this type is the request's body."""
    return isinstance(kind, type) and issubclass(kind, Request)


def _answer_of(returned: Any) -> tuple[Any, bool]:  # noqa: ANN401
    """The model in a return annotation, and whether an ETag comes with it."""
    if get_origin(returned) is Versioned:
        return get_args(returned)[0], True
    nothing = returned is type(None) or issubclass(returned, HttpResponseBase)
    return None if nothing else returned, False


def described(about: Operation) -> dict[str, Any]:
    """What the framework cannot know: examples, headers, errors."""
    success: dict[str, Any] = {"headers": _headers(about)}
    if about.example is not None:
        success["content"] = {about.content_type: {"example": about.example}}
        if about.content_type != _JSON:
            binary = {} if about.content_type.startswith("text/") else {"format": "binary"}
            success["content"][about.content_type]["schema"] = {"type": "string"} | binary
    responses: dict[int, Any] = {about.status: success}
    for status in about.error_statuses:
        responses[status] = {"$ref": f"#/components/responses/Problem{status}"}
    extra: dict[str, Any] = {
        "responses": responses,
        "x-callmark-needs": about.needs.name.lower(),
        "x-callmark-scope": about.scope.value,
        "x-callmark-not-by-token": about.not_by_token,
    }
    if parameters := _parameters(about):
        extra["parameters"] = parameters
    if about.body_example is not None:
        content_type = about.body_type
        extra["requestBody"] = {"content": {content_type: {"example": about.body_example}}}
    return extra


def _headers(about: Operation) -> dict[str, Any]:
    names = ["RateLimit", "RateLimit-Policy"]
    if about.has_etag or about.if_match:
        names.append("ETag")
    if about.takes_key:
        names.append("Idempotency-Replayed")
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _parameters(about: Operation) -> list[dict[str, Any]]:
    headers = [_KEY] if about.takes_key else []
    return [*headers, _IF_MATCH] if about.if_match else headers


_KEY: dict[str, Any] = {
    "in": "header",
    "name": idempotency.HEADER,
    "required": False,
    "description": "Any text of your own, best a UUID: the same request sent again with it within "
    "24 hours gets the same answer and does nothing.",
    "schema": {"type": "string", "minLength": 1, "maxLength": idempotency.MAX_LENGTH},
    "example": "6f0c3d4e-6a0e-4a56-9d6e-0b3b7b1c2f11",
}
_IF_MATCH: dict[str, Any] = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "description": "The ETag of the settings you have read.",
    "schema": {"type": "string"},
    "example": '"7"',
}
