"""A refusal leaves one line of the log: who, what, why, from where, and nothing secret."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from callmark.audit.origin import Origin, Source, Who
from callmark.sign_in.api_tokens import Scope, create_token
from callmark.web.refusal_log import Lines, RefusalLog
from tests.cast import LawFirm, first_time
from tests.leaks import shows
from tests.portal.pages import url

FROM = "from=127.0.0.1"


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """The lines written so far about refusals."""

    def lines() -> list[str]:
        return [one.getMessage() for one in caplog.records if one.name == "callmark.refused"]

    return lines


Told = Callable[[], list[str]]


def test_a_page_that_the_role_does_not_include(client: Client, cast: LawFirm, told: Told) -> None:
    client.force_login(cast.uma)
    assert client.get(url(cast, "users/")).status_code == 403
    assert told() == [
        f"status=403 method=GET operation=portal:users account=firm why=not_allowed "
        f"by=person:{cast.uma.pk} {FROM}"
    ]


def test_what_is_somebody_elses(client: Client, cast: LawFirm, told: Told) -> None:
    client.force_login(cast.fay)
    assert client.get(url(cast, f"users/{cast.ben.pk}/settings/")).status_code == 404
    (line,) = told()
    assert "status=404 method=GET operation=portal:user_settings account=firm" in line
    assert f"why=not_there_or_not_theirs by=person:{cast.fay.pk} {FROM}" in line
    assert str(cast.ben.pk) not in line


def test_what_is_somebody_elses_through_the_api(client: Client, cast: LawFirm, told: Told) -> None:
    made = create_token(cast.account, name="a b", scopes=[Scope.READ], days=1, actor=cast.olivia)
    headers = {"authorization": f"Bearer {made.secret}"}
    other = cast.fay.account
    assert other is not None
    assert client.get(f"/api/v1/accounts/{other.pk}/codes", headers=headers).status_code == 404
    (line,) = told()
    assert "status=404 method=GET" in line
    assert "list_codes" in line
    assert f"account={other.pk} why=not_found by=token:{made.token.pk} {FROM}" in line
    assert made.secret not in line


def test_a_token_that_may_not_change_anything(client: Client, cast: LawFirm, told: Told) -> None:
    made = create_token(cast.account, name="a b", scopes=[Scope.READ], days=1, actor=cast.olivia)
    answer = client.post(
        f"/api/v1/accounts/{cast.account.pk}/codes",
        {"name": "Nordby", "code": "4711"},
        content_type="application/json",
        headers={"authorization": f"Bearer {made.secret}"},
    )
    assert answer.status_code == 403
    assert f"why=scope_missing by=token:{made.token.pk}" in told()[0]
    assert not shows("4711", told()[0])


def test_a_token_that_is_none(client: Client, cast: LawFirm, told: Told) -> None:
    headers = {"authorization": "Bearer cmk_stolen_or_guessed"}
    assert client.get("/api/v1/me", headers=headers).status_code == 401
    (line,) = told()
    assert "status=401 method=GET" in line
    assert f"why=not_signed_in by=nobody {FROM}" in line
    assert "cmk_" not in line


def test_a_form_without_its_csrf_token(cast: LawFirm, told: Told) -> None:
    client = Client(enforce_csrf_checks=True)
    headers = {"referer": "https://elsewhere.example/?secret=4711"}
    assert client.post("/password/reset/", {"email": "x"}, headers=headers).status_code == 403
    (line,) = told()
    assert "operation=account_reset_password account=- why=csrf_failed by=nobody" in line
    assert not shows("4711", line)


def test_the_same_in_the_api(cast: LawFirm, told: Told) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.olivia)
    at = f"/api/v1/accounts/{cast.account.pk}/codes"
    assert client.post(at, "{}", content_type="application/json").status_code == 403
    (line,) = told()
    assert f"why=csrf_failed by=person:{cast.olivia.pk}" in line


def test_too_much_and_too_often(
    olivia: Client, cast: LawFirm, told: Told, settings: Settings
) -> None:
    length = str(settings.MAX_REQUEST_BYTES + 1)
    olivia.post("/login/", CONTENT_LENGTH=length)
    assert "status=413" in told()[0]
    assert "why=too_large" in told()[0]
    settings.API_REQUESTS_A_MINUTE = 0
    assert olivia.get("/api/v1/me").status_code == 429
    assert f"why=too_many_requests by=person:{cast.olivia.pk}" in told()[1]


def test_a_wrong_host_name_is_one_line_without_a_traceback(cast: LawFirm, told: Told) -> None:
    client = Client(raise_request_exception=False)
    nasty = 'evil.example" \r\nforged'
    for host in ("evil.example", nasty):
        assert client.get("/login/", headers={"host": host}).status_code == 400
    first, second = told()
    assert first.endswith(f'why=DisallowedHost by=nobody {FROM} host="evil.example"')
    assert "\n" not in second
    # Django's own line, with a traceback, goes nowhere else.
    logging: Any = settings.LOGGING
    assert logging["loggers"]["django.security"] == {"handlers": ["refused"], "propagate": False}
    assert logging["handlers"]["refused"]["class"] == "callmark.web.refusal_log.NoteReason"


def test_links_are_never_written(client: Client, cast: LawFirm, told: Told) -> None:
    client.get("/invitation/abc-a-secret-token/")
    client.get("/password/reset/key/x-abc-a-secret-token/")
    assert told()
    assert "operation=sign_in_invitation_link" in told()[0]
    assert "abc-a-secret" not in "".join(told())


def test_what_is_allowed_or_only_mistyped_leaves_no_line(
    olivia: Client, cast: LawFirm, told: Told
) -> None:
    first_time(cast)
    for path in ("/", url(cast, "users/"), "/no/such/page/", "/api/v1/no/such/address"):
        olivia.get(path)
    olivia.get("/api/v1/me")
    olivia.post(url(cast, "account-codes/codes/"), {"name": "", "code": ""})
    assert told() == []


def test_a_method_cannot_forge_a_line(olivia: Client, cast: LawFirm, told: Told) -> None:
    olivia.logout()
    request = RequestFactory().generic("GET\nforged", "/")
    RefusalLog(lambda _: HttpResponse(status=403))(request)
    assert "method=other" in told()[0]
    assert "\n" not in told()[0]


# --- nobody fills the disk --------------------------------------------------------------------


@pytest.fixture
def minute() -> Iterator[Callable[[int], None]]:
    """Sets the clock to a minute."""
    with time_machine.travel(1000 * 60.0 + 5, tick=False) as clock:
        yield lambda number: clock.move_to(number * 60.0 + 5)


def test_again_and_again_is_counted(minute: Callable[[int], None], told: Told) -> None:
    lines = Lines()
    for _ in range(500):
        lines.write("status=401 from=192.0.2.1")
    assert len(told()) == 3
    minute(1001)
    lines.turn()
    assert told()[3:] == ["status=401 from=192.0.2.1 again=497"]
    lines.write("status=401 from=192.0.2.1")
    assert len(told()) == 5


def test_many_addresses_at_once_write_no_more_than_a_hundred_lines_a_minute(
    minute: Callable[[int], None], told: Told
) -> None:
    lines = Lines()
    for number in range(20_000):
        lines.write(f"status=401 from={number}")
    assert len(told()) == 100
    minute(1001)
    lines.turn()
    assert len(told()) <= 111
    told_of = sum(int(line.rpartition("=")[2]) for line in told()[100:])
    assert told_of == 20_000 - 100


def test_it_stands_outside_of_everything_that_refuses() -> None:
    ours = [one for one in settings.MIDDLEWARE if not one.startswith("tests.")]
    assert ours[0] == "callmark.web.refusal_log.RefusalLog"


def test_a_database_that_is_away_hides_no_refusal(told: Told) -> None:
    def nobody_knows() -> Who:
        raise DatabaseError

    def answer(request: HttpRequest) -> HttpResponse:
        request.callmark_origin = Origin(Source.PORTAL, nobody_knows)  # type: ignore[attr-defined]
        return HttpResponse(status=403)

    RefusalLog(answer)(RequestFactory().get("/login/"))
    assert "status=403" in told()[0]
    assert "by=unknown" in told()[0]


def test_a_page_that_failed_is_named_without_its_address(
    client: Client, cast: LawFirm, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr("callmark.portal.sign_in.open_invitation", fail)
    client.raise_request_exception = False
    assert client.get("/invitation/the-links-token/").status_code == 500
    (line,) = [one for one in caplog.records if one.name == "django.request"]
    assert line.getMessage() == "Internal Server Error: sign_in_invitation_link"
    assert "the-links-token" not in caplog.text
