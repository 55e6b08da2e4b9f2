"""Who can sign in to an account, and who runs this installation: roles, access, second factors.

Operators are the people of no account: one function stands for both. Inviting: ``invitations``.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from pydantic import StrictBool

from callmark.accounts import models
from callmark.accounts.deletion import delete_person
from callmark.accounts.models import Role
from callmark.api import examples
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resource import Asker, Here, Needs, Resource, Scope
from callmark.api.resources.users import UserRole
from callmark.api.schemas import Line, QueryFlag, Request, Shown, eg, maybe, unchanged
from callmark.sign_in import people as services
from callmark.sign_in.company_links import release
from callmark.sign_in.mail import mail_second_factors_removed
from callmark.sign_in.models import Invitation

_OPEN = {"accepted_at": None, "revoked_at": None}


def people_of(asker: Asker | Here) -> QuerySet[models.User]:
    """The people of the account, or the operators, with the link that waits to be used."""
    invitations = Invitation.objects.of_every_account("those of the people found")
    waiting = Prefetch("invitations", invitations.filter(**_OPEN), to_attr="waiting")
    people = services.people_of(asker.account)
    return people.select_related("account").prefetch_related(waiting)


TAG = "Who can sign in"
people = Resource(
    "/accounts/{account_id}/people", TAG, needs=Needs.ADMINISTRATION, writes=Scope.PEOPLE
)
person = people.one("/{person_id}", people_of)
operators = Resource("/operators", TAG, needs=Needs.OPERATOR, writes=Scope.PEOPLE)
operator = operators.one("/{operator_id}", people_of)
sign_in = Resource(
    "/accounts/{account_id}/sign-in", TAG, needs=Needs.ADMINISTRATION, writes=Scope.PEOPLE
)
OPERATOR = {
    "id": examples.OPERATOR_ID,
    "name": "Oda",
    "email": "oda@operator.example",
    "role": "operator",
}


class OpenInvitation(Shown):
    """A link to choose a password, sent and not used yet. The link itself is not shown again."""

    sent_at: datetime = eg(row="created_at")
    expires_at: datetime = eg("2026-11-30T09:30:00Z")
    expired: bool = eg(row="is_expired")


class Person(Shown):
    """Somebody who can sign in, or is invited to."""

    id: UUID = eg(examples.PERSON_ID)
    name: str = eg("Ida Bookkeeper")
    email: str = eg("ida@harper-law.example")
    role: Role = eg("reporter")
    is_active: bool = eg(True)
    has_second_factor: bool
    last_signed_in_at: datetime | None = eg(row="last_login")
    invitation: OpenInvitation | None = eg(
        OpenInvitation,
        "Null when no link waits to be used.",
        row=lambda person: next(iter(person.waiting), None),
    )


class PersonChange(Request):
    """What to change; what is left out stays."""

    role: UserRole = unchanged("reporter")
    is_active: StrictBool = unchanged()


class OperatorChange(Request):
    """Whether the operator may sign in."""

    is_active: StrictBool = eg(False)


class PersonQuery(PageQuery):
    """Which people."""

    q: Line = maybe("Part of a name or e-mail address.", "")
    is_active: QueryFlag | None = None
    invited: QueryFlag | None = maybe("With (or without) a link that waits to be used.")


class SignInSettings(Shown):
    """What everybody must have to sign in to the account."""

    requires_second_factor: bool = eg(True)


class SignInSettingsToSave(Request):
    """What everybody must have to sign in to the account."""

    requires_second_factor: StrictBool = eg(True)


def again(asker: Asker | Here, person: models.User) -> Person:
    """The person after a change."""
    return Person.of(people_of(asker).get(pk=person.pk))


@operators.get(
    name="list_operators", text="List the operators, those invited included.", example=OPERATOR
)
@people.get()
def list_people(asker: Asker | Here, query: PersonQuery) -> Page[Person]:
    """List the people who can sign in, those invited included.

    Users of the account without an e-mail address have a phone and no sign-in: see `list_users`.
    """
    found = people_of(asker)
    if query.q:
        found = found.filter(Q(name__icontains=query.q) | Q(email__icontains=query.q))
    if query.is_active is not None:
        found = found.filter(is_active=query.is_active)
    if query.invited is not None:
        found = found.filter(**{"is_invited": query.invited})
    return page_of(found, query, ("name", "id"), Person.of)


@operator.get(name="get_operator", text="Read one operator.", example=OPERATOR)
@person.get()
def get_person(_asker: Asker | Here, person: models.User) -> Person:
    """Read one person."""
    return Person.of(person)


@person.patch()
def update_person(here: Here, person: models.User, body: PersonChange) -> Person:
    """Change a person's role, or deactivate or reactivate one.

    Deactivating signs out everywhere, and gates no longer know the phone. Nobody can take away
    their own rights, and an account keeps an administrator who can sign in.
    """
    if "role" in body.model_fields_set:
        services.change_role(person, body.role, actor=here.person)
    if "is_active" in body.model_fields_set:
        services.set_active(person, active=body.is_active, actor=here.person)
    return again(here, person)


@operator.patch(example=OPERATOR | {"is_active": False})
def update_operator(asker: Asker, person: models.User, body: OperatorChange) -> Person:
    """Deactivate an operator, who is signed out everywhere, or reactivate one."""
    services.set_active(person, active=body.is_active, actor=asker.person)
    return again(asker, person)


@person.delete()
def take_sign_in_away(here: Here, person: models.User) -> None:
    """Take the sign-in away; the user and the phone stay.

    E-mail address, password, second factors and the open invitation are deleted. To delete the
    user, too, see `delete_user`.
    """
    services.take_sign_in_away(person, actor=here.person)


@operator.delete()
def delete_operator(asker: Asker, person: models.User) -> None:
    """Delete an operator with their sign-in and API tokens; what they did stays in the activity."""
    delete_person(person, actor=asker.person)


@operator.delete(
    "/sessions", name="sign_operator_out", text="Sign an operator out on every device."
)
@person.delete("/sessions")
def sign_person_out(asker: Asker | Here, person: models.User) -> None:
    """Sign a person out on every device."""
    services.sign_out_everywhere(person, actor=asker.person)


@operator.delete("/second-factors", not_by_token=True, name="remove_operator_second_factors")
@person.delete("/second-factors", not_by_token=True)
def remove_second_factors(asker: Asker | Here, person: models.User) -> None:
    """Remove the second factors of a person who lost phone and recovery codes.

    Not with a token: somebody must make sure that it is really that person who asks.
    """
    services.remove_second_factors(person, actor=asker.person)
    mail_second_factors_removed(asker.request, person)


@operator.delete("/company-identity", not_by_token=True, name="forget_operator_company_identity")
@person.delete("/company-identity", not_by_token=True)
def forget_company_identity(asker: Asker | Here, person: models.User) -> None:
    """Forget who a person is at the company that signs people in (OpenID Connect).

    The next one who comes from there with the person's address is taken for that person. Not with a
    token: somebody must make sure that the address is still the person's.
    """
    release(person, actor=asker.person)


@sign_in.get()
def get_sign_in_settings(here: Here) -> SignInSettings:
    """Read whether everybody must have a second factor."""
    return SignInSettings.of(here.account)


@sign_in.put()
def save_sign_in_settings(here: Here, body: SignInSettingsToSave) -> SignInSettings:
    """Force a second factor on everybody, or make it optional again (not with a token)."""
    required = body.requires_second_factor
    if here.account.requires_second_factor and not required:
        here.caller.refuse_token()
    services.require_second_factor(here.account, required=required, actor=here.person)
    return SignInSettings(requires_second_factor=required)
