"""A resource of the API: an address, what it needs, and a function for each operation.

A whole one is a file and a line in ``openapi.RESOURCES``; one to copy is in
docs/recipes/an-api-resource.md. What follows from what:

- **Who may**: ``needs``, of the resource or of the operation. There is no resource without it, and
  it is asked before the function runs. A path with ``{account_id}`` gives the function the account,
  as :class:`Here`; any other gives it the :class:`Asker`, whose ``account`` is None.
- **Shown** of a row is what it has by the names of the fields, or by ``eg(row="switch.name")``;
  what has to be worked out: ``eg(row=function)``.
- **The row**: ``one(path, rows)`` says among which rows the path's last id is looked for (``rows``
  gets the ids before it, too). The function gets the row; where there is none, the answer is 404.
- **The scope** of a token: ``read`` for GET and what is ``safe``, else ``write``, unless the
  resource (``reads``, ``writes``) or the operation (``scope``) says otherwise.
- **Body and query**: an argument whose type is a :class:`Request` is the body, of any other model
  the query. What does not fit is answered 422.
- **Writing** is one transaction. A POST takes an ``Idempotency-Key``; its answer is kept, unless
  the model is ``shown_once``. With ``if_match=True`` the function calls ``etags.require_match``.
- **The address**: ``get``, ``post``, ``put``, ``patch`` and ``delete`` take what follows the
  resource's own, and what :class:`callmark.api.description.Said` lists.
- **The document**: the function's name is the operation's id and its docstring the text; its return
  annotation is the answer (:class:`Versioned` has an ETag, None is 204, a file is CSV with
  ``example`` as its text). Examples are the models'; ``example`` changes some of the values.
"""

import inspect
import re
from collections.abc import Callable
from copy import copy
from typing import Annotated, Any, Unpack, get_args, get_origin, get_type_hints
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from ninja import Router
from ninja.params.functions import Body, Path, Query
from ninja.utils import contribute_operation_args
from pydantic import BaseModel

from callmark.accounts.models import User
from callmark.api import idempotency
from callmark.api.callers import caller_of
from callmark.api.description import Operation, Said, Versioned, View, described, is_body
from callmark.api.etags import quoted
from callmark.policy.values import value_class
from callmark.sign_in.api_tokens import Scope
from callmark.web import access
from callmark.web.access import Caller, Needs, may_enter
from callmark.web.problems import Problem, forbidden, not_found

__all__ = ["Asker", "Here", "Needs", "Resource", "Scope", "Versioned"]

Rows = Callable[..., QuerySet[Any]]


@value_class
class Asker:
    """Who asks for an operation that is about no account."""

    caller: Caller
    request: HttpRequest
    account: None = None

    @property
    def person(self) -> User:
        """Who asks."""
        return self.caller.person


@value_class
class Here(access.Here):
    """The account that an operation is about, and who asks."""

    request: HttpRequest

    @property
    def if_match(self) -> str | None:
        """The version that the caller has seen, as an ETag."""
        return self.request.headers.get("If-Match")


class Resource:
    """An address below /api/v1, the heading of its operations, and what they need."""

    def __init__(
        self,
        path: str,
        tag: str,
        *,
        needs: Needs,
        reads: Scope = Scope.READ,
        writes: Scope = Scope.WRITE,
    ) -> None:
        self.path, self.router = path, Router(tags=[tag])
        self._needs, self._reads, self._writes = needs, reads, writes
        self._rows: Rows | None = None

    def one(self, path: str, rows: Rows) -> "Resource":
        """The address of one of the rows, below this one."""
        below = copy(self)
        below.path, below._rows = self.path + path, rows
        return below

    def _operation(self, method: str, path: str, said: Said) -> Callable[[View], View]:
        def register(view: View) -> View:
            reads = method == "GET" or said.get("safe", False)
            usual = Said(needs=self._needs, scope=self._reads if reads else self._writes)
            sent = _sent(view, self._rows)
            about = Operation(method, self.path + path, view, sent, {**usual, **said})
            summary, description = _words(said.get("text") or view.__doc__ or "")
            self.router.api_operation(
                [method],
                about.path,
                response={about.status: about.answer},
                operation_id=said.get("name", view.__name__),
                summary=summary,
                description=description,
                openapi_extra=described(about),
            )(_asked(view, about, self._rows))
            return view

        return register

    def get(self, path: str = "", **said: Unpack[Said]) -> Callable[[View], View]:
        """Read."""
        return self._operation("GET", path, said)

    def post(self, path: str = "", **said: Unpack[Said]) -> Callable[[View], View]:
        """Add something, or do something."""
        return self._operation("POST", path, said)

    def put(self, path: str = "", **said: Unpack[Said]) -> Callable[[View], View]:
        """Save as a whole."""
        return self._operation("PUT", path, said)

    def patch(self, path: str = "", **said: Unpack[Said]) -> Callable[[View], View]:
        """Change what is sent."""
        return self._operation("PATCH", path, said)

    def delete(self, path: str = "", **said: Unpack[Said]) -> Callable[[View], View]:
        """Take away."""
        return self._operation("DELETE", path, said)


