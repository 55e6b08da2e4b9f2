"""The API as a whole: every resource, and the OpenAPI 3.1 document about it."""

import json
import re
from functools import cached_property
from typing import Any

from django.urls import reverse
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from callmark import __version__
from callmark.api.callers import BearerToken, SignedInSession
from callmark.api.errors import add_handlers
from callmark.api.examples import PATH_EXAMPLES
from callmark.api.resources import (
    account_codes,
    account_templates,
    accounts,
    api_tokens,
    audit,
    bills,
    call_control,
    calls,
    code_changes,
    codes,
    corrections,
    exports,
    invitations,
    known_numbers,
    limits,
    listed_numbers,
    lockouts,
    me,
    months,
    people,
    rates,
    report_schedules,
    reports,
    saved_filters,
    simulator,
    switches,
    user_changes,
    user_imports,
    user_settings,
    users,
    webhook_deliveries,
    webhooks,
)
from callmark.web.problems import CONTENT_TYPE, Problem

# Fixed paths come before those with an id in the same place (operators/invitations).
RESOURCES = (
    me.me,
    accounts.accounts,
    account_templates.templates,
    user_imports.imports,
    users.users,
    people.people,
    people.sign_in,
    invitations.invitations,
    invitations.operator_invitations,
    people.operators,
    account_codes.account_codes,
    user_settings.user_settings,
    user_changes.changes,
    user_changes.custom,
    codes.codes,
    code_changes.changes,
    known_numbers.known_numbers,
    listed_numbers.listed_numbers,
    limits.limits,
    calls.calls,
    corrections.corrections,
    corrections.to_assign,
    bills.firm,
    bills.timekeepers,
    bills.formats,
    bills.bills,
    bills.statements,
    months.months,
    rates.rates,
    rates.shared_rates,
    saved_filters.saved_filters,
    reports.reports,
    exports.exports,
    report_schedules.schedules,
    report_schedules.runs,
    lockouts.lockouts,
    simulator.classifier,
    simulator.simulator,
    call_control.control,
    switches.switches,
    audit.audit,
    api_tokens.tokens,
    api_tokens.operator_tokens,
    webhooks.webhooks,
    webhook_deliveries.sending,
)

DESCRIPTION = """Account codes for business phone systems: everything the portal can do.

Sign in with an API token: `Authorization: Bearer cmk_...`. Errors are RFC 9457 problem details with
a machine `code`. Lists have a `next` cursor. Send an `Idempotency-Key` with a POST to be able to
repeat it. All times are ISO 8601 in UTC.
"""

PROBLEM_WORDS: dict[int, tuple[str, str]] = {
    400: ("malformed_body", "Send a body that is valid JSON in UTF-8."),
    401: ("not_signed_in", "Send a valid API token as 'Authorization: Bearer ...'."),
    403: ("forbidden", "Only administrators of the account may do this: ask one."),
    404: ("not_found", "There is nothing here that you may see: check the ids."),
    409: ("already_set_up", "Account Codes is already set up on this account."),
    412: ("stale_version", "Somebody else saved these settings meanwhile: read them again."),
    413: ("body_too_large", "Send less at once."),
    415: ("unknown_content_type", "Send the body as application/json."),
    422: ("invalid_request", "Add the field 'name'."),
    428: ("if_match_missing", "Send the settings' ETag in the header If-Match."),
    429: ("too_many_requests", "Wait 12 seconds: 600 requests a minute are allowed."),
    500: ("unexpected", "Something went wrong on our side. Try again."),
    503: ("busy", "The database is busy. Nothing was changed: try again in a moment."),
}

_TEXT = {"type": "string"}
_PROBLEM_SCHEMA = {
    "title": "Problem",
    "description": "An error as RFC 9457 has it: `code` for programs, `detail` for people.",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "field"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "code": _TEXT,
        "detail": _TEXT,
        "field": {"type": ["string", "null"]},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "row": {"type": "integer"},
                    "field": _TEXT,
                    "code": _TEXT,
                    "detail": _TEXT,
                },
            },
        },
    },
}
_HEADERS: dict[str, Any] = {
    "RateLimit": {
        "description": "Requests left in this window (r) and seconds until the next (t).",
        "schema": _TEXT,
        "example": '"default";r=599;t=42',
    },
    "RateLimit-Policy": {
        "description": "Requests allowed (q) in a window of seconds (w).",
        "schema": _TEXT,
        "example": '"default";q=600;w=60',
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": _TEXT, "example": "12"},
    "ETag": {
        "description": "The version of the settings, for If-Match.",
        "schema": _TEXT,
        "example": '"7"',
    },
    "Idempotency-Replayed": {
        "description": "`true` when this is the kept answer of an earlier request.",
        "schema": _TEXT,
        "example": "true",
    },
}


class CallmarkAPI(NinjaAPI):
    """The API with its document completed."""

    def get_openapi_schema(self, **_: Any) -> OpenAPISchema:  # noqa: ANN401
        """The document; made once, since it never changes while we run."""
        return self._document

    @cached_property
    def _document(self) -> OpenAPISchema:
        prefix = reverse(f"{self.urls_namespace}:api-root")
        document = super().get_openapi_schema(path_prefix=prefix)
        document["components"]["schemas"]["Problem"] = _PROBLEM_SCHEMA
        document["components"]["headers"] = _HEADERS
        document["components"]["responses"] = {
            f"Problem{status}": _problem_response(status) for status in PROBLEM_WORDS
        }
        document["servers"] = [{"url": "/", "description": "This installation"}]
        for path in document["paths"].values():
            for operation in path.values():
                _finish(operation)
        _tidy_schemas(document)
        return document


def _problem_response(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    example = Problem(status, *PROBLEM_WORDS[status]).body()
    response: dict[str, Any] = {
        "description": example["title"],
        "content": {CONTENT_TYPE: {"schema": schema, "example": example}},
    }
    if status in {429, 503}:
        response["headers"] = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
    return response


def _finish(operation: dict[str, Any]) -> None:
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            parameter["example"] = PATH_EXAMPLES[parameter["name"]]
    # Keys of a JSON object are strings; the framework writes numbers.
    operation["responses"] = {str(key): value for key, value in operation["responses"].items()}
    if not _has_fields(operation):
        del operation["responses"]["422"]


def _has_fields(operation: dict[str, Any]) -> bool:
    """Whether a request has anything that could be wrong but its path, which is answered 404."""
    places = {parameter["in"] for parameter in operation["parameters"]}
    return "requestBody" in operation or bool(places - {"path"})


def _tidy_schemas(document: dict[str, Any]) -> None:
    """Names that read well in generated clients, and no schema that nothing refers to."""
    text = re.sub(r"Page_(\w+?)_(?=\")", r"\1Page", json.dumps(document))
    document |= json.loads(text)
    schemas = document["components"]["schemas"]
    while unused := schemas.keys() - _referred_to(document):
        for name in unused:
            del schemas[name]
    for name, schema in schemas.items():
        schema["title"] = name  # generators name their classes after it


def _referred_to(document: dict[str, Any]) -> set[str]:
    return set(re.findall(r'/schemas/([^"/]+)"', json.dumps(document)))


def build_api() -> NinjaAPI:
    """The API with every resource."""
    api = CallmarkAPI(
        title="Callmark",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        urls_namespace="api-v1",
        auth=[BearerToken(), SignedInSession()],
    )
    add_handlers(api)
    for resource in RESOURCES:
        api.add_router("", resource.router)
    return api
