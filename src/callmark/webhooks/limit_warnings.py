"""Limits that are nearly or wholly used up: told once a period, by mail and webhook.

A step is told of whose count it is: of the account, of a code, or of each user. The highest step
that is reached is told; those below it go without saying.
"""

import logging
from datetime import datetime
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext

from callmark.accounts.models import Role, User
from callmark.calls.limits import Used, used_of
from callmark.calls.models import CallLimit, LimitWarning
from callmark.calls.models.totals import NOBODY
from callmark.languages import language_of, speaking
from callmark.webhooks.models import Event
from callmark.webhooks.outbox import store, subscribed
from callmark.webhooks.payloads import limit_data

log = logging.getLogger("callmark.webhooks")

_TEMPLATE = "webhooks/email/limit_reached_message.txt"


def warn_of_limits(now: datetime) -> int:
    """Tell of every step that was reached and not told yet; how many."""
    every = CallLimit.objects.of_every_account("the worker warns for all of them")
    told = 0
    for limit in every.select_related("account", "user", "code").order_by("pk"):
        used = used_of(limit, now)
        for whose, amount in used.amounts.items():
            if steps := limit.value.steps_reached(amount):
                told += _tell_once(limit, used, whose, steps)
    return told


def _tell_once(limit: CallLimit, used: Used, whose: str, steps: tuple[int, ...]) -> bool:
    amount = limit.in_unit(used.amounts[whose])
    who = UUID(whose) if whose else limit.user_id or NOBODY
    with transaction.atomic():
        same = {"account": limit.account, "limit": limit, "who": who, "since": used.since}
        warnings = LimitWarning.objects.of(limit.account_id)
        if warnings.filter(limit=limit, who=who, since=used.since, percent=steps[0]).exists():
            return False
        # Of several workers one tells.
        warning, is_new = warnings.get_or_create(
            **same, percent=steps[0], defaults={"used": amount}
        )
        if not is_new:
            return False
        user = User.objects.of(limit.account).filter(pk=who).first()
        if endpoints := subscribed(limit.account_id, Event.LIMIT_REACHED):
            store(endpoints, Event.LIMIT_REACHED, limit_data(warning, used.until, user))
    _mail_administrators(warning, used, user, used.amounts[whose])
    return True


def _mail_administrators(warning: LimitWarning, used: Used, user: User | None, amount: int) -> None:
    """A mail server that is down must not stop the worker: the portal tells, too."""
    if not settings.MAIL_IS_SET_UP:
        return
    limit = warning.limit
    people = User.objects.of(limit.account_id).filter(
        role=Role.ADMINISTRATOR, is_active=True, email__isnull=False
    )
    mails = []
    with timezone.override(limit.account.zone):
        for person in people:
            told: dict[str, object] = {"warning": warning, "limit": limit}
            told |= {"user": user, "person": person}
            with speaking(language_of(person, limit.account), limit.account.country):
                title = gettext("Limit at {percent}%: {limit} ({account})").format(
                    percent=warning.percent, limit=limit.name, account=limit.account.name
                )
                told |= {"until": used.until, "used": limit.used_in_words(amount)}
                text = render_to_string(_TEMPLATE, told).strip()
            subject = f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{title}"
            mails.append(EmailMessage(" ".join(subject.split()), text, to=[person.email or ""]))
    try:
        get_connection().send_messages(mails)
    except (SMTPException, OSError) as problem:
        log.error("mail about a limit could not be sent: %s", type(problem).__name__)
