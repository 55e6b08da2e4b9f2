"""What an operation needs, and what the OpenAPI document says of it."""

from dataclasses import dataclass
from typing import Any

from callmark.api import idempotency
from callmark.sign_in.api_tokens import Scope
from callmark.web.access import Needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """How one operation is to be called, and what its page of documentation shows."""

    method: str
    path: str
    needs: Needs
    scope: Scope
    status: int
    # The answer's model; None: no content, or a file.
    answer: Any
    example: Any
    body_example: Any
    safe: bool
    shown_once: bool
    not_by_token: bool
    if_match: bool
    has_etag: bool
    content_type: str
    body_type: str

    @property
    def writes(self) -> bool:
        """Whether anything may be changed."""
        return self.method != "GET" and not self.safe

    @property
    def takes_key(self) -> bool:
        """Whether an ``Idempotency-Key`` counts."""
        return self.method == "POST" and self.writes

    @property
    def error_statuses(self) -> list[int]:
        """Every error status this operation can answer."""
        statuses = {401, 403, 422, 429, 500, 503}
        if "{" in self.path:
            statuses.add(404)
        if self.body_example is not None:
            statuses |= {400, 413}
            # Another type than a form's has no fields for the form: 422 says which.
            statuses |= {415} if self.body_type == "application/json" else set()
        if self.if_match:
            statuses |= {412, 428}
        if self.writes:
            statuses.add(409)
        return sorted(statuses)


def described(about: Operation) -> dict[str, Any]:
    """What the framework cannot know: examples, headers, errors."""
    success: dict[str, Any] = {"headers": _headers(about)}
    if about.example is not None:
        success["content"] = {about.content_type: {"example": about.example}}
        if about.content_type != "application/json":
            schema = {"type": "string"}
            if not about.content_type.startswith("text/"):
                schema["format"] = "binary"
            success["content"][about.content_type]["schema"] = schema
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
