"""Inviting people to sign in: a link to choose a password, by mail or to hand over."""

from typing import Annotated
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from callmark.accounts.models import Account, Role, User
from callmark.api import examples
from callmark.api.callers import Here
from callmark.api.description import Operation
from callmark.api.operations import operation
from callmark.api.resources import people
from callmark.api.resources.people import Person, person_of
from callmark.api.resources.users import Email, UserRole
from callmark.api.schemas import Line, Request
from callmark.sign_in import invitations as services
from callmark.sign_in.api_tokens import Scope
from callmark.sign_in.invitations import Invited
from callmark.sign_in.mail import link_of, mail_invitation
from callmark.web.access import Caller, Needs
from callmark.web.problems import Problem

router = Router(tags=["Who can sign in"])

OPERATORS = "/operators"


class PersonInvited(Person):
    """The person, and the link to hand over where no mail brings it."""

    mailed: Annotated[bool, Field(description="Whether a mail with the link is on its way.")]
    link: Annotated[
        str | None,
        Field(
            description="Shown this once; works once. Null to a token where the person has signed "
            "in before: then it goes by mail alone."
        ),
    ]


class NewPerson(Request):
    """Whom to invite: a user of the account (`user_id`), or somebody new (`name`)."""

    user_id: UUID | None = None
    name: Annotated[Line, Field(min_length=1)] | None = None
    email: Email
    role: UserRole = UserRole.USER


class NewOperator(Request):
    """An operator to invite."""

    name: Annotated[Line, Field(min_length=1)]
    email: Email


_EXAMPLE = examples.PERSON | {
    "mailed": True,
    "link": "https://codes.example.com/invitation/... (shown once)",
}
_OPERATOR_EXAMPLE = _EXAMPLE | examples.OPERATOR


@operation(
    router,
    Operation(
        "POST",
        "/accounts/{account_id}/invitations",
        needs=Needs.ADMINISTRATION,
        scope=Scope.PEOPLE,
        status=201,
        secret=True,
        example=_EXAMPLE,
        body_example={"name": "Ida", "email": "ida@harper-law.example", "role": "reporter"},
    ),
)
def invite_person(request: HttpRequest, here: Here, body: NewPerson) -> PersonInvited:
    """Invite somebody to sign in: a link to choose a password goes out by mail.

    Give `user_id` to let a user with a phone sign in, or `name` to add somebody without one.
    Without a mail server, hand the link over.
    """
    if (body.user_id is None) == (body.name is None):
        raise Problem(422, "one_person", "Give either user_id or name.", field="user_id")
    role, actor = body.role, here.person
    if body.name is not None:
        invited = services.invite(
            here.account, name=body.name, email=body.email, role=role, actor=actor
        )
    else:
        assert body.user_id is not None
        user = here.user(body.user_id)
        invited = services.invite_user(user, email=body.email, role=role, actor=actor)
    return _sent(request, here.caller, invited)


@operation(
    router,
    Operation(
        "POST",
        f"{people.ONE}/invitation",
        needs=Needs.ADMINISTRATION,
        scope=Scope.PEOPLE,
        secret=True,
        example=_EXAMPLE,
    ),
)
def send_invitation(request: HttpRequest, here: Here, person_id: UUID) -> PersonInvited:
    """Send a new link, for an invitation that was lost or a password that was forgotten.

    The previous link stops working; the password stays until the new one is used.
    """
    return _send_again(request, here.caller, person_of(here.account, person_id))


@operation(
    router,
    Operation(
        "DELETE",
        f"{people.ONE}/invitation",
        needs=Needs.ADMINISTRATION,
        scope=Scope.PEOPLE,
        status=204,
    ),
)
def withdraw_invitation(here: Here, person_id: UUID) -> None:
    """Take an open link back: it stops working."""
    services.revoke(person_of(here.account, person_id), actor=here.person)


@operation(
    router,
    Operation(
        "POST",
        f"{OPERATORS}/invitations",
        needs=Needs.OPERATOR,
        scope=Scope.PEOPLE,
        status=201,
        secret=True,
        example=_OPERATOR_EXAMPLE,
        body_example={"name": "Oda", "email": "oda@operator.example"},
    ),
)
def invite_operator(request: HttpRequest, caller: Caller, body: NewOperator) -> PersonInvited:
    """Invite another operator, who sees and changes every account."""
    invited = services.invite(
        None, name=body.name, email=body.email, role=Role.OPERATOR, actor=caller.person
    )
    return _sent(request, caller, invited)


@operation(
    router,
    Operation(
        "POST",
        f"{OPERATORS}/{{operator_id}}/invitation",
        needs=Needs.OPERATOR,
        scope=Scope.PEOPLE,
        secret=True,
        example=_OPERATOR_EXAMPLE,
    ),
)
def send_operator_invitation(
    request: HttpRequest, caller: Caller, operator_id: UUID
) -> PersonInvited:
    """Send an operator a new link; the previous one stops working."""
    return _send_again(request, caller, person_of(None, operator_id))


@operation(
    router,
    Operation(
        "DELETE",
        f"{OPERATORS}/{{operator_id}}/invitation",
        needs=Needs.OPERATOR,
        scope=Scope.PEOPLE,
        status=204,
    ),
)
def withdraw_operator_invitation(caller: Caller, operator_id: UUID) -> None:
    """Take an operator's open link back."""
    services.revoke(person_of(None, operator_id), actor=caller.person)


def _send_again(request: HttpRequest, caller: Caller, person: User) -> PersonInvited:
    if caller.token is not None and _signed_in_before(person) and not settings.MAIL_IS_SET_UP:
        raise Problem(
            409,
            "no_mail_server",
            "No mail server is set up, and a program is not shown a link for somebody who has "
            "signed in before: make it in the portal, under 'Who can sign in'.",
        )
    return _sent(request, caller, services.send_again(person, actor=caller.person))


def _sent(request: HttpRequest, caller: Caller, invited: Invited) -> PersonInvited:
    person: User = invited.invitation.user
    account: Account | None = person.account
    # After the commit: no mail about what was not saved, and nobody waits for the mail server.
    transaction.on_commit(lambda: mail_invitation(request, invited, caller.person))
    # Who holds a token could otherwise sign in as anybody; a new person is nobody yet.
    show = caller.token is None or not _signed_in_before(person)
    return PersonInvited.model_validate(
        people.fields_of(person_of(account, person.pk))
        | {
            "mailed": settings.MAIL_IS_SET_UP,
            "link": link_of(request, invited) if show else None,
        }
    )


def _signed_in_before(person: User) -> bool:
    return person.last_login is not None or person.has_usable_password()
