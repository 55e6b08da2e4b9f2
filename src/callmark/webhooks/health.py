"""What answers say of an endpoint: that it works, wants rest, or is dead and is turned off."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy

from callmark.accounts.changes import change
from callmark.audit.actions import Action
from callmark.audit.origin import WEBHOOK_WORKER, acting
from callmark.languages import speaking
from callmark.webhooks.mail import mail_administrators
from callmark.webhooks.models import OffReason, WebhookEndpoint
from callmark.webhooks.schedule import rest_asked_for
from callmark.webhooks.sending import Answer

DEAD_AFTER_DAYS = 5
"""Nothing has arrived for so long, and one more message had to be given up."""

WORRY_AFTER = timedelta(hours=1)


def after_success(endpoint: WebhookEndpoint) -> None:
    """Something has arrived: what failed before counts no more."""
    if endpoint.failing_since is not None:
        _row(endpoint).update(failing_since=None)


def after_failure(
    endpoint: WebhookEndpoint, answer: Answer, now: datetime, *, given_up: bool
) -> None:
    """Let a receiver rest that asks for it; turn off what is gone or has been dead for days."""
    if answer.url != endpoint.url:
        # Either nobody was asked, or somebody at an address that was corrected meanwhile.
        return
    if rest := rest_asked_for(answer.retry_after, now):
        _row(endpoint).update(quiet_until=now + rest)
    if endpoint.failing_since is None:
        _row(endpoint).filter(failing_since=None).update(failing_since=now)
    if answer.gone:
        _turn_off(endpoint, OffReason.GONE, now)
    elif given_up and endpoint.failing_since and dead_at(endpoint.failing_since) <= now:
        _turn_off(endpoint, OffReason.FAILING, now)


def is_failing(endpoint: WebhookEndpoint) -> bool:
    """Whether it is worth a warning that nothing arrives: not after a failure a minute ago."""
    since = endpoint.failing_since
    return endpoint.active and since is not None and timezone.now() - since > WORRY_AFTER


def advice(endpoint: WebhookEndpoint) -> str | None:
    """Why an endpoint is off, and what to do; None while it is active."""
    if not endpoint.why_off:
        return None
    return str(_ADVICE[endpoint.why_off]).format(days=DEAD_AFTER_DAYS)


_ADVICE = {
    OffReason.PAUSED: gettext_lazy(
        "Somebody paused it. Turn it on when its program is to be told again."
    ),
    OffReason.GONE: gettext_lazy(
        "The program answered 410 Gone: it no longer takes messages at this address. "
        "Ask the people who look after it for the new address, enter that and turn "
        "the webhook on. If the program is no longer used, delete the webhook."
    ),
    OffReason.FAILING: gettext_lazy(
        "No message arrived for {days} days. When the program works again, turn the webhook on "
        "and send the failed messages again."
    ),
}


def dead_at(failing_since: datetime) -> datetime:
    """When an endpoint that has failed since then is dead, unless something arrives before."""
    return failing_since + timedelta(days=DEAD_AFTER_DAYS)


@acting(WEBHOOK_WORKER)
def _turn_off(endpoint: WebhookEndpoint, reason: OffReason, now: datetime) -> None:
    url, stored = endpoint.url, _row(endpoint).first()
    if stored is None:
        return
    with change(stored.account, Action.WEBHOOK_SWITCHED_OFF, stored, actor=None) as turned_off:
        # Somebody may have been faster: another worker, or a person who paused or corrected it.
        if not stored.active or stored.url != url:
            turned_off.is_needed = False
            return
        stored.active, stored.off_reason, stored.off_at = False, reason, now
        with speaking("en"):  # As it is stored; its reader has it in another language.
            turned_off.after["why"] = str(reason.label)
        transaction.on_commit(lambda: mail_administrators(stored))


def _row(endpoint: WebhookEndpoint) -> QuerySet[WebhookEndpoint]:
    return WebhookEndpoint.objects.of(endpoint.account_id).filter(pk=endpoint.pk)
