"""The operator may list the hosts that webhooks may go to; any other is never reached."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from callmark.accounts.refused import Refused
from callmark.webhooks.hosts import is_allowed, parse_hosts
from callmark.webhooks.models import Delivery, Event, WebhookEndpoint
from callmark.webhooks.services import add_endpoint, change_endpoint
from tests.cast import LawFirm
from tests.rows import every
from tests.webhooks.calls import tagged_call
from tests.webhooks.receivers import Receiver, worker


def add(firm: LawFirm, url: str) -> WebhookEndpoint:
    return add_endpoint(firm.account, url=url, events=Event.values, actor=firm.olivia).endpoint


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("hooks.example", True),
        ("HOOKS.example", True),
        ("hooks.example.", True),
        ("a.partner.example", True),
        ("a.b.partner.example", True),
        ("partner.example", False),
        ("evilpartner.example", False),
        ("hooks.example.evil.example", False),
        ("a.hooks.example", False),
        ("192.0.2.7", True),
        ("3221225991", True),  # the same as a number
        ("192.0.2.8", False),
        ("2001:db8::7", True),
        ("2001:db8:0:0:0:0:0:7", True),
    ],
)
def test_exact_hosts_and_what_is_below_a_star(host: str, allowed: bool) -> None:
    hosts = parse_hosts("hooks.example, *.Partner.example,192.0.2.7,[2001:db8::7],")
    assert is_allowed(host, hosts) is allowed


def test_without_a_list_every_public_host_is_allowed() -> None:
    assert parse_hosts("") == ()
    assert is_allowed("anything.example", ())


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "*.",
        "https://hooks.example",
        "hooks.example/path",
        "hooks.example:8443",
        "hooks.*.example",
        "*hooks.example",
        "höoks.example",
        "a b.example",
        "10.0.0.0/8",
        "*.0.0.1",
        "-hooks.example",
    ],
)
def test_what_is_no_host_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"host"):
        parse_hosts(text)


def test_another_host_is_refused_when_it_is_saved(firm: LawFirm, settings: Settings) -> None:
    settings.WEBHOOKS_ALLOWED_HOSTS = parse_hosts("*.partner.example")
    endpoint = add(firm, "https://hooks.partner.example/in")
    elsewhere = "https://elsewhere.example/in"
    with pytest.raises(Refused) as refused:
        add(firm, elsewhere)
    with pytest.raises(Refused, match=r"does not allow elsewhere\.example"):
        change_endpoint(endpoint, {"url": elsewhere}, actor=firm.olivia)
    assert (refused.value.field, refused.value.code) == ("url", "address_not_allowed")
    assert "your operator does not allow elsewhere.example" in refused.value.message
    assert "ask for it to be allowed" in refused.value.message
    assert every(WebhookEndpoint).get().url == "https://hooks.partner.example/in"


def test_one_that_was_there_before_the_list_is_not_reached(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver, settings: Settings
) -> None:
    settings.WEBHOOKS_ALLOWED_HOSTS = parse_hosts("hooks.example")
    tagged_call(firm)
    worker().run_due()
    assert not receiver.received
    problem = every(Delivery).get().attempts.get().problem
    assert problem == "your operator does not allow 127.0.0.1; ask for it to be allowed"


def test_a_private_address_must_be_allowed_as_such_besides(
    firm: LawFirm, receiver: Receiver, settings: Settings
) -> None:
    settings.WEBHOOKS_ALLOWED_HOSTS = parse_hosts("127.0.0.1")
    add(firm, receiver.url)
    tagged_call(firm)
    assert worker().run_due() == 1
    settings.WEBHOOKS_ALLOW_PRIVATE = ""
    with pytest.raises(Refused, match="private network"):
        add(firm, "https://127.0.0.1/")


def test_a_list_that_is_misspelt_stops_every_process(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "callmark", "webhooks"],
        env=os.environ
        | {
            "CALLMARK_DATA_DIR": str(tmp_path),
            "CALLMARK_WEBHOOKS_ALLOWED_HOSTS": "https://hooks.example",
            "DJANGO_SETTINGS_MODULE": "callmark.settings",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "CALLMARK_WEBHOOKS_ALLOWED_HOSTS: 'https://hooks.example' is not a host" in done.stderr
    assert "Traceback" not in done.stderr
