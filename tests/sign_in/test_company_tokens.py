"""What the provider says is believed only when it is signed by it, for us, now, and asked for."""

import base64
import hmac
import json
import logging
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from pytest_django import Settings

from callmark.sign_in.id_tokens import NotTrusted, verified_claims
from tests.cast import LawFirm
from tests.sign_in.company import company, own_key, sign_in_as
from tests.sign_in.doors import text, where

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib")

TOKEN, DOCUMENT, KEYS, PERSON = (
    "/oauth2/token",
    "/.well-known/openid-configuration",
    "/jwks",
    "/userinfo",
)
Forge = Callable[[dict[str, Any], dict[str, Any]], str]


def signed(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """As the provider itself signs."""
    return jwt.encode(claims, own_key(), "RS256", headers=header)


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def broken_signature(header: dict[str, Any], claims: dict[str, Any]) -> str:
    head, _, signature = signed(header, claims).split(".")
    return f"{head}.{part({**claims, 'sub': 'otto'})}.{signature}"


def with_another_key(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return jwt.encode(claims, generate_private_key(65537, 2048), "RS256", headers=header)


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return f"{part({**header, 'alg': 'none'})}.{part(claims)}."


def with_the_public_key_as_password(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """HS256 by hand: the public key is known to everybody, and no password."""
    private = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256).prepare_key(own_key())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[union-attr]
    text = f"{part({**header, 'alg': 'HS256'})}.{part(claims)}"
    digest = hmac.digest(public, text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def saying(**other: object) -> Forge:
    """Signed properly, but saying something else; None leaves it out."""

    def forge(header: dict[str, Any], claims: dict[str, Any]) -> str:
        said = {**claims, **other}
        return signed(header, {name: value for name, value in said.items() if value is not None})

    return forge


def saying_at(**seconds: int) -> Forge:
    """The same with times, so many seconds from now."""

    def forge(header: dict[str, Any], claims: dict[str, Any]) -> str:
        times = {name: int(time.time()) + later for name, later in seconds.items()}
        return saying(**times)(header, claims)

    return forge


def unknown_key(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return signed({**header, "kid": "another"}, claims)


def changing_the_token(forge: Forge) -> Callable[[Any], Any]:
    """The token endpoint's answer with a forged ID token."""

    def change(answer: Any) -> Any:  # noqa: ANN401
        token = answer["id_token"]
        claims = jwt.decode(token, options={"verify_signature": False})
        return {**answer, "id_token": forge(jwt.get_unverified_header(token), claims)}

    return change


def refused(client: Client, caplog: pytest.LogCaptureFixture, why: str) -> None:
    """Uma tries, reads that it did not work, and the operator reads why."""
    caplog.set_level(logging.WARNING, "callmark.sign_in")
    answer = sign_in_as(client, "uma")
    assert "That did not work" in text(answer)
    assert "Back to sign in" in text(answer)
    assert client.get("/sign-in/").status_code == 302
    assert why in caplog.text


def test_an_honest_token_is_believed(client: Client, cast: LawFirm, settings: Settings) -> None:
    with company(settings, {TOKEN: changing_the_token(signed)}):
        assert where(sign_in_as(client, "uma")) == "/"


@pytest.mark.parametrize(
    ("forge", "why"),
    [
        (broken_signature, "InvalidSignatureError"),
        (with_another_key, "InvalidSignatureError"),
        (unsigned, "algorithm"),
        (with_the_public_key_as_password, "algorithm"),
        (unknown_key, "0 of the provider's keys"),
        (saying(aud="another"), "InvalidAudienceError"),
        (saying(aud=["another", "callmark"]), "azp"),
        (saying(azp="another"), "azp"),
        (saying(iss="https://another.example"), "InvalidIssuerError"),
        (saying_at(exp=-120), "ExpiredSignatureError"),
        (saying(exp=None), "MissingRequiredClaimError"),
        (saying(sub=None), "MissingRequiredClaimError"),
        (saying_at(iat=3600), "ImmatureSignatureError"),
        (saying(nonce="of another question"), "nonce"),
        (saying(nonce=None), "nonce"),
        (lambda header, claims: "nonsense", "DecodeError"),
    ],
)
def test_any_other_is_not(
    client: Client,
    cast: LawFirm,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    forge: Forge,
    why: str,
) -> None:
    with company(settings, {TOKEN: changing_the_token(forge)}):
        refused(client, caplog, why)


def test_without_an_id_token_nobody_is_let_in(
    client: Client, cast: LawFirm, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with company(settings, {TOKEN: lambda answer: {**answer, "id_token": None}}):
        refused(client, caplog, "no ID token")


@pytest.mark.parametrize("keys", [[], {"keys": "nonsense"}, {"keys": ["nonsense"]}, {"keys": []}])
def test_keys_that_are_none(
    client: Client,
    cast: LawFirm,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    keys: object,
) -> None:
    with company(settings, {KEYS: lambda _: keys}):
        refused(client, caplog, "keys")


@pytest.mark.parametrize("other", ["https://login.example", "{issuer}/", None])
def test_a_document_of_another_issuer_is_refused(
    client: Client,
    cast: LawFirm,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    other: str | None,
) -> None:
    def change(document: Any) -> Any:  # noqa: ANN401
        issuer = other and other.format(issuer=document["issuer"])
        return {**document, "issuer": issuer}

    with company(settings, {DOCUMENT: change}):
        answer = client.post("/login/with/company/")
    assert "That did not work" in text(answer)
    assert "CALLMARK_OIDC_ISSUER must be written exactly" in caplog.text


@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri", "userinfo_endpoint"])
def test_a_document_that_sends_secrets_in_the_clear_is_refused(
    client: Client,
    cast: LawFirm,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    with company(settings, {DOCUMENT: lambda it: {**it, name: "http://login.example/x"}}):
        assert "That did not work" in text(client.post("/login/with/company/"))
    assert name in caplog.text


def test_a_document_that_changes_on_the_way_is_refused_on_coming_back(
    client: Client, cast: LawFirm, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    asked = []

    def change(document: Any) -> Any:  # noqa: ANN401
        asked.append(document)
        return document if len(asked) == 1 else {**document, "issuer": "https://evil.example"}

    with company(settings, {DOCUMENT: change}):
        refused(client, caplog, "CALLMARK_OIDC_ISSUER")


def without_address(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """As providers do that tell the address only when asked for it."""
    return saying(email=None, email_verified=None)(header, claims)


def test_the_address_may_come_by_the_second_question(
    client: Client, cast: LawFirm, settings: Settings
) -> None:
    with company(settings, {TOKEN: changing_the_token(without_address)}):
        assert where(sign_in_as(client, "uma")) == "/"


def test_but_not_about_somebody_else(
    client: Client, cast: LawFirm, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    changed = {
        TOKEN: changing_the_token(without_address),
        PERSON: lambda answer: {**answer, "sub": "otto"},
    }
    with company(settings, changed):
        refused(client, caplog, "about somebody else")


@pytest.mark.filterwarnings("ignore:.*:jwt.warnings.InsecureKeyLengthWarning")
def test_a_key_that_is_too_short_is_none() -> None:
    """Keys of 1024 bits can be calculated from what is public."""
    short = generate_private_key(65537, 1024)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(short.public_key()))
    now = int(time.time())
    claims = {"iss": "i", "aud": "c", "sub": "s", "iat": now, "exp": now + 60, "nonce": "n"}
    token = jwt.encode(claims, short, "RS256")
    with pytest.raises(NotTrusted):
        verified_claims(token, {"keys": [public]}, issuer="i", client_id="c", nonce="n")
