"""SIP trunks in the portal: users without an extension or a sign-in, with settings like users."""

import pytest
from django.test import Client

from callmark.accounts.models import Extension, User
from callmark.accounts.services import add_trunk
from callmark.codes.models import UserCodeSettings
from callmark.policy.rules import CodeRules
from tests.cast import LawFirm, code, first_time
from tests.portal.pages import turn_on, url
from tests.rows import every


@pytest.fixture
def otto(cast: LawFirm) -> Client:
    """The operator, signed in."""
    browser = Client()
    browser.force_login(cast.otto)
    return browser


@pytest.fixture
def trunk(cast: LawFirm) -> User:
    return add_trunk(cast.account, name="Old PBX", endpoint="firm-pbx")


def text(answer: object) -> str:
    page = answer.content.decode().replace("<bdi>", "").replace("</bdi>", "")  # type: ignore[attr-defined]
    return " ".join(page.split())


def test_the_operator_adds_a_trunk_with_its_endpoint(otto: Client, cast: LawFirm) -> None:
    sent = {"name": "Old PBX", "endpoint": "firm-pbx", "switch": "main", "home_country": ""}
    page = text(otto.post(url(cast, "users/add-trunk/"), sent, follow=True))
    assert "SIP trunk Old PBX is added." in page
    added = every(User).get(name="Old PBX")
    assert (added.is_trunk, added.email, added.role) == (True, None, "user")
    assert [(one.number, one.endpoint) for one in added.extensions.all()] == [("", "firm-pbx")]
    assert "SIP trunk" in text(otto.get(url(cast, "users/")))


def test_an_endpoint_that_is_somebodys_already_is_refused(otto: Client, cast: LawFirm) -> None:
    sent = {"name": "Old PBX", "endpoint": "firm-201", "switch": "main", "home_country": ""}
    assert "already belongs to a user" in text(otto.post(url(cast, "users/add-trunk/"), sent))
    assert not every(User).filter(name="Old PBX").exists(), "all or nothing"


def test_an_administrators_trunk_waits_for_its_endpoint(
    olivia: Client, otto: Client, cast: LawFirm
) -> None:
    sent = {"name": "Old PBX", "home_country": ""}
    page = text(olivia.post(url(cast, "users/add-trunk/"), sent, follow=True))
    assert "Not connected yet: your operator enters its endpoint" in page
    added = every(User).get(name="Old PBX")
    endpoint = {"endpoint": "firm-pbx", "switch": "main"}
    page = text(otto.post(url(cast, f"users/{added.pk}/extensions/add/"), endpoint, follow=True))
    assert "Old PBX has endpoint firm-pbx." in page
    assert "On switch main" in page


def test_two_trunks_of_an_account_have_no_number_that_could_clash(
    trunk: User, cast: LawFirm
) -> None:
    add_trunk(cast.account, name="Warehouse", endpoint="firm-warehouse")
    assert every(Extension).filter(number="", account=cast.account).count() == 2


def test_a_trunk_has_the_same_settings_page(client: Client, trunk: User, cast: LawFirm) -> None:
    first_time(cast)
    code(cast)
    turn_on(client, cast, CodeRules(international=True), everyone="no")
    page = url(cast, f"users/{trunk.pk}/settings/")
    assert "Enable account codes" in text(client.get(page))
    assert "Settings of Old PBX saved." in text(client.post(page, {"enabled": "on"}, follow=True))
    assert every(UserCodeSettings).get(user=trunk).enabled
    assert "Old PBX (SIP trunk)" in text(client.get(url(cast, "test-call/")))


def test_nobody_signs_in_as_a_trunk(olivia: Client, trunk: User, cast: LawFirm) -> None:
    assert "Signing in" not in text(olivia.get(url(cast, f"users/{trunk.pk}/details/")))
    assert "Old PBX" not in text(olivia.get(url(cast, "people/invite/")))
    sent = {"user": str(trunk.pk), "email": "pbx@firm.example", "role": "user"}
    olivia.post(url(cast, "people/invite/"), sent)
    trunk.refresh_from_db()
    assert trunk.email is None


def test_what_goes_with_a_trunk_is_said_before_it_is_deleted(
    olivia: Client, trunk: User, cast: LawFirm
) -> None:
    asked = text(olivia.get(url(cast, f"users/{trunk.pk}/delete/")))
    assert "endpoint firm-pbx no longer belongs to anybody" in asked
    assert "extension" not in asked.lower().split("what goes")[1].split("</ul>")[0]
    olivia.post(url(cast, f"users/{trunk.pk}/delete/"))
    assert not every(User).filter(pk=trunk.pk).exists()
