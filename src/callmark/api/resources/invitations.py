"""Inviting people, and operators: a link to choose a password, by mail or to hand over."""

from typing import Annotated
from uuid import UUID

from django.conf import settings
from django.db import transaction
from pydantic import Field

from callmark.accounts.models import Role, User
from callmark.api.resource import Asker, Here, Needs, Resource, Scope
from callmark.api.resources.people import OPERATOR, TAG, Person, again, operators, people_of
from callmark.api.resources.users import Email, UserRole
from callmark.api.schemas import Line, Request, eg
from callmark.sign_in import invitations as services
from callmark.sign_in.invitations import Invited
from callmark.sign_in.mail import link_of, mail_invitation
from callmark.web.problems import Problem

invitations = Resource(
    "/accounts/{account_id}", TAG, needs=Needs.ADMINISTRATION, writes=Scope.PEOPLE
)
person = invitations.one("/people/{person_id}", people_of)
operator_invitations = Resource(operators.path, TAG, needs=Needs.OPERATOR, writes=Scope.PEOPLE)
operator = operator_invitations.one("/{operator_id}", people_of)


class PersonInvited(Person, shown_once=True):
    """The person, and the link to hand over where no mail brings it."""

    mailed: bool = eg(True, "Whether a mail with the link is on its way.")
    link: str | None = eg(
        "https://codes.example.com/invitation/... (shown once)",
        "Shown this once; works once. Null to a token where the person has signed "
        "in before: then it goes by mail alone.",
    )


class NewPerson(Request):
    """Whom to invite: a user of the account (`user_id`), or somebody new (`name`)."""

    user_id: UUID | None = None
    name: Annotated[Line, Field(min_length=1)] | None = eg("Ida", default=None)
    email: Email = eg("ida@harper-law.example")
    role: UserRole = eg("reporter", default=UserRole.USER)


class NewOperator(Request):
    """An operator to invite."""

    name: Line = eg("Oda", min_length=1)
    email: Email = eg("oda@operator.example")


@invitations.post("/invitations", status=201)
def invite_person(here: Here, body: NewPerson) -> PersonInvited:
    """Invite somebody to sign in: a link to choose a password goes out by mail.

    Give `user_id` to let a user with a phone sign in, or `name` to add somebody without one.
    Without a mail server, hand the link over.
    """
    if (body.user_id is None) == (body.name is None):
        raise Problem(422, "one_person", "Give either user_id or name.", field="user_id")
    email, role, actor = body.email, body.role, here.person
    if body.name is not None:
        invited = services.invite(here.account, name=body.name, email=email, role=role, actor=actor)
    else:
        assert body.user_id is not None
        user = here.user(body.user_id)
        invited = services.invite_user(user, email=email, role=role, actor=actor)
    return _sent(here, invited)


@operator_invitations.post("/invitations", status=201, example=OPERATOR)
def invite_operator(asker: Asker, body: NewOperator) -> PersonInvited:
    """Invite another operator, who sees and changes every account."""
    invited = services.invite(
        None, name=body.name, email=body.email, role=Role.OPERATOR, actor=asker.person
    )
    return _sent(asker, invited)


@operator.post("/invitation", name="send_operator_invitation", example=OPERATOR)
@person.post("/invitation")
def send_invitation(asker: Asker | Here, person: User) -> PersonInvited:
    """Send a new link, for an invitation that was lost or a password that was forgotten.

    The previous link stops working; the password stays until the new one is used.
    """
    by_program = asker.caller.token is not None
    if by_program and _signed_in_before(person) and not settings.MAIL_IS_SET_UP:
        raise Problem(
            409,
            "no_mail_server",
            "No mail server is set up, and a program is not shown a link for somebody who has "
            "signed in before: make it in the portal, under 'Who can sign in'.",
        )
    return _sent(asker, services.send_again(person, actor=asker.person))


@operator.delete("/invitation", name="withdraw_operator_invitation")
@person.delete("/invitation")
def withdraw_invitation(asker: Asker | Here, person: User) -> None:
    """Take an open link back: it stops working."""
    services.revoke(person, actor=asker.person)


def _sent(asker: Asker | Here, invited: Invited) -> PersonInvited:
    person: User = invited.invitation.user
    # After the commit: no mail about what was not saved, and nobody waits for the mail server.
    transaction.on_commit(lambda: mail_invitation(asker.request, invited, asker.person))
    # Who holds a token could otherwise sign in as anybody; a new person is nobody yet.
    show = asker.caller.token is None or not _signed_in_before(person)
    return PersonInvited.of(
        again(asker, person),
        mailed=settings.MAIL_IS_SET_UP,
        link=link_of(asker.request, invited) if show else None,
    )


def _signed_in_before(person: User) -> bool:
    return person.last_login is not None or person.has_usable_password()
