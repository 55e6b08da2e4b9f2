"""The mail that says a webhook was turned off: nobody looks at its page every day."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.utils.translation import gettext

from callmark.accounts.models import Role, User
from callmark.languages import language_of, speaking
from callmark.webhooks.models import DeliveryAttempt, WebhookEndpoint

log = logging.getLogger("callmark.webhooks")

_TEMPLATE = "webhooks/email/switched_off_message.txt"


def mail_administrators(endpoint: WebhookEndpoint) -> None:
    """Say why and what to do. A mail server that is down must not stop the worker."""
    if not settings.MAIL_IS_SET_UP:
        return
    people = User.objects.of(endpoint.account_id).filter(
        role=Role.ADMINISTRATOR, is_active=True, email__isnull=False
    )
    mails = [_mail(endpoint, person) for person in people]
    try:
        get_connection().send_messages(mails)
    except (SMTPException, OSError) as problem:
        log.error("mail about a dead webhook could not be sent: %s", type(problem).__name__)


def _mail(endpoint: WebhookEndpoint, person: User) -> EmailMessage:
    attempts = DeliveryAttempt.objects.of(endpoint.account_id).filter(delivery__endpoint=endpoint)
    context = {
        "endpoint": endpoint,
        "address": endpoint.shown_url,
        "person": person,
        "last": attempts.order_by("-at").first(),
    }
    with speaking(language_of(person, endpoint.account)):
        title = gettext("Webhook turned off: {name}").format(name=endpoint)
        text = render_to_string(_TEMPLATE, context).strip()
    subject = f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{title}"
    return EmailMessage(" ".join(subject.split()), text, to=[person.email or ""])
