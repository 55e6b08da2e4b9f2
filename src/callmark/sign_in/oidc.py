"""OpenID Connect as the operator sets it up, from the environment to allauth's settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PROVIDER_ID = "company"
_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


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
    if not may_be_reached(issuer):
        raise BadOidcSettings("CALLMARK_OIDC_ISSUER must begin with https://.")
    if "/.well-known/" in issuer:
        raise BadOidcSettings(
            "CALLMARK_OIDC_ISSUER is the issuer itself: leave '/.well-known/...' out."
        )
    app = {
        "provider_id": PROVIDER_ID,
        "name": environment.get("CALLMARK_OIDC_NAME", "your company"),
        "client_id": client_id,
        "secret": secret,
        "settings": {
            "issuer": issuer,
            "server_url": f"{issuer.rstrip('/')}/.well-known/openid-configuration",
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


def may_be_reached(address: str) -> bool:
    """Whether secrets may be sent there: by TLS, or within this machine."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    on_this_machine = parts.scheme == "http" and parts.hostname in _THIS_MACHINE
    return bool(parts.hostname) and (parts.scheme == "https" or on_this_machine)
