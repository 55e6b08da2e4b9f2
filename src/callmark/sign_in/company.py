"""The company's sign-in: OpenID Connect by allauth, with the checks that it leaves to us.

The provider's document must be of the issuer that the operator named, the ID token must be signed
(``id_tokens``), and the one who comes is known by issuer and subject, not by an address that may
belong to somebody else tomorrow (``company_links``).
"""

import hashlib
from functools import cached_property
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest

from callmark.sign_in.allauth_internals import verify_jti
from callmark.sign_in.id_tokens import Claims, NotTrusted, nonce_of, verified_claims
from callmark.sign_in.oidc import may_be_reached

_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class CompanyConnection(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """What is asked of the provider, and what of its answers is believed."""

    _verifier: str | None = None

    @cached_property
    def openid_config(self) -> dict[str, Any]:
        """The provider's document about itself. Raises :class:`NotTrusted` for another's."""
        provider = self.get_provider()
        config = _fetched(provider.server_url)
        issuer = provider.app.settings["issuer"]
        if not isinstance(config, dict) or config.get("issuer") != issuer:
            raise NotTrusted(
                "the provider's discovery document is of another issuer: CALLMARK_OIDC_ISSUER must "
                "be written exactly as its 'issuer', with or without a slash at the end"
            )
        for name in (*_NEEDED, "userinfo_endpoint"):
            address = config.get(name)
            if address is None and name not in _NEEDED:
                continue
            if not isinstance(address, str) or not may_be_reached(address):
                raise NotTrusted(f"the provider's discovery document has no usable {name}")
        return config

    def get_access_token_data(
        self,
        request: HttpRequest,
        app: SocialApp,
        client: OAuth2Client,
        pkce_code_verifier: str | None = None,
    ) -> dict[str, Any]:
        """Exchange the code; remember the secret that the ID token's nonce follows from."""
        self._verifier = pkce_code_verifier
        data: dict[str, Any] = super().get_access_token_data(
            request, app, client, pkce_code_verifier
        )
        return data

    def complete_login(
        self,
        request: HttpRequest,
        app: SocialApp,
        token: SocialToken,
        **kwargs: Any,  # noqa: ANN401
    ) -> SocialLogin:
        """Who came, by a verified ID token. Raises :class:`NotTrusted`."""
        id_token = kwargs["response"].get("id_token")
        if not isinstance(id_token, str) or not self._verifier:
            raise NotTrusted("the provider sent no ID token")
        claims = verified_claims(
            id_token,
            _fetched(self.openid_config["jwks_uri"]),
            issuer=app.settings["issuer"],
            client_id=app.client_id,
            nonce=nonce_of(self._verifier),
        )
        verify_jti(claims)
        data = {"id_token": self._with_address(claims, token.token)}
        return self.get_provider().sociallogin_from_response(request, data)

    def _with_address(self, claims: Claims, access_token: str) -> Claims:
        """The claims, with an e-mail address that a provider tells only when asked for it."""
        if "email" in claims or "userinfo_endpoint" not in self.openid_config:
            return claims
        told = self._fetch_user_info(access_token)
        if not isinstance(told, dict) or told.get("sub") != claims["sub"]:
            raise NotTrusted("the provider's user information is about somebody else")
        # Address and "verified" from the same place: one says nothing about the other's.
        address = {"email": told.get("email"), "email_verified": told.get("email_verified", False)}
        return {**told, **claims, **address}


class CompanyProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """allauth's provider, with a nonce, and with identities that cannot be mixed up."""

    oauth2_adapter_class = CompanyConnection

    def get_pkce_params(self) -> dict[str, Any]:
        """PKCE's parameters, and the nonce that follows from their secret."""
        params: dict[str, Any] = super().get_pkce_params()
        return {**params, "nonce": nonce_of(params["code_verifier"])}

    def extract_uid(self, data: dict[str, Any]) -> str:
        """One name for issuer and subject together, as long as allauth's column allows."""
        claims = data["id_token"]
        return hashlib.sha256(f"{claims['iss']}\n{claims['sub']}".encode()).hexdigest()

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, str]:
        """What is kept: nothing about the person but the identity."""
        claims = data["id_token"]
        return {"iss": claims["iss"], "sub": claims["sub"]}

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        """The address: a person's name is the administrator's to write."""
        return {"email": _text(data["id_token"].get("email"))}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        """The address, and whether the provider has verified it: "false" as text is no yes."""
        claims = data["id_token"]
        is_verified = claims.get("email_verified") in (True, "true")
        cleaned = {"email": _text(claims.get("email")), "email_verified": is_verified}
        addresses: list[Any] = super().extract_email_addresses({"id_token": cleaned})
        return addresses


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _fetched(address: str) -> object:
    with get_adapter().get_requests_session() as session:
        answer = session.get(address)
        answer.raise_for_status()
        return answer.json()
