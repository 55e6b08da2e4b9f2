"""OpenID Connect as the operator sets it up, from the environment to allauth's settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROVIDER_ID = "company"


class BadOidcSettings(ValueError):
    """The environment names half a provider."""


def providers_from(environment: Mapping[str, str]) -> dict[str, Any]:
    """allauth's ``SOCIALACCOUNT_PROVIDERS``; empty without ``CALLMARK_OIDC_ISSUER``."""
    issuer = environment.get("CALLMARK_OIDC_ISSUER", "")
    if not issuer:
        return {}
    client_id = environment.get("CALLMARK_OIDC_CLIENT_ID", "")
    secret = _secret(environment)
    if not client_id or not secret:
        raise BadOidcSettings(
            "CALLMARK_OIDC_ISSUER needs CALLMARK_OIDC_CLIENT_ID and CALLMARK_OIDC_CLIENT_SECRET "
            "(or CALLMARK_OIDC_CLIENT_SECRET_FILE), too."
        )
    if not issuer.startswith("https://") and not _is_loopback(issuer):
        raise BadOidcSettings("CALLMARK_OIDC_ISSUER must begin with https://.")
    app = {
        "provider_id": PROVIDER_ID,
        "name": environment.get("CALLMARK_OIDC_NAME", "your company"),
        "client_id": client_id,
        "secret": secret,
        "settings": {
            "server_url": issuer,
            "oauth_pkce_enabled": True,
            "verified_email": _domains(environment),
        },
    }
    return {"openid_connect": {"APPS": [app]}}


def _secret(environment: Mapping[str, str]) -> str:
    if path := environment.get("CALLMARK_OIDC_CLIENT_SECRET_FILE"):
        return Path(path).read_text().strip()
    return environment.get("CALLMARK_OIDC_CLIENT_SECRET", "")


def _domains(environment: Mapping[str, str]) -> list[str]:
    text = environment.get("CALLMARK_OIDC_TRUSTED_DOMAINS", "")
    return [domain.strip().lower() for domain in text.split(",") if domain.strip()]


def _is_loopback(issuer: str) -> bool:
    return issuer.startswith(("http://127.0.0.1", "http://localhost", "http://[::1]"))
