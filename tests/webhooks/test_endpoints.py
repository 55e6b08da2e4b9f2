"""Endpoints: what may be set, the secret that is shown once, and its encryption."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from callmark.accounts.refused import Refused
from callmark.audit.models import AuditEntry
from callmark.keys import key_file
from callmark.ops.key_rotation import drop_former_keys
from callmark.webhooks import services
from callmark.webhooks.models import Event, WebhookEndpoint, WebhookMessage
from callmark.webhooks.queries import deliveries_of, endpoints_of
from callmark.webhooks.services import add_endpoint, change_endpoint, renew_secret
from callmark.webhooks.signing import verify
from tests.cast import LawFirm, make_law_firm
from tests.leaks import shows
from tests.rows import every
from tests.webhooks.calls import tagged_call
from tests.webhooks.receivers import Receiver, worker

HOOK = "https://hooks.example/in?password=geheim"


def everything_stored() -> str:
    """Every row of every table, as text."""
    rows = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += [str(row) for row in cursor.fetchall()]
    return "\n".join(rows)


def test_the_secret_is_shown_once_and_stored_encrypted(firm: LawFirm) -> None:
    added = add_endpoint(firm.account, url=HOOK, events=Event.values, actor=firm.olivia)
    assert added.secret.startswith("whsec_")
    assert added.secret not in repr(added)
    assert added.secret not in everything_stored()
    assert every(WebhookEndpoint).get().secret == added.secret


def test_neither_secret_nor_what_follows_the_question_mark_is_audited(firm: LawFirm) -> None:
    add_endpoint(firm.account, url=HOOK, events=Event.values, actor=firm.olivia)
    entry = every(AuditEntry).first()
    assert entry is not None
    assert entry.after["url"] == "https://hooks.example/in"
    assert "geheim" not in str([entry.after, entry.target_name])


def test_secrets_and_stored_codes_change_keys_with_everything_else(
    own_keys: Path, firm: LawFirm, receiver: Receiver
) -> None:
    added = add_endpoint(
        firm.account, url=receiver.url, events=Event.values, include_codes=True, actor=None
    )
    renewed = renew_secret(added.endpoint, actor=firm.olivia)
    tagged_call(firm)
    drop_former_keys()
    assert len(own_keys.read_text().split()) == 1
    worker().run_due()
    (received,) = receiver.received
    for secret in (added.secret, renewed.secret):
        verify(secret, received.headers, received.body)
    assert received.json["data"]["account_code"]["code"] == "1234"
    assert not shows("1234", every(WebhookMessage).get().data["account_code"])


def test_a_secret_whose_key_is_gone_is_a_logged_failure(
    firm: LawFirm, endpoint: WebhookEndpoint, settings: Settings, tmp_path: Path
) -> None:
    tagged_call(firm)
    settings.CODE_KEYS_FILE = tmp_path / "other-keys"
    key_file.create(settings.CODE_KEYS_FILE)
    worker().run_due()
    (delivery,) = deliveries_of(firm.account)
    assert "missing from the code key file" in delivery.attempts.get().problem


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("events", []),
        ("events", ["call.tagged", "everything"]),
        ("url", "https://hooks.example/" + "x" * 500),
        ("name", "x" * 101),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(
    firm: LawFirm, endpoint: WebhookEndpoint, field: str, value: object
) -> None:
    with pytest.raises(Refused) as refused:
        change_endpoint(endpoint, {field: value}, actor=firm.olivia)
    assert refused.value.field == field


def test_a_change_is_refused_while_the_others_stay(
    firm: LawFirm, endpoint: WebhookEndpoint
) -> None:
    with pytest.raises(ValueError, match="cannot be changed"):
        change_endpoint(endpoint, {"secret": "mine"}, actor=firm.olivia)
    changed = change_endpoint(endpoint, {"name": " Billing "}, actor=firm.olivia)
    assert (changed.name, changed.url) == ("Billing", endpoint.url)


def test_an_account_has_only_so_many(firm: LawFirm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_ENDPOINTS", 1)
    add_endpoint(firm.account, url=HOOK, events=Event.values, actor=firm.olivia)
    with pytest.raises(Refused) as refused:
        add_endpoint(firm.account, url=HOOK, events=Event.values, actor=firm.olivia)
    assert refused.value.code == "too_many_webhooks"


def test_an_account_sees_its_own_only(firm: LawFirm, endpoint: WebhookEndpoint) -> None:
    other = make_law_firm("other")
    tagged_call(firm)
    assert endpoints_of(firm.account).get() == endpoint
    assert deliveries_of(firm.account).count() == 1
    assert not endpoints_of(other.account).exists()
    assert not deliveries_of(other.account).exists()


def test_deliveries_are_found_by_endpoint_event_and_state(
    firm: LawFirm, endpoint: WebhookEndpoint
) -> None:
    tagged_call(firm)
    assert deliveries_of(firm.account, endpoint_id=endpoint.pk, event="call.tagged").exists()
    assert not deliveries_of(firm.account, event="call.refused").exists()


@pytest.mark.parametrize("service", [services.renew_secret, services.replay_failed])
def test_one_that_was_deleted_meanwhile_is_said_to_be(
    firm: LawFirm, endpoint: WebhookEndpoint, service: Callable[..., object]
) -> None:
    services.delete_endpoint(every(WebhookEndpoint).get(), actor=firm.olivia)
    with pytest.raises(Refused) as refused:
        service(endpoint, actor=firm.olivia)
    assert refused.value.code == "webhook_deleted"
