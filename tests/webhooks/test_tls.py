"""Over HTTPS the certificate must be the named host's, from an authority that is trusted."""

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from callmark.webhooks import sending
from callmark.webhooks.sending import Answer, Limits, Request, send
from tests.webhooks.receivers import PATIENT, QUICK

NAME = "hooks.example"
BODY = b"{}"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for the name, its own authority, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def port(certificate: Path) -> Iterator[int]:
    """A server that answers every request over TLS with 204."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                raw, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(raw, server_side=True) as connection:
                    # The whole request: closing on what is unread would break the answer off.
                    with connection.makefile("rb") as request:
                        while request.readline().strip():
                            pass
                        request.read(len(BODY))
                    connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            except OSError:
                continue

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


@pytest.fixture(autouse=True)
def _names_mean_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callmark.webhooks.addresses._look_up", lambda host, port: ["127.0.0.1"])


def trust(monkeypatch: pytest.MonkeyPatch, authority: Path) -> None:
    context = ssl.create_default_context(cafile=authority)
    monkeypatch.setattr(sending, "tls_context", lambda: context)


def post(host: str, port: int, limits: Limits = PATIENT) -> Answer:
    return send(Request(f"https://{host}:{port}/", BODY, {}), limits)


def test_a_trusted_certificate_of_the_right_name(
    port: int, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(monkeypatch, certificate)
    assert post(NAME, port).status == 204


@pytest.mark.parametrize("host", ["other.example", "127.0.0.1"])
def test_a_certificate_of_another_name_is_refused(
    port: int, certificate: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    trust(monkeypatch, certificate)
    answer = post(host, port)
    assert answer.status is None
    assert "certificate is not valid" in answer.problem


def test_an_authority_nobody_knows_is_refused(port: int) -> None:
    assert "certificate is not valid" in post(NAME, port).problem


def test_a_handshake_that_drips_is_cut_off() -> None:
    """A TLS record that promises more than ever comes, a byte at a time."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"\x16\x03\x03\x40\x00")
            while not stop.wait(0.05):
                try:
                    connection.sendall(b"\x02")
                except OSError:
                    return

    threading.Thread(target=drip, daemon=True).start()
    answer = post(NAME, listener.getsockname()[1], QUICK)
    stop.set()
    listener.close()
    assert answer.status is None
    assert answer.problem == "no answer within 0.6 s"
    assert answer.milliseconds < 15_000
