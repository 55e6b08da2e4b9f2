"""``callmark manage check --deploy`` warns of what an operator forgot."""

from pathlib import Path

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from callmark.deployment_checks import check_deployment


@pytest.fixture
def safe(settings: Settings, tmp_path: Path) -> Settings:
    """An installation as it should be."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "secret-key").touch(mode=0o600)
    settings.DATA_DIR = data
    settings.CODE_KEYS_FILE = tmp_path / "keys"
    settings.CODE_KEYS_FILE.touch(mode=0o600)
    settings.HTTPS = settings.BEHIND_PROXY = settings.OPERATORS_NEED_SECOND_FACTOR = True
    settings.ALLOWED_HOSTS = ["codes.example.com"]
    settings.AGI_SECRET = ""
    return settings


def ids() -> set[str]:
    return {str(message.id).removeprefix("callmark.") for message in check_deployment(None)}


def test_nothing_to_say_about_a_safe_one(safe: Settings) -> None:
    assert ids() == set()


def test_files_that_others_can_read(safe: Settings) -> None:
    safe.DATA_DIR.chmod(0o755)
    assert ids() == {"W001"}
    safe.DATA_DIR.chmod(0o700)
    safe.CODE_KEYS_FILE.chmod(0o640)
    assert ids() == {"W002"}
    safe.CODE_KEYS_FILE = safe.DATA_DIR / "code-keys"
    assert ids() == {"W003"}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("HTTPS", False, "W004"),
        ("BEHIND_PROXY", False, "W005"),
        ("HTTP_HOST", "0.0.0.0", "W006"),
        ("ALLOWED_HOSTS", ["*"], "W007"),
        ("OPERATORS_NEED_SECOND_FACTOR", False, "W009"),
        ("AGI_HOST", "0.0.0.0", "W011"),
    ],
)
def test_one_forgotten_setting(safe: Settings, name: str, value: object, expected: str) -> None:
    setattr(safe, name, value)
    assert ids() == {expected}


def test_demo_accounts(safe: Settings) -> None:
    (safe.DATA_DIR / "demo-password").touch()
    assert ids() == {"W008"}


def test_they_are_part_of_djangos_own(safe: Settings) -> None:
    safe.ALLOWED_HOSTS = ["*"]
    found = {message.id for message in run_checks(include_deployment_checks=True)}
    assert "callmark.W007" in found


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
@pytest.mark.parametrize(
    ("host", "options", "expected"),
    [
        ("db.example.com", {}, {"W010"}),
        ("db.example.com", {"sslmode": "require"}, {"W010"}),
        ("db.example.com", {"sslmode": "verify-full"}, set()),
        ("127.0.0.1", {}, set()),
        ("/run/postgresql", {}, set()),
    ],
)
def test_a_database_elsewhere(
    safe: Settings, host: str, options: dict[str, str], expected: set[str]
) -> None:
    safe.DATABASES = {"default": {"HOST": host, "OPTIONS": options}}
    assert ids() == expected
