"""Webhooks and API tokens of the firm, as the portal's tests need them."""

from datetime import timedelta

from django.utils import timezone

from callmark.sign_in.api_tokens import NewToken, Scope, create_token
from callmark.webhooks.models import Delivery, DeliveryAttempt, Event, WebhookEndpoint
from callmark.webhooks.services import add_endpoint, send_test
from tests.cast import LawFirm

ADDRESS = "https://billing.callmark.example/hooks?key=not-for-everybody"


def webhook(cast: LawFirm, name: str = "Billing", **more: bool) -> WebhookEndpoint:
    """Olivia tells her billing program everything."""
    new = add_endpoint(
        cast.account, url=ADDRESS, events=Event.values, name=name, actor=cast.olivia, **more
    )
    return new.endpoint


def delivery(
    endpoint: WebhookEndpoint, state: str = Delivery.State.WAITING, answers: tuple[int, ...] = ()
) -> Delivery:
    """A test message, tried as often as there are answers; 0 is none."""
    one = send_test(endpoint, actor=None)
    for number, status in enumerate(answers, start=1):
        DeliveryAttempt.objects.create(
            delivery=one,
            number=number,
            at=timezone.now() + timedelta(seconds=5 * number),
            milliseconds=120 * number,
            status=status or None,
            problem="" if status else "there is no such host",
            excerpt="out of order" if status >= 500 else "",
        )
    one.state, one.attempts_made = Delivery.State(state), len(answers)
    one.save()
    return one


def token(cast: LawFirm, name: str = "Billing export", days: int = 90) -> NewToken:
    """Olivia makes a token that reads."""
    scopes = [Scope.READ]
    return create_token(cast.account, name=name, scopes=scopes, days=days, actor=cast.olivia)
