"""Extensions and phone numbers of users: operators only, since switches serve many accounts."""

from typing import Annotated, TypeVar
from uuid import UUID

from django.db.models import QuerySet
from ninja import Router
from pydantic import Field

from callmark.accounts import models
from callmark.accounts.services import (
    DEFAULT_SWITCH,
    add_extension,
    add_phone_number,
    remove_number,
)
from callmark.api import examples
from callmark.api.callers import Here
from callmark.api.description import Operation
from callmark.api.operations import operation
from callmark.api.resources.users import Extension, PhoneNumber, shown_extension
from callmark.api.schemas import Request
from callmark.sign_in.api_tokens import Scope
from callmark.web.access import Needs
from callmark.web.problems import not_found

router = Router(tags=["Users"])


class NewExtension(Request):
    """An extension to give to a user, or the endpoint of a SIP trunk."""

    number: Annotated[
        str, Field(pattern="^[0-9]{0,10}$", description="Left out for a SIP trunk alone.")
    ] = ""
    endpoint: Annotated[
        str,
        Field(pattern=r"^[!-~]{1,80}$", description="Its name on the switch, such as harper-101."),
    ]
    switch: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,40}$")] = DEFAULT_SWITCH


class NewPhoneNumber(Request):
    """An outside number to give to a user."""

    e164: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{5,14}$")]


@operation(
    router,
    Operation(
        "POST",
        "/accounts/{account_id}/users/{user_id}/extensions",
        needs=Needs.OPERATOR,
        scope=Scope.WRITE,
        status=201,
        example=examples.EXTENSION | {"number": "109", "endpoint": "harper-109"},
        body_example={"number": "109", "endpoint": "harper-109", "switch": "main"},
    ),
)
def add_user_extension(
    here: Here,
    user_id: UUID,
    body: NewExtension,
) -> Extension:
    """Give a user an extension, or a SIP trunk its endpoint on a switch."""
    return shown_extension(
        add_extension(here.user(user_id), **body.model_dump(), actor=here.person)
    )


@operation(
    router,
    Operation(
        "DELETE",
        "/accounts/{account_id}/users/{user_id}/extensions/{extension_id}",
        needs=Needs.OPERATOR,
        scope=Scope.WRITE,
        status=204,
    ),
)
def remove_user_extension(
    here: Here,
    user_id: UUID,
    extension_id: UUID,
) -> None:
    """Take an extension away."""
    remove_number(_one(here.user(user_id).extensions.all(), extension_id), actor=here.person)


@operation(
    router,
    Operation(
        "POST",
        "/accounts/{account_id}/users/{user_id}/phone-numbers",
        needs=Needs.OPERATOR,
        scope=Scope.WRITE,
        status=201,
        example=examples.NUMBER,
        body_example={"e164": "+12125550101"},
    ),
)
def add_user_phone_number(
    here: Here,
    user_id: UUID,
    body: NewPhoneNumber,
) -> PhoneNumber:
    """Give a user an outside number."""
    number = add_phone_number(here.user(user_id), e164=body.e164, actor=here.person)
    return PhoneNumber(id=number.pk, e164=number.e164)


@operation(
    router,
    Operation(
        "DELETE",
        "/accounts/{account_id}/users/{user_id}/phone-numbers/{number_id}",
        needs=Needs.OPERATOR,
        scope=Scope.WRITE,
        status=204,
    ),
)
def remove_user_phone_number(
    here: Here,
    user_id: UUID,
    number_id: UUID,
) -> None:
    """Take an outside number away."""
    remove_number(_one(here.user(user_id).phone_numbers.all(), number_id), actor=here.person)


Number = TypeVar("Number", models.Extension, models.PhoneNumber)


def _one(numbers: QuerySet[Number], pk: UUID) -> Number:
    number = numbers.filter(pk=pk).first()
    if number is None:
        raise not_found()
    return number
