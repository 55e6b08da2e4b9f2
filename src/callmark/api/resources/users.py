"""Users of an account."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field, StrictBool

from callmark.accounts import models
from callmark.accounts.deletion import delete_person
from callmark.accounts.refused import Refused
from callmark.accounts.services import add_person, add_trunk, change_person
from callmark.api import examples
from callmark.api.callers import Here
from callmark.api.description import Operation
from callmark.api.operations import operation
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.schemas import Line, QueryFlag, Request, Shown, unchanged
from callmark.sign_in.api_tokens import Scope
from callmark.sign_in.mail import tell_address_changed
from callmark.web.access import Needs

router = Router(tags=["Users"])

HomeCountry = Annotated[
    str, Field(pattern="^([A-Z]{2})?$", description="Empty: the account's country.")
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


class UserKind(StrEnum):
    """A person, or a SIP trunk: a whole PBX of the account, whose calls it pays for."""

    USER = "user"
    TRUNK = "trunk"


class Extension(Shown):
    """What colleagues dial, and the endpoint of the switch it calls from."""

    id: UUID
    number: Annotated[str, Field(description="Empty for a SIP trunk, which nobody dials.")]
    switch: str
    endpoint: str


class PhoneNumber(Shown):
    """An outside number."""

    id: UUID
    e164: str


class User(Shown):
    """A person on the account, or a SIP trunk."""

    id: UUID
    kind: UserKind
    name: str
    email: str | None
    role: UserRole
    home_country: str
    country: str
    is_active: bool
    extensions: list[Extension]
    phone_numbers: list[PhoneNumber]
    created_at: datetime


class NewUser(Request):
    """A user to add. With an e-mail address they can sign in once a password is set.

    A SIP trunk has neither `email` nor `role`: give it its endpoint with `add_user_extension`.
    """

    kind: UserKind = UserKind.USER

    name: Annotated[Line, Field(min_length=1)]
    email: Email | None = None
    role: UserRole = UserRole.USER
    home_country: HomeCountry = ""


class UserChange(Request):
    """What to change; what is left out stays."""

    name: Annotated[Line, Field(min_length=1)] = unchanged()
    email: Email | None = unchanged()
    role: UserRole = unchanged()
    home_country: HomeCountry = unchanged()
    is_active: StrictBool = unchanged()


class UserQuery(PageQuery):
    """Which users."""

    q: Annotated[Line, Field(description="Part of a name, e-mail address or number.")] = ""
    is_active: QueryFlag = True


def shown_extension(extension: models.Extension) -> Extension:
    """The extension as the API shows it."""
    return Extension(
        id=extension.pk,
        number=extension.number,
        switch=extension.switch.name,
        endpoint=extension.endpoint,
    )


def shown(user: models.User) -> User:
    """The user as the API shows it."""
    return User(
        id=user.pk,
        kind=UserKind.TRUNK if user.is_trunk else UserKind.USER,
        name=user.name,
        email=user.email,
        role=UserRole(user.role),
        home_country=user.home_country,
        country=user.country,
        is_active=user.is_active,
        extensions=[shown_extension(one) for one in user.extensions.all()],
        phone_numbers=[PhoneNumber(id=one.pk, e164=one.e164) for one in user.phone_numbers.all()],
        created_at=user.created_at,
    )


@operation(
    router,
    Operation(
        "GET",
        "/accounts/{account_id}/users",
        needs=Needs.ADMINISTRATION,
        scope=Scope.READ,
        example=examples.page(examples.USER),
    ),
)
def list_users(
    here: Here,
    query: Query[UserQuery],
) -> Page[User]:
    """List the users."""
    return page_of(_found(here, query), query, ("name", "id"), shown)


def _found(here: Here, query: UserQuery) -> QuerySet[models.User]:
    users = models.User.objects.of(here.account).filter(is_active=query.is_active)
    if query.q:
        users = users.filter(
            Q(name__icontains=query.q)
            | Q(email__icontains=query.q)
            | Q(extensions__number__startswith=query.q)
            | Q(phone_numbers__e164__contains=query.q)
        ).distinct()
    return users.select_related("account").prefetch_related("extensions__switch", "phone_numbers")


@operation(
    router,
    Operation(
        "POST",
        "/accounts/{account_id}/users",
        needs=Needs.ADMINISTRATION,
        scope=Scope.WRITE,
        status=201,
        example=examples.USER | {"extensions": [], "phone_numbers": []},
        body_example={"name": "Ben Attorney", "email": "ben@harper-law.example", "role": "user"},
    ),
)
def create_user(here: Here, body: NewUser) -> User:
    """Add a user or a SIP trunk, with account codes off.

    An e-mail address or a role besides `user` needs the scope `people`, too. Nobody is told:
    `invite_person` and `send_invitation` send a link to choose a password.
    """
    if body.email is not None or body.role is not UserRole.USER:
        here.caller.require(Scope.PEOPLE)
    values = body.model_dump(exclude={"kind"})
    if body.kind is UserKind.USER:
        return shown(add_person(here.account, **values, actor=here.person))
    if body.email is not None or body.role is not UserRole.USER:
        raise Refused("A SIP trunk cannot sign in: leave email and role out.", "kind")
    names = {name: values[name] for name in ("name", "home_country")}
    return shown(add_trunk(here.account, **names, actor=here.person))


@operation(
    router,
    Operation(
        "GET",
        "/accounts/{account_id}/users/{user_id}",
        needs=Needs.MEMBERSHIP,
        scope=Scope.READ,
        example=examples.USER,
    ),
)
def get_user(here: Here, user_id: UUID) -> User:
    """Read one user. People who are not administrators can read only themselves."""
    return shown(here.own_or_administered(user_id))


@operation(
    router,
    Operation(
        "PATCH",
        "/accounts/{account_id}/users/{user_id}",
        needs=Needs.ADMINISTRATION,
        scope=Scope.WRITE,
        example=examples.USER,
        body_example={"name": "Ben Attorney", "is_active": True},
    ),
)
def update_user(request: HttpRequest, here: Here, user_id: UUID, body: UserChange) -> User:
    """Change a user, or deactivate one. Nobody can take away their own rights.

    What decides who can sign in, and as what, needs the scope `people`, too: `email`, `role`, and
    `is_active` of a user who has an e-mail address. A former address is told by mail, and links
    sent to it stop working.
    """
    user = here.user(user_id)
    former = user.email
    changes = body.model_dump(exclude_unset=True)
    if {"email", "role"} & changes.keys() or (user.email and "is_active" in changes):
        here.caller.require(Scope.PEOPLE)
    change_person(user, changes, actor=here.person)
    if former and former != user.email:
        tell_address_changed(request, user, former)
    return shown(user)


@operation(
    router,
    Operation(
        "DELETE",
        "/accounts/{account_id}/users/{user_id}",
        needs=Needs.ADMINISTRATION,
        scope=Scope.WRITE,
        status=204,
    ),
)
def delete_user(here: Here, user_id: UUID) -> None:
    """Delete a user with extensions, numbers, settings, sign-in and the API tokens they made.

    Call records stay and keep the name as it was. A user who can sign in needs the scope `people`,
    too. Nobody can delete themselves, and an account keeps an administrator who can sign in.
    """
    user = here.user(user_id)
    if user.email:
        here.caller.require(Scope.PEOPLE)
    delete_person(user, actor=here.person)
