"""What brings each status that the document names: one story for all operations that name it.

A new operation is told by the same stories. One whose example cannot succeed with the ids of
``belongings_of`` gets what it lacks in ``PREPARATIONS``; a new status gets a story in ``STORIES``.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from unittest.mock import patch
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client, override_settings
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from callmark.accounts.models import User
from callmark.api import examples
from callmark.api.urls import api
from callmark.codes.models import AccountCodeSettings
from callmark.sign_in.api_tokens import Scope, create_token
from callmark.webhooks.models import Delivery
from tests.api.conftest import Belongings
from tests.api.programs import ApiOperation
from tests.rows import every

Json: TypeAlias = dict[str, Any]
Ids: TypeAlias = Mapping[str, str]
Wrapper: TypeAlias = Callable[..., Any]


def documented(operation: ApiOperation) -> Json:
    """What the document says of an operation."""
    about: Json = api.get_openapi_schema()["paths"][operation.path][operation.method.lower()]
    return about


class OnlyDocumentedStatuses:
    """Middleware of every test run: an answer that the document does not name fails its test."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or fail."""
        response = self._get_response(request)
        match, status = request.resolver_match, str(response.status_code)
        path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", match.route if match else "")
        about = api.get_openapi_schema()["paths"].get(path, {}).get(str(request.method).lower())
        assert about is None or status in about["responses"], (
            f"{request.method} {path} answered {status}, which its Operation does not name"
        )
        return response


@dataclass(slots=True)
class Stage:
    """An operation about to be asked for, with everything there is."""

    operation: ApiOperation
    here: Belongings
    asker: User
    ids: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.ids = self.here.ids_for(self.operation.path)

    @property
    def about(self) -> Json:
        """What the document says."""
        return documented(self.operation)

    @property
    def only_signed_in(self) -> bool:
        """Whether no token is enough."""
        return bool(self.about.get("x-callmark-not-by-token"))

    @property
    def scope(self) -> Scope:
        """What a token needs."""
        return Scope(self.about["x-callmark-scope"])

    def prepare(self) -> None:
        """Add what the example needs to succeed."""
        if self.operation.id in PREPARATIONS:
            PREPARATIONS[self.operation.id](self)

    def token(self, *scopes: Scope) -> str:
        """A new token of the asker's."""
        account = self.asker.account
        made = create_token(account, name="asks", scopes=scopes, days=1, actor=self.asker)
        return f"Bearer {made.secret}"

    def path(self, ids: Ids) -> str:
        """The address with these ids."""
        path = self.operation.path
        for name in self.operation.parameters:
            path = path.replace(f"{{{name}}}", ids[name])
        return path

    def body(self) -> bytes:
        """The example, about things that exist."""
        if self.operation.content_type == "multipart/form-data":
            return self.form(self.operation.body | {"dry_run": False})
        text = "" if self.operation.body is None else json.dumps(self.operation.body)
        for name, example in examples.PATH_EXAMPLES.items():
            text = text.replace(example, self.ids.get(name, example))
        return text.encode()

    def form(self, fields: Json) -> bytes:
        """A form; the field ``file`` is one."""
        parts: Json = {name: str(value).lower() for name, value in fields.items()}
        if "file" in fields:
            parts["file"] = SimpleUploadedFile("codes.csv", fields["file"].encode())
        encoded: bytes = encode_multipart(BOUNDARY, parts)
        return encoded

    @property
    def content_type(self) -> str:
        """Of the body."""
        is_form = self.operation.content_type == "multipart/form-data"
        return MULTIPART_CONTENT if is_form else "application/json"

    def send(
        self,
        *,
        query: str = "",
        ids: Ids | None = None,
        body: bytes | None = None,
        content_type: str | None = None,
        **headers: str | None,
    ) -> HttpResponseBase:
        """Ask as the example does, but for what is given; a header None is left out."""
        client = Client()
        if "authorization" not in headers and self.only_signed_in:
            client.force_login(self.asker)
        elif "authorization" not in headers:
            headers["authorization"] = self.token(*Scope)
        names = {"if_match": "*"} | headers
        answer: HttpResponseBase = client.generic(
            self.operation.method,
            self.path(ids or self.ids) + query,
            self.body() if body is None else body,
            content_type=content_type or self.content_type,
            headers={
                name.replace("_", "-"): text for name, text in names.items() if text is not None
            },
        )
        return answer

    def parameters(self, place: str) -> list[Json]:
        """The document's parameters of a kind."""
        return [one for one in self.about["parameters"] if one["in"] == place]


# --- What an example needs to succeed that ``belongings_of`` does not have ----------------------


def _not_set_up(stage: Stage) -> None:
    every(AccountCodeSettings).filter(account=stage.here.firm.account).delete()


def _a_token_of_operators(stage: Stage) -> None:
    made = create_token(None, name="spare", scopes=[Scope.READ], days=1, actor=stage.asker)
    stage.ids["token_id"] = str(made.token.pk)


def _given_up(stage: Stage) -> None:
    every(Delivery).update(state=Delivery.State.GIVEN_UP)
    for delivery in every(Delivery).select_related("message"):
        every(type(delivery.message)).filter(pk=delivery.message_id).update(at=examples.MOMENT)


