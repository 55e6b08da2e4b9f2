"""How an operation of the API comes to be: the one place that asks who may do it.

A view gets its account only from here, as :class:`Here`, and an operation can only be made with
:func:`operation`, which must be told what it needs. So no view can forget to ask.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints
from uuid import UUID

from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Router
from pydantic import BaseModel

from callmark.api import idempotency
from callmark.api.callers import Here, caller_of, here_for
from callmark.api.description import Operation, described
from callmark.web.access import Caller, Needs, may_enter
from callmark.web.problems import Problem, forbidden

Body = TypeVar("Body")
View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Answer(Generic[Body]):
    """A body with headers (ETag, Location)."""

    body: Body
    headers: Mapping[str, str] = field(default_factory=dict)


def operation(router: Router, about: Operation) -> Callable[[View], View]:
    """Register a view ``(here or caller, ...) -> model``.

    A view whose first parameter is ``request`` gets that, too (for links to this installation).
    """

    def register(view: View) -> View:
        guarded = _guarded(about, view)
        summary, description = _words(view)
        router.api_operation(
            [about.method],
            about.path,
            response={about.status: _response_model(view)},
            operation_id=view.__name__,
            summary=summary,
            description=description,
            openapi_extra=described(about),
        )(guarded)
        return view

    return register


def _guarded(about: Operation, view: View) -> View:
    """The view behind its checks; its signature takes the account's id in place of ``here``."""
    has_account = "{account_id}" in about.path
    signature = inspect.signature(view)
    wants_request = next(iter(signature.parameters)) == "request"

    @wraps(view)
    def guarded(request: HttpRequest, **arguments: Any) -> HttpResponseBase:  # noqa: ANN401
        caller = caller_of(request)
        _check_content_type(request, about)
        account_id, if_match = arguments.pop("account_id", None), request.headers.get("If-Match")
        here = here_for(caller, account_id, if_match) if has_account else None
        _admit(caller, here, about)

        asked = [request, here or caller] if wants_request else [here or caller]

        def result() -> Any:  # noqa: ANN401
            return view(*asked, **arguments)

        if about.writes:
            return _written(request, caller, about, lambda: _response(result(), about.status))
        found = result()
        return found if isinstance(found, FileResponse) else _response(found, about.status)

    parameters = list(signature.parameters.values())[2 if wants_request else 1 :]
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    if has_account:
        parameters.insert(0, inspect.Parameter("account_id", kind, annotation=UUID))
    parameters.insert(0, inspect.Parameter("request", kind, annotation=HttpRequest))
    guarded.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return guarded


def _check_content_type(request: HttpRequest, about: Operation) -> None:
    if about.body_example is not None and request.content_type != about.body_type:
        raise Problem(415, "unknown_content_type", f"Send the body as {about.body_type}.")


def _admit(caller: Caller, here: Here | None, about: Operation) -> None:
    """Deny by default: what is not allowed here is not reached."""
    caller.require(about.scope)
    if about.not_by_token:
        caller.refuse_token()
    if not may_enter(about.needs, caller, here):
        raise forbidden(_WHO_MAY[about.needs])


_WHO_MAY = {
    Needs.SIGN_IN: "Sign in again.",
    Needs.OPERATOR: "Only operators may do this: ask yours.",
    Needs.MEMBERSHIP: "Only people of the account may do this.",
    Needs.ADMINISTRATION: "Only administrators of the account may do this: ask one.",
}


def _written(
    request: HttpRequest, caller: Caller, about: Operation, answer: Callable[[], HttpResponse]
) -> HttpResponse:
    """All or nothing, and once for each idempotency key."""
    with transaction.atomic():
        slot = idempotency.claim(request, caller.principal) if about.takes_key else None
        if slot is not None and slot.replay is not None:
            return slot.replay
        response = answer()
        if slot is not None:
            idempotency.keep(slot, response, secret=about.secret)
        return response


def _response(result: Any, status: int) -> HttpResponse:  # noqa: ANN401
    headers: Mapping[str, str] = {}
    if isinstance(result, Answer):
        result, headers = result.body, result.headers
    if isinstance(result, HttpResponse):
        return result
    if result is None:
        return HttpResponse(status=status, headers=headers)
    assert isinstance(result, BaseModel)
    return HttpResponse(
        result.model_dump_json(), status=status, content_type="application/json", headers=headers
    )


def _response_model(view: View) -> object:
    """The model in the view's return annotation, the single place that names it."""
    returned = get_type_hints(view)["return"]
    if get_origin(returned) is Answer:
        (returned,) = get_args(returned)
    if returned in {type(None), HttpResponse, FileResponse}:
        return None
    return returned


def _words(view: View) -> tuple[str, str]:
    summary, _, rest = inspect.cleandoc(view.__doc__ or "").partition("\n\n")
    return summary.replace("\n", " ").rstrip("."), rest or summary
