"""A small OpenID Connect provider, really running, and the people it knows."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import requests
from django.test import Client
from oidc_provider_mock import User as Known
from oidc_provider_mock import run_server_in_thread
from pytest_django import Settings

from callmark.sign_in.oidc import providers_from
from tests.sign_in.doors import Answer

PEOPLE = (
    Known(sub="uma", claims={"email": "Uma@callmark.example", "email_verified": True}),
    Known(sub="otto", claims={"email": "otto@callmark.example", "email_verified": True}),
    Known(sub="liar", claims={"email": "uma@callmark.example", "email_verified": False}),
    Known(sub="liar in words", claims={"email": "uma@callmark.example", "email_verified": "false"}),
    Known(sub="silent", claims={"email": "uma@callmark.example"}),
    Known(sub="stranger", claims={"email": "eve@callmark.example", "email_verified": True}),
    Known(sub="nameless", claims={"name": "No Address"}),
)


@contextmanager
def company(settings: Settings, **environment: str) -> Iterator[str]:
    """The provider runs, and Callmark is set up for it; gives its address."""
    with run_server_in_thread(user_claims=PEOPLE) as server:
        issuer = f"http://localhost:{server.server_port}"
        settings.SOCIALACCOUNT_PROVIDERS = providers_from(
            {
                "CALLMARK_OIDC_ISSUER": issuer,
                "CALLMARK_OIDC_CLIENT_ID": "callmark",
                "CALLMARK_OIDC_CLIENT_SECRET": "a secret of both",
                "CALLMARK_OIDC_NAME": "Harper & Partners",
                **environment,
            }
        )
        yield issuer


def sign_in_as(browser: Client, sub: str, start: str = "/login/with/company/") -> Answer:
    """Go to the company's page, say who one is, come back; the answer to coming back."""
    there = browser.get(start).headers["Location"]
    back = requests.post(there, data={"sub": sub}, allow_redirects=False, timeout=10)
    address = urlsplit(back.headers["Location"])
    return browser.get(f"{address.path}?{address.query}")
