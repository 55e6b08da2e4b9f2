"""What browsers are told about cookies, keeping pages, and HTTPS."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.cast import LawFirm
from tests.sign_in.doors import Door

NAMES = (
    "SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_SAMESITE", "CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE", "CSRF_COOKIE_HTTPONLY",
    "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SESSION_COOKIE_AGE",
    "SESSION_IDLE_SECONDS", "EMAIL_BACKEND", "MAIL_IS_SET_UP", "EMAIL_USE_TLS", "EMAIL_USE_SSL",
)  # fmt: skip


def settings_with(tmp_path: Path, **environment: str) -> dict[str, Any]:
    """Callmark's settings in a process of its own, with these variables."""
    code = (
        "import json\nfrom django.conf import settings\n"
        f"print(json.dumps({{name: getattr(settings, name) for name in {NAMES!r}}}))"
    )
    base = {key: value for key, value in os.environ.items() if not key.startswith("CALLMARK_")}
    base |= {"CALLMARK_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "callmark.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=base | environment, capture_output=True, check=True
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_nothing_that_a_signed_in_person_sees_is_kept(uma: Door, cast: LawFirm) -> None:
    uma.sign_in()
    for page in ("/", "/sign-in/", "/accounts/firm/calls/", "/nothing/", "/api/v1/accounts"):
        assert "no-store" in uma.browser.get(page).headers["Cache-Control"], page


def test_nor_is_the_sign_in_page(client: Client, cast: LawFirm) -> None:
    assert "no-store" in client.get("/login/").headers["Cache-Control"]


def test_pictures_and_scripts_may_be_kept(uma: Door) -> None:
    uma.sign_in()
    headers = uma.browser.get("/static/mfa/js/webauthn.js").headers
    assert "no-store" not in headers.get("Cache-Control", "")


def test_scripts_cannot_read_the_cookies_and_other_sites_do_not_send_them(uma: Door) -> None:
    uma.browser.get("/login/")
    uma.sign_in()
    for name in ("sessionid", "csrftoken"):
        assert uma.browser.cookies[name]["httponly"]
        assert uma.browser.cookies[name]["samesite"] == "Lax"


def test_addresses_are_not_told_to_other_sites(client: Client, cast: LawFirm) -> None:
    headers = client.get("/login/").headers
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.sqlite
def test_with_https_cookies_are_bound_to_the_host_and_browsers_stay_with_https(
    tmp_path: Path,
) -> None:
    found = settings_with(tmp_path, CALLMARK_HTTPS="1")
    for kind in ("SESSION", "CSRF"):
        assert found[f"{kind}_COOKIE_NAME"].startswith("__Host-")
        assert found[f"{kind}_COOKIE_SECURE"]
        assert found[f"{kind}_COOKIE_HTTPONLY"]
    assert found["SECURE_HSTS_SECONDS"] >= 365 * 24 * 3600
    assert found["SECURE_HSTS_INCLUDE_SUBDOMAINS"]


@pytest.mark.sqlite
def test_session_times_are_the_operators(tmp_path: Path) -> None:
    found = settings_with(tmp_path, CALLMARK_SESSION_HOURS="12", CALLMARK_SESSION_IDLE_MINUTES="30")
    assert found["SESSION_COOKIE_AGE"] == 12 * 3600
    assert found["SESSION_IDLE_SECONDS"] == 30 * 60
    assert not found["SESSION_COOKIE_SECURE"]


@pytest.mark.sqlite
def test_without_a_mail_server_no_link_is_printed(tmp_path: Path) -> None:
    assert settings_with(tmp_path)["EMAIL_BACKEND"].endswith("dummy.EmailBackend")
    assert not settings_with(tmp_path)["MAIL_IS_SET_UP"]
    found = settings_with(tmp_path, CALLMARK_SMTP_HOST="mail.example")
    assert found["EMAIL_BACKEND"].endswith("smtp.EmailBackend")
    assert (found["MAIL_IS_SET_UP"], found["EMAIL_USE_TLS"]) == (True, True)
    found = settings_with(tmp_path, CALLMARK_SMTP_HOST="mail.example", CALLMARK_SMTP_PORT="465")
    assert (found["EMAIL_USE_SSL"], found["EMAIL_USE_TLS"]) == (True, False)
