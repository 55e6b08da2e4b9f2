"""Extensions and phone numbers of users: operators only, since switches serve many accounts."""

from typing import Annotated
from uuid import UUID

from django.db.models import QuerySet
from pydantic import Field

from callmark.accounts import models, services
from callmark.api.resource import Here, Needs, Resource
from callmark.api.resources.users import Extension, PhoneNumber, shown_extension, users_of
from callmark.api.schemas import Request


def _extensions_of(here: Here, user_id: UUID) -> QuerySet[models.Extension]:
    return models.Extension.objects.of(here.account).filter(user_id=user_id)


def _numbers_of(here: Here, user_id: UUID) -> QuerySet[models.PhoneNumber]:
    return models.PhoneNumber.objects.of(here.account).filter(user_id=user_id)


numbers = Resource("/accounts/{account_id}/users", "Users", needs=Needs.OPERATOR)
user = numbers.one("/{user_id}", users_of)
extension = user.one("/extensions/{extension_id}", _extensions_of)
phone_number = user.one("/phone-numbers/{number_id}", _numbers_of)


class NewExtension(Request, example={"number": "109", "endpoint": "harper-109", "switch": "main"}):
    """An extension to give to a user, or the endpoint of a SIP trunk."""

    number: str = Field("", pattern="^[0-9]{0,10}$", description="Left out for a SIP trunk alone.")
    endpoint: str = Field(
        pattern=r"^[!-~]{1,80}$", description="Its name on the switch, such as harper-101."
    )
    switch: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,40}$")] = services.DEFAULT_SWITCH


class NewPhoneNumber(Request, example={"e164": "+12125550101"}):
    """An outside number to give to a user."""

    e164: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{5,14}$")]


@user.post("/extensions", status=201, example={"number": "109", "endpoint": "harper-109"})
def add_user_extension(here: Here, user: models.User, body: NewExtension) -> Extension:
    """Give a user an extension, or a SIP trunk its endpoint on a switch."""
    return shown_extension(services.add_extension(user, **body.model_dump(), actor=here.person))


@extension.delete()
def remove_user_extension(here: Here, extension: models.Extension) -> None:
    """Take an extension away."""
    services.remove_number(extension, actor=here.person)


@user.post("/phone-numbers", status=201)
def add_user_phone_number(here: Here, user: models.User, body: NewPhoneNumber) -> PhoneNumber:
    """Give a user an outside number."""
    return PhoneNumber.of(services.add_phone_number(user, e164=body.e164, actor=here.person))


@phone_number.delete()
def remove_user_phone_number(here: Here, number: models.PhoneNumber) -> None:
    """Take an outside number away."""
    services.remove_number(number, actor=here.person)
