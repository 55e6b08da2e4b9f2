"""What CALLMARK_* variables make of the settings, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.sqlite

ASKED = [
    "SESSION_COOKIE_NAME",
    "SESSION_COOKIE_SECURE",
    "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_SAMESITE",
    "CSRF_COOKIE_NAME",
    "CSRF_COOKIE_SECURE",
    "CSRF_COOKIE_HTTPONLY",
    "CSRF_COOKIE_SAMESITE",
    "SECURE_HSTS_SECONDS",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "DEBUG",
    "ALLOWED_HOSTS",
    "MESSAGE_STORAGE",
    "SECURE_PROXY_SSL_HEADER",
]
PROGRAM = (
    "import os, json, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'callmark.settings';"
    "from django.conf import settings;"
    f"print(json.dumps({{name: getattr(settings, name) for name in {ASKED!r}}}))"
)

MAKING_KEYS = ";from callmark.keys import key_file; key_file.create(settings.CODE_KEYS_FILE)"


def run(data: Path, program: str = PROGRAM, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a little program with the settings."""
    plain = {name: text for name, text in os.environ.items() if not name.startswith("CALLMARK_")}
    environment = {**plain, "CALLMARK_DATA_DIR": str(data), **variables}
    return subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def settings_with(data: Path, **variables: str) -> dict[str, Any]:
    """The settings that these variables make."""
    done = run(data, **variables)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_cookies_of_an_installation_with_https(tmp_path: Path) -> None:
    found = settings_with(tmp_path, CALLMARK_HTTPS="1")
    for kind in ("SESSION", "CSRF"):
        assert found[f"{kind}_COOKIE_NAME"].startswith("__Host-")
        assert found[f"{kind}_COOKIE_SECURE"] is True
        assert found[f"{kind}_COOKIE_HTTPONLY"] is True
        assert found[f"{kind}_COOKIE_SAMESITE"] == "Lax"
    assert found["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert found["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is True


def test_no_third_cookie_without_that_name(tmp_path: Path) -> None:
    assert "session" in settings_with(tmp_path)["MESSAGE_STORAGE"]


def test_what_is_safe_is_the_default(tmp_path: Path) -> None:
    found = settings_with(tmp_path)
    assert found["DEBUG"] is False
    assert set(found["ALLOWED_HOSTS"]) == {"127.0.0.1", "localhost", "[::1]"}
    # A client could claim HTTPS, or another address, if headers of a proxy were believed.
    assert found["SECURE_PROXY_SSL_HEADER"] is None


def test_a_weak_secret_key_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, CALLMARK_SECRET_KEY="secret")
    assert done.returncode != 0
    assert "CALLMARK_SECRET_KEY" in done.stderr
    assert "secret'" not in done.stderr


def test_debug_pages_are_refused_where_others_could_see_them(tmp_path: Path) -> None:
    done = run(tmp_path, CALLMARK_DEBUG="1", CALLMARK_HOST="0.0.0.0")
    assert done.returncode != 0
    assert "CALLMARK_DEBUG" in done.stderr
    assert run(tmp_path, CALLMARK_DEBUG="1", CALLMARK_HTTPS="1").returncode != 0
    assert run(tmp_path, CALLMARK_DEBUG="1").returncode == 0


def test_secrets_are_files_for_their_owner_only(tmp_path: Path) -> None:
    data = tmp_path / "data"
    run(data, PROGRAM + MAKING_KEYS)
    for name in ("secret-key", "api-token-pepper", "code-keys"):
        assert (data / name).stat().st_mode & 0o077 == 0
        assert len((data / name).read_text().strip()) >= 43
    assert data.stat().st_mode & 0o077 == 0


def test_the_connection_to_a_database_elsewhere_can_be_checked(tmp_path: Path) -> None:
    asked = "sslmode=verify-full&sslrootcert=/etc/ca.pem"
    program = PROGRAM + ";print(settings.DATABASES['default']['OPTIONS'])"
    url = f"postgresql://callmark:x@db.example.com/callmark?{asked}"
    done = run(tmp_path, program, CALLMARK_DATABASE_URL=url)
    assert "'sslmode': 'verify-full'" in done.stdout
    assert "'sslrootcert': '/etc/ca.pem'" in done.stdout
