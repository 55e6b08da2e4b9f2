"""Secrets and stored codes of the outbox change keys together with everything else."""

from uuid import UUID

from django.db import transaction

from callmark.calls.key_rotation import keys_renewed
from callmark.codes.secrecy import keyring
from callmark.webhooks.models import WebhookEndpoint, WebhookMessage

_BATCH = 2000


def listen() -> None:
    """Connect to the signal of the command that changes keys; once, when Django starts."""
    keys_renewed.connect(_renew, dispatch_uid="webhooks")


def _renew(**_: object) -> None:
    _renew_secrets()
    # every account: all of them change keys
    ids = list(
        WebhookMessage.objects.exclude(account_code_encrypted="").values_list("pk", flat=True)
    )
    for start in range(0, len(ids), _BATCH):
        _renew_codes(ids[start : start + _BATCH])


@transaction.atomic
def _renew_secrets() -> None:
    # every account: all of them change keys
    endpoints = list(WebhookEndpoint.objects.select_for_update())
    for endpoint in endpoints:
        endpoint.secret_encrypted = _again(endpoint.secret_encrypted)
        endpoint.former_secret_encrypted = _again(endpoint.former_secret_encrypted)
    WebhookEndpoint.objects.bulk_update(
        endpoints, ["secret_encrypted", "former_secret_encrypted"], batch_size=_BATCH
    )


@transaction.atomic
def _renew_codes(ids: list[UUID]) -> None:
    messages = list(WebhookMessage.objects.select_for_update().filter(pk__in=ids))
    for message in messages:
        message.account_code_encrypted = _again(message.account_code_encrypted)
    WebhookMessage.objects.bulk_update(messages, ["account_code_encrypted"])


def _again(sealed: str) -> str:
    return keyring().encrypt(keyring().decrypt(sealed))
