"""A small OpenID Connect provider, really running, and the people it knows."""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import flask
import requests
from django.test import Client
from oidc_provider_mock import User as Known
from oidc_provider_mock import app
from pytest_django import Settings
from werkzeug.serving import make_server

from callmark.sign_in.oidc import providers_from
from tests.sign_in.doors import Answer

Change = Callable[[Any], Any]

PEOPLE = (
    Known(sub="uma", claims={"email": "Uma@firm.example", "email_verified": True}),
    Known(sub="otto", claims={"email": "otto@callmark.example", "email_verified": True}),
    Known(sub="liar", claims={"email": "uma@firm.example", "email_verified": False}),
    Known(sub="liar in words", claims={"email": "uma@firm.example", "email_verified": "false"}),
    Known(sub="silent", claims={"email": "uma@firm.example"}),
    Known(sub="stranger", claims={"email": "eve@callmark.example", "email_verified": True}),
    Known(sub="nameless", claims={"name": "No Address"}),
)


@contextmanager
def company(
    settings: Settings, changed: Mapping[str, Change] = {}, **environment: str
) -> Iterator[str]:
    """The provider runs, and Callmark is set up for it; gives its address.

    ``changed``: what becomes of its answers at these paths, for a provider that is not honest.
    """
    provider = app(user_claims=PEOPLE)

    def change(response: flask.Response) -> flask.Response:
        if flask.request.path in changed:
            response.data = json.dumps(changed[flask.request.path](response.get_json()))
        return response

    provider.after_request(change)
    with _served(provider) as issuer:
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


@contextmanager
def _served(provider: flask.Flask) -> Iterator[str]:
    server = make_server("localhost", 0, provider, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def own_key() -> str:
    """The provider's private key, inside of a change."""
    pem: bytes = flask.g.oidc_provider_mock_storage.jwk.as_pem(is_private=True)
    return pem.decode()


def led_to(page: Answer) -> str:
    """Where the page leads the browser, and where its link leads: the same."""
    text = page.content.decode()
    refresh = re.search(r'<meta http-equiv="refresh" content="0; url=([^"]+)">', text)
    assert refresh, text
    assert f'<a class="btn w-100" href="{refresh[1]}"' in text
    return unescape(refresh[1])


def sign_in_as(browser: Client, sub: str, **sent: str) -> Answer:
    """Go to the company's page, say who one is, come back; the answer to coming back."""
    there = led_to(browser.post("/login/with/company/", sent))
    back = requests.post(there, data={"sub": sub}, allow_redirects=False, timeout=10)
    address = urlsplit(back.headers["Location"])
    return browser.get(f"{address.path}?{address.query}")
