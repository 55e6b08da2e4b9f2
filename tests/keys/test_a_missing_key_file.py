"""The key file is gone: an error that says what to do, in every process, and never a new key."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from callmark.codes.finding import find_code
from callmark.codes.services import add_code
from callmark.gate.policy_cache import load_account
from callmark.keys import installed, key_file
from callmark.keys.installed import keyring, refresh
from callmark.keys.keyring import BadKeyFile, KeyFileMissing, KeyProblem, WrongKey
from callmark.keys.starting import create_keys, require_keys
from tests.cast import LawFirm, make_law_firm
from tests.installations import copied
from tests.ports import free_port, gate_ports

CLI = (sys.executable, "-m", "callmark")
WEB = (sys.executable, "-c", "import callmark.wsgi")


def free_ports() -> dict[str, str]:
    """Of a whole installation's, where ``make run`` may have the usual ones."""
    return {**gate_ports(), "CALLMARK_PORT": str(free_port())}


def run(data: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a process of an installation to its end."""
    plain = {name: text for name, text in os.environ.items() if not name.startswith("CALLMARK_")}
    plain.pop("DJANGO_SETTINGS_MODULE", None)
    return subprocess.run(
        command,
        check=False,
        env={**plain, "CALLMARK_DATA_DIR": str(data), **free_ports()},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def data(with_demo: Path, tmp_path: Path) -> Path:
    """A data folder with the demo in it, to spoil."""
    return copied(with_demo, tmp_path / "data")


@pytest.mark.sqlite
def test_a_new_database_gets_a_key_file_for_its_owner_only(with_demo: Path) -> None:
    assert (with_demo / "code-keys").stat().st_mode & 0o077 == 0
    assert run(with_demo, *CLI, "keys", "check").returncode == 0


PROCESSES = [
    (*CLI, "run"),
    (*CLI, "gate"),
    (*CLI, "webhooks"),
    WEB,
    (*CLI, "simulate", "--account", "demo", "--user", "101", "--dial", "9011442079460000"),
    (*CLI, "rotate-code-keys"),
    (*CLI, "rotate-code-keys", "--drop-old"),
    (*CLI, "keys", "create"),
    (*CLI, "keys", "check"),
]


@pytest.mark.sqlite
@pytest.mark.parametrize("command", PROCESSES, ids=lambda command: " ".join(command[2:4]))
def test_no_process_starts_without_it_and_none_makes_another(
    data: Path, command: tuple[str, ...]
) -> None:
    (data / "code-keys").unlink()
    options = ("--digits", "1234") if "simulate" in command else ()
    done = run(data, *command, *options)
    assert done.returncode not in {0, -9}, done.stdout
    assert str(data / "code-keys") in done.stderr
    assert "from your back-up" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (data / "code-keys").exists()


@pytest.mark.sqlite
def test_migrating_an_installation_whose_file_is_lost_makes_none(data: Path) -> None:
    (data / "code-keys").unlink()
    done = run(data, *CLI, "manage", "migrate", "-v", "0")
    assert "a new key could not read them" in done.stderr
    assert not (data / "code-keys").exists()


@pytest.mark.sqlite
@pytest.mark.parametrize("command", [(*CLI, "gate"), WEB, (*CLI, "webhooks")])
def test_another_installations_file_is_refused_too(data: Path, command: tuple[str, ...]) -> None:
    (data / "code-keys").unlink()
    key_file.create(data / "code-keys")
    done = run(data, *command)
    assert done.returncode not in {0, -9}
    assert "is missing from the code key file" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def firm(own_keys: Path, db: None) -> LawFirm:
    return make_law_firm()


def test_a_running_process_goes_on_and_says_so(
    firm: LawFirm, own_keys: Path, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    codes = load_account(firm.account).codes
    kept = own_keys.read_text()
    own_keys.unlink()
    with caplog.at_level(logging.ERROR):
        Client().get("/")
        Client().get("/")
    said = [one.getMessage() for one in caplog.records if "put it back now" in one.getMessage()]
    assert len(said) == 1, "once a minute"
    assert codes["1234"].name == firm.code.name
    assert find_code(firm.account, "1234") == firm.code
    add_code(firm.account, name="Meanwhile", code="7777", actor=None)
    assert not own_keys.exists()
    own_keys.write_text(kept)
    require_keys()
    assert find_code(firm.account, "7777") is not None


def test_a_process_that_has_not_read_it_yet_has_an_error(firm: LawFirm, settings: Settings) -> None:
    settings.CODE_KEYS_FILE = settings.CODE_KEYS_FILE.with_name("nowhere")
    for use in (keyring, refresh, require_keys):
        with pytest.raises(KeyFileMissing, match="Put it back"):
            use()
    with pytest.raises(KeyFileMissing):
        assert firm.code.code
    assert not settings.CODE_KEYS_FILE.exists()


@pytest.mark.parametrize("contents", ["", "\n", "not a key\n", "AAAA\n"])
def test_a_broken_file_is_an_error_and_stays_as_it_is(
    firm: LawFirm, own_keys: Path, contents: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_keys.write_text(contents)
    monkeypatch.setattr(installed, "_held", None)
    with pytest.raises(BadKeyFile):
        require_keys()
    assert create_keys() is False
    assert own_keys.read_text() == contents


def test_only_a_database_without_encrypted_values_gets_one(
    own_keys: Path, db: None, settings: Settings
) -> None:
    own_keys.unlink()
    assert create_keys() is True
    make_law_firm()
    own_keys.unlink()
    with pytest.raises(KeyProblem, match=r"codes\.AccountCode\.code_encrypted"):
        create_keys()
    assert not own_keys.exists()


def test_a_gate_without_the_key_of_its_codes_loads_none(firm: LawFirm, settings: Settings) -> None:
    settings.CODE_KEYS_FILE = settings.CODE_KEYS_FILE.with_name("other")
    key_file.create(settings.CODE_KEYS_FILE)
    with pytest.raises(WrongKey, match="copy it here"):
        load_account(firm.account)
