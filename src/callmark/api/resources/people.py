"""Who can sign in to an account: roles, access, second factors. Inviting: ``invitations``."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field, StrictBool

from callmark.accounts import models
from callmark.accounts.models import Role
from callmark.api import examples
from callmark.api.callers import Here
from callmark.api.description import Operation
from callmark.api.operations import operation
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resources.users import UserRole
from callmark.api.schemas import Line, QueryFlag, Request, Shown, unchanged
from callmark.sign_in import people as services
from callmark.sign_in.api_tokens import Scope
from callmark.sign_in.company_links import release
from callmark.sign_in.mail import tell_second_factors_removed
from callmark.sign_in.models import Invitation
from callmark.web.access import Needs
from callmark.web.problems import not_found

router = Router(tags=["Who can sign in"])

PATH = "/accounts/{account_id}/people"
ONE = f"{PATH}/{{person_id}}"
SIGN_IN = "/accounts/{account_id}/sign-in"
ORDER = ("name", "id")


class OpenInvitation(Shown):
    """A link to choose a password, sent and not used yet. The link itself is not shown again."""

    sent_at: datetime
    expires_at: datetime
    expired: bool


class Person(Shown):
    """Somebody who can sign in, or is invited to."""

    id: UUID
    name: str
    email: str
    role: Role
    is_active: bool
    has_second_factor: bool
    last_signed_in_at: datetime | None
    invitation: Annotated[
        OpenInvitation | None, Field(description="Null when no link waits to be used.")
    ]


class PersonChange(Request):
    """What to change; what is left out stays."""

    role: UserRole = unchanged()
    is_active: StrictBool = unchanged()


class PersonQuery(PageQuery):
    """Which people."""

    q: Annotated[Line, Field(description="Part of a name or e-mail address.")] = ""
    is_active: QueryFlag | None = None
    invited: Annotated[
        QueryFlag | None, Field(description="With (or without) a link that waits to be used.")
    ] = None


class SignInSettings(Shown):
    """What everybody must have to sign in to the account."""

    requires_second_factor: bool


class SignInSettingsToSave(Request):
    """What everybody must have to sign in to the account."""

    requires_second_factor: StrictBool


_WAITING = Prefetch(
    "invitations",
    Invitation.objects.of_every_account("those of the people found").filter(
        accepted_at=None, revoked_at=None
    ),
    to_attr="waiting",
)


def people_found(account: models.Account | None, query: PersonQuery) -> QuerySet[models.User]:
    """The people asked for; ``account`` None: operators."""
    people = services.people_of(account)
    if query.q:
        people = people.filter(Q(name__icontains=query.q) | Q(email__icontains=query.q))
    if query.is_active is not None:
        people = people.filter(is_active=query.is_active)
    if query.invited is not None:
        people = people.filter(**{"is_invited": query.invited})
    return people.prefetch_related(_WAITING)


def person_of(account: models.Account | None, person_id: UUID) -> models.User:
    """One of them; 404 for anybody else."""
    people = services.people_of(account).select_related("account").prefetch_related(_WAITING)
    person = people.filter(pk=person_id).first()
    if person is None:
        raise not_found()
    return person


def fields_of(person: models.User) -> dict[str, object]:
    """What is shown of a person whom :func:`person_of` or :func:`people_found` has found."""
    return {
        "id": person.pk,
        "name": person.name,
        "email": person.email,
        "role": person.role,
        "is_active": person.is_active,
        "has_second_factor": getattr(person, "has_second_factor"),  # noqa: B009
        "last_signed_in_at": person.last_login,
        "invitation": next(map(_invitation, getattr(person, "waiting")), None),  # noqa: B009
    }


def _invitation(waiting: Invitation) -> OpenInvitation:
    return OpenInvitation(
        sent_at=waiting.created_at,
        expires_at=waiting.expires_at,
        expired=waiting.expires_at <= timezone.now(),
    )


def shown(person: models.User) -> Person:
    """The person as the API shows them."""
    return Person.model_validate(fields_of(person))


@operation(
    router,
    Operation(
        "GET",
        PATH,
        needs=Needs.ADMINISTRATION,
        scope=Scope.READ,
        example=examples.page(examples.PERSON),
    ),
)
def list_people(here: Here, query: Query[PersonQuery]) -> Page[Person]:
    """List the people who can sign in, those invited included.

    Users of the account without an e-mail address have a phone and no sign-in: see `list_users`.
    """
    return page_of(people_found(here.account, query), query, ORDER, shown)


@operation(
    router,
    Operation("GET", ONE, needs=Needs.ADMINISTRATION, scope=Scope.READ, example=examples.PERSON),
)
def get_person(here: Here, person_id: UUID) -> Person:
    """Read one person."""
    return shown(person_of(here.account, person_id))


@operation(
    router,
    Operation(
        "PATCH",
        ONE,
        needs=Needs.ADMINISTRATION,
        scope=Scope.PEOPLE,
        example=examples.PERSON | {"role": "reporter"},
        body_example={"role": "reporter"},
    ),
)
def update_person(here: Here, person_id: UUID, body: PersonChange) -> Person:
    """Change a person's role, or deactivate or reactivate one.

    Deactivating signs out everywhere, and gates no longer know the phone. Nobody can take away
    their own rights, and an account keeps an administrator who can sign in.
    """
    person = person_of(here.account, person_id)
    if "role" in body.model_fields_set:
        services.change_role(person, body.role, actor=here.person)
    if "is_active" in body.model_fields_set:
        services.set_active(person, active=body.is_active, actor=here.person)
    return shown(person_of(here.account, person_id))


@operation(
    router,
    Operation("DELETE", ONE, needs=Needs.ADMINISTRATION, scope=Scope.PEOPLE, status=204),
)
def take_sign_in_away(here: Here, person_id: UUID) -> None:
    """Take the sign-in away; the user and the phone stay.

    E-mail address, password, second factors and the open invitation are deleted. To delete the
    user, too, see `delete_user`.
    """
    services.take_sign_in_away(person_of(here.account, person_id), actor=here.person)


@operation(
    router,
    Operation(
        "DELETE",
        f"{ONE}/sessions",
        needs=Needs.ADMINISTRATION,
        scope=Scope.PEOPLE,
        status=204,
    ),
)
def sign_person_out(here: Here, person_id: UUID) -> None:
    """Sign a person out on every device."""
    services.sign_out_everywhere(person_of(here.account, person_id), actor=here.person)


@operation(
    router,
    Operation(
        "DELETE",
        f"{ONE}/second-factors",
        needs=Needs.ADMINISTRATION,
        scope=Scope.PEOPLE,
        status=204,
        not_by_token=True,
    ),
)
def remove_second_factors(request: HttpRequest, here: Here, person_id: UUID) -> None:
    """Remove the second factors of a person who lost phone and recovery codes.

    Not with a token: somebody must make sure that it is really that person who asks.
    """
    person = person_of(here.account, person_id)
    services.remove_second_factors(person, actor=here.person)
    tell_second_factors_removed(request, person)


@operation(
    router,
    Operation(
        "DELETE",
        f"{ONE}/company-identity",
        needs=Needs.ADMINISTRATION,
        scope=Scope.PEOPLE,
        status=204,
        not_by_token=True,
    ),
)
def forget_company_identity(here: Here, person_id: UUID) -> None:
    """Forget who a person is at the company that signs people in (OpenID Connect).

    The next one who comes from there with the person's address is taken for that person. Not with a
    token: somebody must make sure that the address is still the person's.
    """
    release(person_of(here.account, person_id), actor=here.person)


_SIGN_IN_EXAMPLE = {"requires_second_factor": True}


@operation(
    router,
    Operation(
        "GET",
        SIGN_IN,
        needs=Needs.ADMINISTRATION,
        scope=Scope.READ,
        example=_SIGN_IN_EXAMPLE,
    ),
)
def get_sign_in_settings(here: Here) -> SignInSettings:
    """Read whether everybody must have a second factor."""
    return SignInSettings(requires_second_factor=here.account.requires_second_factor)


@operation(
    router,
    Operation(
        "PUT",
        SIGN_IN,
        needs=Needs.ADMINISTRATION,
        scope=Scope.PEOPLE,
        example=_SIGN_IN_EXAMPLE,
        body_example=_SIGN_IN_EXAMPLE,
    ),
)
def save_sign_in_settings(here: Here, body: SignInSettingsToSave) -> SignInSettings:
    """Force a second factor on everybody, or make it optional again (not with a token)."""
    required = body.requires_second_factor
    if here.account.requires_second_factor and not required:
        here.caller.refuse_token()
    services.require_second_factor(here.account, required=required, actor=here.person)
    return SignInSettings(requires_second_factor=required)
