"""Each entry says who, through which door and from which address."""

from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from callmark.accounts.access import may_read_audit
from callmark.audit import origin
from callmark.audit.models import AuditEntry
from callmark.audit.origin import Who
from callmark.audit.queries import entries_for
from callmark.codes.services import add_code, rename_code
from callmark.web.access import Caller
from callmark.web.origin import OriginMiddleware
from tests.cast import LawFirm, make_law_firm
from tests.rows import every

pytestmark = pytest.mark.django_db


def newest() -> AuditEntry:
    entry = every(AuditEntry).first()
    assert entry is not None
    return entry


def changing(firm: LawFirm) -> Callable[[HttpRequest], HttpResponse]:
    """A view that renames the firm's code and does not say who asks."""

    def view(_: HttpRequest) -> HttpResponse:
        rename_code(firm.code, name="Renamed", actor=None)
        return HttpResponse()

    return view


def test_the_portal(firm: LawFirm, client: Client) -> None:
    client.force_login(firm.olivia)
    url = reverse("portal:lift_lockout", args=[firm.account.slug, firm.ben.pk])
    client.post(url, REMOTE_ADDR="192.0.2.7")
    entry = newest()
    assert (entry.action, entry.target_name) == ("user.lockout_lifted", "Ben")
    assert (entry.actor_name, entry.source, entry.address) == ("Olivia", "portal", "192.0.2.7")


def test_the_api_and_the_token_a_program_comes_with(firm: LawFirm) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        origin.identify(Who(firm.olivia.pk, "Olivia"), token_name="billing")
        return changing(firm)(request)

    OriginMiddleware(view)(RequestFactory().post("/api/v1/codes"))
    entry = newest()
    assert (entry.actor_name, entry.token_name, entry.source) == ("Olivia", "billing", "api")
    assert entry.address == "127.0.0.1"


def test_a_request_leaves_no_origin_behind(firm: LawFirm) -> None:
    OriginMiddleware(changing(firm))(RequestFactory().post("/api/v1/codes"))
    rename_code(firm.code, name="Again", actor=None)
    entry = newest()
    assert (entry.actor_name, entry.source, entry.address) == ("command line", "command_line", None)


def test_who_is_not_signed_in_is_nobody(firm: LawFirm) -> None:
    OriginMiddleware(changing(firm))(RequestFactory().post("/"))
    assert newest().actor_name == "nobody signed in"


@pytest.mark.parametrize(
    ("behind_proxy", "forwarded", "address"),
    [
        (False, "203.0.113.9", "127.0.0.1"),
        (True, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (True, "2001:db8::1", "2001:db8::1"),
        (True, "not an address", None),
    ],
)
def test_only_a_proxy_of_ours_is_believed(
    firm: LawFirm, settings: Settings, behind_proxy: bool, forwarded: str, address: str | None
) -> None:
    settings.BEHIND_PROXY = behind_proxy
    request = RequestFactory().post("/", headers={"X-Forwarded-For": forwarded})
    OriginMiddleware(changing(firm))(request)
    assert newest().address == address


def test_an_operator_who_acts_in_an_account_is_seen_there(firm: LawFirm) -> None:
    add_code(firm.account, name="New", code="5555", actor=firm.otto)
    entry = entries_for(firm.account).first()
    assert entry is not None
    assert (entry.actor_name, entry.actor_is_operator) == ("Otto", True)
    assert not entries_for(firm.account).filter(target_name="Otto").exists()


def test_an_operator_who_looks_into_an_account_is_seen_there_once_an_hour(firm: LawFirm) -> None:
    for _ in range(3):
        Caller(firm.otto).account(slug=firm.account.slug)
    Caller(firm.olivia).account(slug=firm.account.slug)
    visits = entries_for(firm.account, action="account.visited_by_operator")
    assert [visit.actor_name for visit in visits] == ["Otto"]


def test_administrators_and_operators_may_read_it(firm: LawFirm) -> None:
    other = make_law_firm("other")
    assert may_read_audit(firm.olivia, firm.account)
    assert may_read_audit(firm.otto, firm.account)
    for person in (firm.ben, firm.rick, other.olivia):
        assert not may_read_audit(person, firm.account)
