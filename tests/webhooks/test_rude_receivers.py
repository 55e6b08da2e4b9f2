"""Receivers that redirect, dawdle, drip, talk nonsense or too much do no harm."""

import time
from http.server import BaseHTTPRequestHandler

import pytest

from callmark.webhooks.models import Delivery, DeliveryAttempt, WebhookEndpoint
from callmark.webhooks.sending import Limits
from tests.cast import LawFirm
from tests.rows import every
from tests.webhooks.calls import tagged_call
from tests.webhooks.receivers import (
    PATIENT,
    QUICK,
    Behaviour,
    Receiver,
    answering,
    listening,
    worker,
)

DRAWN_OUT = 60.0
"""Seconds that a rude receiver would go on, if one let it."""
SOON = Limits(connect=20, total=2.5)


def attempt_after(firm: LawFirm, limits: Limits = PATIENT) -> DeliveryAttempt:
    """Send one message and return what was logged; it must not take as long as the receiver."""
    tagged_call(firm)
    started = time.monotonic()
    worker(limits=limits).run_due()
    assert time.monotonic() - started < DRAWN_OUT / 2
    return every(Delivery).get().attempts.get()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver, status: int
) -> None:
    with listening() as elsewhere:
        receiver.will(answering(status, Location=elsewhere.url))
        assert attempt_after(firm).status == status
        assert not elsewhere.received
    assert every(Delivery).get().state == Delivery.State.WAITING


def says_nothing(handler: BaseHTTPRequestHandler) -> None:
    until_it_is_left(handler)


def drips_status(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 2")
    drip(handler, b"0")


def drip(handler: BaseHTTPRequestHandler, byte: bytes) -> None:
    """Send a byte now and then: no time-out of a socket ever ends this."""
    for _ in range(int(DRAWN_OUT / 0.05)):
        time.sleep(0.05)
        try:
            handler.wfile.write(byte)
        except OSError:
            return


def until_it_is_left(handler: BaseHTTPRequestHandler) -> None:
    """Keep silent until the other side goes."""
    handler.connection.settimeout(DRAWN_OUT)
    handler.connection.recv(1)


@pytest.mark.parametrize("rude", [says_nothing, drips_status])
def test_a_slow_receiver_is_cut_off(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver, rude: Behaviour
) -> None:
    receiver.will(rude)
    attempt = attempt_after(firm, QUICK)
    assert (attempt.status, attempt.problem) == (None, "no answer within 0.6 s")
    assert attempt.milliseconds < DRAWN_OUT / 2 * 1000


def drips_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    drip(handler, b"x")


def drips_body(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    drip(handler, b"x")


def never_ends_body(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    until_it_is_left(handler)


@pytest.mark.parametrize("rude", [drips_headers, drips_body, never_ends_body])
def test_once_the_status_is_there_the_rest_does_not_matter(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver, rude: Behaviour
) -> None:
    receiver.will(rude)
    assert attempt_after(firm, SOON).status == 200
    assert every(Delivery).get().state == Delivery.State.DELIVERED


def test_of_a_long_answer_a_little_is_kept(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    receiver.will(answering(500, b"\x00<b>\xff\r\n" + b"x" * 5_000_000))
    excerpt = attempt_after(firm).excerpt
    assert excerpt.startswith("<b>\N{REPLACEMENT CHARACTER}  xxx")
    assert len(excerpt) <= 300


def test_a_packed_answer_is_not_unpacked(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    receiver.will(answering(200, b"not gzip at all", **{"Content-Encoding": "gzip"}))
    assert attempt_after(firm).excerpt == "not gzip at all"


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def talks_nonsense(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"220 mail.example ESMTP\r\n")


def sends_endless_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X-Header: 1\r\n" * 1000 + b"\r\n")


@pytest.mark.parametrize("rude", [hangs_up, talks_nonsense, sends_endless_headers])
def test_what_is_no_answer_is_a_failure(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver, rude: Behaviour
) -> None:
    receiver.will(rude)
    attempt = attempt_after(firm)
    assert attempt.status is None
    assert attempt.problem
    assert every(Delivery).get().state == Delivery.State.WAITING


def test_no_proxy_of_the_environment_is_used(
    firm: LawFirm,
    endpoint: WebhookEndpoint,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert attempt_after(firm).status == 204
