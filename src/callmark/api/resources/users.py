"""Users of an account, their extensions and phone numbers.

Numbers are the operators' to give, since switches serve many accounts.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from django.db.models import QuerySet
from pydantic import Field, StrictBool

from callmark.accounts import models, services
from callmark.accounts.deletion import delete_person
from callmark.accounts.refused import Refused
from callmark.api import examples
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resource import Here, Needs, Resource, Scope
from callmark.api.schemas import Line, QueryFlag, Request, Shown, eg, maybe, unchanged
from callmark.codes.user_lists import CodesOf, UserFilter, UserKind, users_found
from callmark.languages import Language
from callmark.sign_in.mail import mail_address_changed


def users_of(here: Here) -> QuerySet[models.User]:
    """The users whom the caller may read: all as administrator, or themselves."""
    users = models.User.objects.of(here.account)
    return users if here.may_administer else users.filter(pk=here.person.pk)


def _extensions_of(here: Here, user_id: UUID) -> QuerySet[models.Extension]:
    return models.Extension.objects.of(here.account).filter(user_id=user_id)


def _numbers_of(here: Here, user_id: UUID) -> QuerySet[models.PhoneNumber]:
    return models.PhoneNumber.objects.of(here.account).filter(user_id=user_id)


users = Resource("/accounts/{account_id}/users", "Users", needs=Needs.ADMINISTRATION)
user = users.one("/{user_id}", users_of)
extension = user.one("/extensions/{extension_id}", _extensions_of)
phone_number = user.one("/phone-numbers/{number_id}", _numbers_of)

HomeCountry = Annotated[
    str, Field(pattern="^([A-Z]{2})?$", description="Empty: the account's country.")
]
TimeZone = Annotated[
    str, Field(max_length=64, description="IANA name; empty: that of the account.")
]
Email = Annotated[
    str,
    Field(max_length=254, pattern=r"^[^@\x00-\x20\x7f]+@[^@\x00-\x20\x7f]+\.[^@\x00-\x20\x7f]+$"),
]


class UserRole(StrEnum):
    """What a user of an account may do."""

    ADMINISTRATOR = "administrator"
    REPORTER = "reporter"
    USER = "user"


class Extension(Shown):
    """What colleagues dial, and the endpoint of the switch it calls from."""

    id: UUID = eg(examples.EXTENSION_ID)
    number: str = eg("101", "Empty for a SIP trunk, which nobody dials.")
    switch: str = eg("main", row="switch.name")
    endpoint: str = eg("harper-101")


class PhoneNumber(Shown):
    """An outside number."""

    id: UUID = eg(examples.NUMBER_ID)
    e164: str = eg("+12125550101")


class User(Shown):
    """A person on the account, or a SIP trunk."""

    id: UUID = eg(examples.USER_ID)
    kind: UserKind = eg("user", row=lambda user: "trunk" if user.is_trunk else "user")
    name: str = eg("Ben Attorney")
    email: str | None = eg("ben@harper-law.example")
    role: UserRole = eg("user")
    home_country: str = eg("")
    country: str = eg("US")
    language: Language = eg(
        "",
        "Of the pages and mails they read and of the prompts they hear: `en`, `es` or `fr`; "
        "empty: the account's.",
    )
    time_zone: str = eg("", "In which pages tell them the time (IANA); empty: the account's.")
    is_active: bool = eg(True)
    extensions: list[Extension] = eg(row="extensions.all")
    phone_numbers: list[PhoneNumber] = eg(row="phone_numbers.all")
    created_at: datetime


class NewUser(Request):
    """A user to add. With an e-mail address they can sign in once a password is set.

    A SIP trunk has neither `email` nor `role`: give it its endpoint with `add_user_extension`.
    """

    kind: UserKind = UserKind.USER
    name: Line = eg("Ben Attorney", min_length=1)
    email: Email | None = eg("ben@harper-law.example", default=None)
    role: UserRole = eg("user", default=UserRole.USER)
    home_country: HomeCountry = ""


class UserChange(Request):
    """What to change; what is left out stays."""

    name: Line = unchanged("Ben Attorney", min_length=1)
    email: Email | None = unchanged()
    role: UserRole = unchanged()
    home_country: HomeCountry = unchanged()
    language: Language = unchanged()
    time_zone: TimeZone = unchanged("America/Chicago")
    is_active: StrictBool = unchanged(True)


class NewExtension(Request):
    """An extension to give to a user, or the endpoint of a SIP trunk."""

    number: str = eg("109", "Left out for a SIP trunk alone.", pattern="^[0-9]{0,10}$", default="")
    endpoint: str = eg(
        "harper-109", "Its name on the switch, such as harper-101.", pattern=r"^[!-~]{1,80}$"
    )
    switch: str = eg("main", pattern="^[A-Za-z0-9_-]{1,40}$", default=services.DEFAULT_SWITCH)


class NewPhoneNumber(Request):
    """An outside number to give to a user."""

    e164: str = eg("+12125550101", pattern=r"^\+[1-9][0-9]{5,14}$")


class UserQuery(PageQuery):
    """Which users."""

    q: Line = maybe("Part of a name, e-mail address or number.", "")
    is_active: QueryFlag = True
    kind: UserKind | None = None
    account_codes: CodesOf | None = maybe("On, off, or with settings of their own.", None)
    has_phone: QueryFlag | None = maybe("Whether they have an extension (a trunk: endpoint).", None)

    def filter(self) -> UserFilter:
        """The same for the list."""
        return UserFilter(
            text=self.q,
            codes=self.account_codes,
            has_phone=self.has_phone,
            kind=self.kind,
            active=self.is_active,
        )


@users.get()
def list_users(here: Here, query: UserQuery) -> Page[User]:
    """List the users."""
    found = users_found(here.account, query.filter())
    found = found.select_related("account").prefetch_related("extensions__switch", "phone_numbers")
    return page_of(found, query, ("name", "id"), User.of)


@users.post(status=201, example={"extensions": [], "phone_numbers": []})
def create_user(here: Here, body: NewUser) -> User:
    """Add a user or a SIP trunk, with account codes off.

    An e-mail address or a role besides `user` needs the scope `people`, too. Nobody is told:
    `invite_person` and `send_invitation` send a link to choose a password.
    """
    signs_in = body.email is not None or body.role is not UserRole.USER
    if signs_in:
        here.caller.require(Scope.PEOPLE)
    values = body.model_dump(exclude={"kind"})
    if body.kind is UserKind.USER:
        return User.of(services.add_person(here.account, **values, actor=here.person))
    if signs_in:
        raise Refused("A SIP trunk cannot sign in: leave email and role out.", "kind")
    names = {name: values[name] for name in ("name", "home_country")}
    return User.of(services.add_trunk(here.account, **names, actor=here.person))


@user.get(needs=Needs.MEMBERSHIP)
def get_user(_here: Here, user: models.User) -> User:
    """Read one user. People who are not administrators can read only themselves."""
    return User.of(user)


@user.patch()
def update_user(here: Here, user: models.User, body: UserChange) -> User:
    """Change a user, or deactivate one. Nobody can take away their own rights.

    What decides who can sign in, and as what, needs the scope `people`, too: `email`, `role`, and
    `is_active` of a user who has an e-mail address. A former address is told by mail, and links
    sent to it stop working.
    """
    former = user.email
    changes = body.model_dump(exclude_unset=True)
    if {"email", "role"} & changes.keys() or (former and "is_active" in changes):
        here.caller.require(Scope.PEOPLE)
    services.change_person(user, changes, actor=here.person)
    if former and former != user.email:
        mail_address_changed(here.request, user, former)
    return User.of(user)


@user.delete()
def delete_user(here: Here, user: models.User) -> None:
    """Delete a user with extensions, numbers, settings, sign-in and the API tokens they made.

    Call records stay and keep the name as it was. A user who can sign in needs the scope `people`,
    too. Nobody can delete themselves, and an account keeps an administrator who can sign in.
    """
    if user.email:
        here.caller.require(Scope.PEOPLE)
    delete_person(user, actor=here.person)


@user.post(
    "/extensions",
    needs=Needs.OPERATOR,
    status=201,
    example={"number": "109", "endpoint": "harper-109"},
)
def add_user_extension(here: Here, user: models.User, body: NewExtension) -> Extension:
    """Give a user an extension, or a SIP trunk its endpoint on a switch."""
    return Extension.of(services.add_extension(user, **body.model_dump(), actor=here.person))


@extension.delete(needs=Needs.OPERATOR)
def remove_user_extension(here: Here, extension: models.Extension) -> None:
    """Take an extension away."""
    services.remove_number(extension, actor=here.person)


@user.post("/phone-numbers", needs=Needs.OPERATOR, status=201)
def add_user_phone_number(here: Here, user: models.User, body: NewPhoneNumber) -> PhoneNumber:
    """Give a user an outside number."""
    return PhoneNumber.of(services.add_phone_number(user, e164=body.e164, actor=here.person))


@phone_number.delete(needs=Needs.OPERATOR)
def remove_user_phone_number(here: Here, number: models.PhoneNumber) -> None:
    """Take an outside number away."""
    services.remove_number(number, actor=here.person)