def _sent(view: View, rows: Rows | None) -> dict[str, Any]:
    """What the function wants of the request, by name: all but who asks, and the row."""
    hints = get_type_hints(view, include_extras=True)
    given = 1 if rows is None else 2
    return {name: hints[name] for name in list(inspect.signature(view).parameters)[given:]}


def _asked(view: View, about: Operation, rows: Rows | None) -> View:
    """The view behind its checks, as the framework calls it."""
    ids = re.findall(r"{(\w+)}", about.path)
    own = [name for name in ids if name != "account_id"]
    if bool(own) != (rows is not None):
        raise TypeError(f"{about.path}: say with one() among which rows its last id is looked for")

    def asked(request: HttpRequest, **sent: Any) -> HttpResponseBase:  # noqa: ANN401
        _check_content_type(request, about)
        asker = _asker(request, sent.pop("account_id", None))
        _admit(asker, about)
        wanted = [sent.pop(name) for name in own]

        def result() -> HttpResponseBase:
            found = [_found(rows, asker, wanted)] if rows else []
            return _response(view(asker, *found, **sent), about.status)

        return _written(asker, about, result) if about.writes else result()

    asked.__name__ = view.__name__  # the name of its address, and so in the log
    for name in ids:
        contribute_operation_args(asked, name, UUID, Path(...))
    for name, kind in about.sent.items():
        if get_origin(kind) is Annotated:  # A form, or a file in one, says so itself.
            contribute_operation_args(asked, name, *get_args(kind))
        else:
            source = Body(...) if is_body(kind) else Query(...)
            contribute_operation_args(asked, name, kind, source)
    return asked


def _asker(request: HttpRequest, account_id: UUID | None) -> Asker | Here:
    caller = caller_of(request)
    if account_id is None:
        return Asker(caller, request)
    return Here(caller.account(pk=account_id), caller, request)


def _found(rows: Rows, asker: Asker | Here, ids: list[UUID]) -> object:
    *before, last = ids
    row = rows(asker, *before).filter(pk=last).first()
    if row is None:
        raise not_found()
    return row


def _check_content_type(request: HttpRequest, about: Operation) -> None:
    if about.body_example is not None and request.content_type != about.body_type:
        raise Problem(415, "unknown_content_type", f"Send the body as {about.body_type}.")


def _admit(asker: Asker | Here, about: Operation) -> None:
    """Deny by default: what is not allowed here is not reached."""
    caller = asker.caller
    caller.require(about.scope)
    if about.not_by_token:
        caller.refuse_token()
    here = asker if isinstance(asker, Here) else None
    if not may_enter(about.needs, caller, here):
        raise forbidden(_WHO_MAY[about.needs])


_WHO_MAY = {
    Needs.SIGN_IN: "Sign in again.",
    Needs.OPERATOR: "Only operators may do this: ask yours.",
    Needs.MEMBERSHIP: "Only people of the account may do this.",
    Needs.ADMINISTRATION: "Only administrators of the account may do this: ask one.",
}


def _written(
    asker: Asker | Here, about: Operation, answer: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """All or nothing, and once for each idempotency key."""
    with transaction.atomic():
        principal = asker.caller.principal
        slot = idempotency.claim(asker.request, principal) if about.takes_key else None
        if slot is not None and slot.replay is not None:
            return slot.replay
        response = answer()
        if slot is not None:
            assert isinstance(response, HttpResponse)
            idempotency.keep(slot, response, secret=about.shown_once)
        return response


def _response(result: Any, status: int) -> HttpResponseBase:  # noqa: ANN401
    headers = {}
    if isinstance(result, Versioned):
        result, headers = result.content, {"ETag": quoted(result.version)}
    if isinstance(result, HttpResponse | StreamingHttpResponse):
        return result
    if result is None:
        return HttpResponse(status=status, headers=headers)
    assert isinstance(result, BaseModel)
    return HttpResponse(
        result.model_dump_json(), status=status, content_type="application/json", headers=headers
    )


def _words(text: str) -> tuple[str, str]:
    """The first line, and the rest."""
    summary, _, rest = inspect.cleandoc(text).partition("\n\n")
    return summary.replace("\n", " ").rstrip("."), rest or summary
