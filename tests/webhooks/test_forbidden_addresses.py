"""No request reaches a private network, however its address is written, unless that is allowed."""

import socket
from ipaddress import ip_address
from typing import Any

import pytest
from pytest_django import Settings

from callmark.accounts.refused import Refused
from callmark.webhooks.addresses import Forbidden, Place, check, is_public, resolve
from callmark.webhooks.models import Delivery, Event, WebhookEndpoint
from callmark.webhooks.services import add_endpoint
from tests.cast import LawFirm
from tests.rows import every
from tests.webhooks.calls import tagged_call
from tests.webhooks.receivers import Receiver, worker

HERE = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "017700000001",
    "0177.0.0.1",
    "0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "localhost",
    "localhost.",
    "any.localhost",
]
PRIVATE = [
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.0.192",
    "192.88.99.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "168.63.129.16",
    "fe80::1",
    "fec0::1",
    "fd00:ec2::254",
    "fc00::1",
    "ff02::1",
    "ff0e::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "100::1",
    "2001:0:7f00:1::",
    "::ffff:10.0.0.1",
    "::ffff:0:10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:a9fe:a9fe::1",
]
PUBLIC = ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]


@pytest.fixture
def _nothing_allowed(settings: Settings) -> None:
    settings.WEBHOOKS_ALLOW_PRIVATE = ""


@pytest.mark.parametrize("address", PRIVATE)
def test_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.usefixtures("_nothing_allowed")
@pytest.mark.parametrize("host", HERE)
def test_this_machine_is_refused_in_the_form_and_when_sending(host: str) -> None:
    with pytest.raises(Forbidden):
        check(f"https://{host}/")
    with pytest.raises(Forbidden):
        resolve(Place.from_url(f"https://{host}/"), 5)


@pytest.mark.usefixtures("_nothing_allowed")
@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/",
        "ftp://hooks.example/",
        "https:///path",
        "https://user:password@hooks.example/",
        "https://hooks.example\\@127.0.0.1/",
        "https://hooks.example/#top",
        "https://hooks.example:99999/",
        "https://hooks.example /",
        "https://höoks.example/",
        "https://hooks.example/\r\nX-Header: 1",
        "https://[::1/",
        "file:///etc/passwd",
        "hooks.example",
        "",
    ],
)
def test_what_is_no_plain_public_https_address_is_refused(firm: LawFirm, url: str) -> None:
    with pytest.raises(Refused) as refused:
        add_endpoint(firm.account, url=url, events=Event.values, actor=firm.olivia)
    assert (refused.value.field, refused.value.code) == ("url", "address_not_allowed")
    assert not every(WebhookEndpoint).exists()


@pytest.mark.usefixtures("_nothing_allowed")
def test_a_public_https_address_is_fine(firm: LawFirm) -> None:
    url = "https://hooks.example:8443/path?key=1"
    add_endpoint(firm.account, url=url, events=Event.values, actor=firm.olivia)


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """A name server that gives these answers, one after the other; returns what was asked."""
    asked: list[str] = []

    def answer(host: str, port: int, **_: object) -> list[Any]:
        asked.append(host)
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in answers[len(asked) - 1]
        ]

    monkeypatch.setattr("callmark.webhooks.addresses.socket.getaddrinfo", answer)
    return asked


def only_problem() -> str:
    return every(Delivery).get().attempts.get().problem


def test_a_name_that_means_this_machine_is_not_reached(
    firm: LawFirm, receiver: Receiver, settings: Settings
) -> None:
    url = f"http://localhost:{receiver.port}/"
    add_endpoint(firm.account, url=url, events=Event.values, actor=firm.olivia)
    settings.WEBHOOKS_ALLOW_PRIVATE = ""
    tagged_call(firm)
    worker().run_due()
    assert not receiver.received
    assert only_problem() == "addresses inside a private network are not allowed"


def test_one_private_address_among_public_ones_is_enough_to_refuse(
    firm: LawFirm, receiver: Receiver, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOKS_ALLOW_PRIVATE = ""
    resolving(monkeypatch, ["1.1.1.1", "127.0.0.1"])
    url = f"https://hooks.example:{receiver.port}/"
    add_endpoint(firm.account, url=url, events=Event.values, actor=firm.olivia)
    tagged_call(firm)
    worker().run_due()
    assert not receiver.received
    assert only_problem() == "addresses inside a private network are not allowed"


def test_a_name_is_resolved_once_and_the_checked_address_is_reached(
    firm: LawFirm, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"http://hooks.example:{receiver.port}/path?key=1"
    add_endpoint(firm.account, url=url, events=Event.values, actor=firm.olivia)
    tagged_call(firm)
    # Asked again it would answer the metadata service.
    asked = resolving(monkeypatch, ["127.0.0.1"], ["169.254.169.254"])
    worker().run_due()
    assert asked == ["hooks.example"]
    (received,) = receiver.received
    assert received.headers["host"] == f"hooks.example:{receiver.port}"
    assert received.path == "/path?key=1"


def test_without_tls_only_what_is_allowed_is_reached(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOKS_ALLOW_PRIVATE = "10.0.0.0/8"
    resolving(monkeypatch, ["1.1.1.1"], ["10.0.0.1"])
    with pytest.raises(Forbidden, match="https"):
        resolve(Place.from_url("http://hooks.example/"), 5)
    assert resolve(Place.from_url("http://hooks.example/"), 5) == ["10.0.0.1"]


def test_a_name_server_that_does_not_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import threading

    stop = threading.Event()
    monkeypatch.setattr(
        "callmark.webhooks.addresses.socket.getaddrinfo", lambda *_, **__: stop.wait(20)
    )
    with pytest.raises(Forbidden, match="in time"):
        resolve(Place.from_url("https://hooks.example/"), 0.05)
    stop.set()
