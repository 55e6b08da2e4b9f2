"""Mails about a person's way in: an invitation, or second factors that are gone."""

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from callmark.accounts.models import User
from callmark.sign_in.invitations import Invited


def link_of(request: HttpRequest, invited: Invited) -> str:
    """The address to hand over: shown once, as only a hash of it is stored."""
    return request.build_absolute_uri(reverse("sign_in_invitation_link", args=[invited.token]))


def mail_invitation(request: HttpRequest, invited: Invited, sender: User) -> bool:
    """Send the link; False where no mail is set up and it has to be handed over."""
    if not settings.MAIL_IS_SET_UP:
        return False
    person = invited.invitation.user
    context = {
        "person": person,
        "sender": sender,
        "link": link_of(request, invited),
        "expires_at": invited.invitation.expires_at,
    }
    get_adapter().send_mail("sign_in/email/invitation", person.email, context)
    return True


def mail_second_factors_removed(request: HttpRequest, person: User) -> None:
    """Tell a person whose second factors somebody has removed, once it is saved."""
    adapter = get_adapter(request)
    template = "sign_in/email/second_factors_removed"
    transaction.on_commit(lambda: adapter.send_notification_mail(template, person))


def mail_address_changed(request: HttpRequest, person: User, former: str) -> None:
    """Tell the reader of the former address that it signs in no more, once that is saved."""
    adapter = get_adapter(request)
    template = "sign_in/email/address_changed"
    transaction.on_commit(lambda: adapter.send_notification_mail(template, person, email=former))