PREPARATIONS: dict[str, Callable[[Stage], None]] = {
    "enable_account_codes": _not_set_up,
    "revoke_operator_token": _a_token_of_operators,
    "replay_failed_webhook_deliveries": _given_up,
}


# --- The stories --------------------------------------------------------------------------------


def success(stage: Stage) -> HttpResponseBase:
    """Ask as the example does."""
    stage.prepare()
    return stage.send()


def malformed(stage: Stage) -> HttpResponseBase:
    """A body cut short; a form that does not say where its parts end."""
    return stage.send(body=b"{", content_type=stage.operation.content_type)


def without_token(stage: Stage) -> HttpResponseBase:
    """Nobody asks."""
    return stage.send(authorization=None)


def without_scope(stage: Stage) -> HttpResponseBase:
    """A token with every scope but the one needed."""
    return stage.send(authorization=stage.token(*(set(Scope) - {stage.scope})))


def ids_of_nothing(stage: Stage) -> HttpResponseBase:
    """Ids that nobody has."""
    return stage.send(ids={name: str(uuid4()) for name in stage.operation.parameters})


def somebody_was_faster(stage: Stage) -> HttpResponseBase:
    """The database finds a duplicate that the checks before could not see."""

    def duplicate(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: ANN401
        # Not when the token was last used: that is noted before the operation begins.
        writes = sql.startswith(("INSERT", "UPDATE", "DELETE")) and "last_used_at" not in sql
        if writes:
            again = "INSERT INTO accounts_account SELECT * FROM accounts_account"
            return execute(again, [()] if many else (), many, context)
        return execute(sql, params, many, context)

    return _with_database(stage, duplicate)


def settings_saved_meanwhile(stage: Stage) -> HttpResponseBase:
    """An ETag of long ago."""
    return stage.send(if_match='"long ago"')


def without_etag(stage: Stage) -> HttpResponseBase:
    """If-Match is missing."""
    return stage.send(if_match=None)


def too_large(stage: Stage) -> HttpResponseBase:
    """More than the installation takes."""
    with override_settings(MAX_REQUEST_BYTES=1):
        return stage.send()


def another_content_type(stage: Stage) -> HttpResponseBase:
    """JSON that says it is a form, as curl does unless told otherwise."""
    return stage.send(content_type="application/x-www-form-urlencoded")


def nonsense(stage: Stage) -> HttpResponseBase:
    """A field, a filter or a key that cannot be."""
    if stage.operation.content_type == "multipart/form-data":
        return stage.send(body=stage.form({"nonsense": 1}))
    if stage.operation.body is not None:
        return stage.send(body=b'{"nonsense": 1}')
    if stage.parameters("header"):
        return stage.send(idempotency_key="k" * 256)
    typed = [
        one["name"] for one in stage.parameters("query") if one["schema"] != {"type": "string"}
    ]
    first = "limit" if "limit" in typed else typed[0]
    return stage.send(query=f"?{first}=!")


def too_many(stage: Stage) -> HttpResponseBase:
    """A caller with nothing left."""
    limits = {"API_REQUESTS_A_MINUTE": 0, "API_CALL_CONTROL_REQUESTS_A_MINUTE": 0}
    with override_settings(**limits):
        return stage.send()


def a_defect(stage: Stage) -> HttpResponseBase:
    """Something nobody has thought of."""

    return _with_database(stage, _failing_with(RuntimeError()))


def busy_database(stage: Stage) -> HttpResponseBase:
    """The database does not answer in time."""

    return _with_database(stage, _failing_with(OperationalError("database is locked")))


def _failing_with(problem: Exception) -> Wrapper:
    def fail(execute: Any, sql: str, *rest: Any) -> Any:  # noqa: ANN401
        # Row-level security is told whose rows to show before the API is reached.
        if sql.startswith("SELECT") and "set_config" not in sql:
            raise problem
        return execute(sql, *rest)

    return fail


def _with_database(stage: Stage, wrapper: Wrapper) -> HttpResponseBase:
    """Ask as the example does, of a database that behaves so from the caller's recognition on."""
    stage.prepare()
    begun = False

    def once_asked(execute: Any, sql: str, *rest: Any) -> Any:  # noqa: ANN401
        return wrapper(execute, sql, *rest) if begun else execute(sql, *rest)

    def begin(*_: object, **__: object) -> None:
        nonlocal begun
        begun = True

    # A session is looked up before the API is reached, a token by the API itself.
    if stage.only_signed_in:
        seen = patch("callmark.api.callers.rate_limits.spend", begin)
        with connection.execute_wrapper(once_asked), seen:
            return stage.send()
    token = stage.token(*Scope)
    begin()
    with connection.execute_wrapper(once_asked):
        return stage.send(authorization=token)


STORIES: dict[int, Callable[[Stage], HttpResponseBase]] = {
    200: success,
    201: success,
    202: success,
    204: success,
    400: malformed,
    401: without_token,
    403: without_scope,
    404: ids_of_nothing,
    409: somebody_was_faster,
    412: settings_saved_meanwhile,
    413: too_large,
    415: another_content_type,
    422: nonsense,
    428: without_etag,
    429: too_many,
    500: a_defect,
    503: busy_database,
}
