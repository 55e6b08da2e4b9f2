"""TOTP keys and recovery codes: encrypted in the database, and in no log."""

import io
import json
import logging
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from callmark.keys import key_file
from callmark.keys.keyring import WrongKey
from callmark.ops.key_rotation import drop_former_keys
from callmark.sign_in.invitations import send_again
from tests.cast import PASSWORD, LawFirm
from tests.sign_in.company import company, sign_in_as
from tests.sign_in.doors import Door


def test_the_database_holds_neither_keys_nor_codes(uma: Door, own_keys: Path) -> None:
    uma.sign_in()
    uma.set_up_app()
    stored = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert uma.key not in stored
    assert not any(code in stored for code in uma.recovery_codes)
    app = Authenticator.objects.get(type="totp")
    assert app.data["secret"].partition(":")[2], "encrypted with a named key"


def test_without_the_key_file_they_are_worth_nothing(
    uma: Door, own_keys: Path, settings: Settings
) -> None:
    uma.sign_in()
    uma.set_up_app()
    settings.CODE_KEYS_FILE = own_keys.with_name("another")
    key_file.create(settings.CODE_KEYS_FILE)
    with pytest.raises(WrongKey):
        Authenticator.objects.get(type="totp").wrap().validate_code(uma.next_code())


def test_both_go_on_working_when_the_keys_change(uma: Door, own_keys: Path) -> None:
    uma.sign_in()
    uma.set_up_app()
    assert drop_former_keys()["authenticators"] == 2
    uma.sign_out()
    uma.sign_in()
    assert uma.second_step(uma.next_code()) == "/"
    uma.sign_out()
    uma.sign_in()
    assert uma.second_step(uma.recovery_codes[2]) == "/"


def test_the_key_of_an_app_that_is_set_up_is_not_left_in_the_session(uma: Door) -> None:
    uma.sign_in()
    uma.set_up_app()
    assert uma.key not in json.dumps(dict(uma.browser.session))


def test_no_secret_is_in_any_log(
    uma: Door,
    cast: LawFirm,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """At the most talkative level, with a mail server that is down."""
    caplog.set_level(logging.DEBUG)
    settings.MAIL_IS_SET_UP = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    uma.sign_in()
    uma.set_up_app()
    used = [uma.next_code(), uma.recovery_codes[0]]
    for code in used:
        uma.sign_out()
        uma.sign_in("a wrong but long one")
        uma.sign_in()
        uma.second_step("424242")
        uma.second_step(code)
    token = send_again(cast.uma, actor=cast.olivia).token
    browser = Client()
    browser.get(f"/invitation/{token}/", follow=True)
    browser.post("/invitation/", {"password1": "seven green", "password2": "seven lanterns"})
    browser.post("/password/reset/", {"email": "uma@firm.example"})
    with company(settings):
        sign_in_as(Client(), "uma")
    written = caplog.text + "".join(capfd.readouterr())
    assert "callmark.sign_in" in written, "something was logged at all"
    secrets = [PASSWORD, "a wrong but long one", "seven green", "424242", token, uma.key]
    secrets += [*uma.recovery_codes, *used, "a secret of both", "/password/reset/key/"]
    lines = [line for line in written.splitlines() if "werkzeug" not in line]
    for secret in secrets:
        assert not [line for line in lines if secret in line], secret


def test_the_operator_who_lost_everything_is_helped_at_the_server(cast: LawFirm) -> None:
    browser = Client()
    otto = Door(browser, cast.otto)
    otto.sign_in()
    otto.set_up_app()
    out = io.StringIO()
    call_command("reset_second_factor", "OTTO@callmark.example", stdout=out)
    assert "password alone" in out.getvalue()
    assert not otto.is_in
    assert otto.sign_in() == "/"
    for email in ("otto@callmark.example", "nobody@firm.example"):
        with pytest.raises(CommandError):
            call_command("reset_second_factor", email)
