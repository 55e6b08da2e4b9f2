"""ID tokens of the company's provider: believed only when everything about them is right.

allauth leaves the signature out when a token came straight from the provider over TLS. Here it is
always checked, against the provider's published keys and a list of algorithms that cannot be
forged with what is public: no ``none``, no HMAC.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import jwt
from allauth.socialaccount.providers.oauth2.client import OAuth2Error

Claims = Mapping[str, Any]

ALGORITHMS = (
    *("RS256", "RS384", "RS512"),
    *("PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512"),
    "EdDSA",
)
CLOCKS_MAY_DIFFER_SECONDS = 30


class NotTrusted(OAuth2Error):  # type: ignore[misc]
    """The provider's answer is not to be believed. The text is ours: it may be logged."""


def nonce_of(code_verifier: str) -> str:
    """What the ID token must repeat: it follows from PKCE's secret, which only our session has."""
    digest = hashlib.sha256(b"callmark nonce " + code_verifier.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def verified_claims(token: str, keys: object, *, issuer: str, client_id: str, nonce: str) -> Claims:
    """What the token says. Raises :class:`NotTrusted` unless it is the issuer's, for us, now."""
    try:
        algorithm, key = _key_for(token, keys)
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            issuer=issuer,
            audience=client_id,
            leeway=CLOCKS_MAY_DIFFER_SECONDS,
            options={
                "require": ["iss", "aud", "exp", "iat", "sub"],
                "enforce_minimum_key_length": True,
            },
        )
    except jwt.PyJWTError as problem:
        # The kind, never the text: it may quote what the provider sent.
        raise NotTrusted(f"ID token refused: {type(problem).__name__}") from problem
    _refuse_foreign(claims, client_id=client_id, nonce=nonce)
    return claims


def _key_for(token: str, keys: object) -> tuple[str, jwt.PyJWK]:
    header = jwt.get_unverified_header(token)
    algorithm = str(header.get("alg"))
    if algorithm not in ALGORITHMS:
        raise NotTrusted("ID token refused: not signed with an algorithm that is allowed")
    fitting = [key for key in _listed(keys) if _fits(key, algorithm, header.get("kid"))]
    if len(fitting) != 1:
        raise NotTrusted(f"ID token refused: {len(fitting)} of the provider's keys fit it")
    return algorithm, jwt.PyJWK(fitting[0], algorithm)


def _listed(keys: object) -> Sequence[dict[str, Any]]:
    listed = keys.get("keys") if isinstance(keys, dict) else None
    if not isinstance(listed, list):
        raise NotTrusted("the provider's keys cannot be read")
    return [key for key in listed if isinstance(key, dict)]


def _fits(key: Claims, algorithm: str, kid: object) -> bool:
    is_for_this = key.get("alg", algorithm) == algorithm and key.get("use", "sig") == "sig"
    return is_for_this and (kid is None or key.get("kid") == kid)


def _refuse_foreign(claims: Claims, *, client_id: str, nonce: str) -> None:
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise NotTrusted("ID token refused: not the answer to our question (nonce)")
    audience = claims["aud"]
    for_several = isinstance(audience, list) and len(audience) > 1
    if claims.get("azp", None if for_several else client_id) != client_id:
        raise NotTrusted("ID token refused: issued to another application (azp)")
