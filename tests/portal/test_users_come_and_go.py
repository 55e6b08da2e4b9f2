"""Users are added, changed, given phones, deactivated and deleted in the portal."""

import pytest
from django.test import Client

from callmark.accounts.models import Role, User
from callmark.accounts.services import add_person
from tests.cast import LawFirm
from tests.portal.pages import url
from tests.portal.programs import token
from tests.rows import every


@pytest.fixture
def otto(cast: LawFirm) -> Client:
    """The operator, signed in."""
    browser = Client()
    browser.force_login(cast.otto)
    return browser


def text(answer: object) -> str:
    page = answer.content.decode().replace("<bdi>", "").replace("</bdi>", "")  # type: ignore[attr-defined]
    return " ".join(page.split())


def page_of(cast: LawFirm, user: User, page: str = "details") -> str:
    return url(cast, f"users/{user.pk}/{page}/")


def test_olivia_adds_a_user(olivia: Client, cast: LawFirm) -> None:
    sent = {"name": "Nina", "home_country": "GB"}
    page = text(olivia.post(url(cast, "users/add/"), sent, follow=True))
    assert "Nina is added." in page
    nina = every(User).get(name="Nina")
    assert (nina.account, nina.country, nina.role, nina.email) == (cast.account, "GB", "user", None)
    assert "No phone yet: your operator gives users" in page
    assert "Nina" in text(olivia.get(url(cast, "users/")))


def test_and_changes_who_it_is(olivia: Client, cast: LawFirm) -> None:
    sent = {"name": "Uma U.", "home_country": ""}
    assert "Details of Uma U. saved." in text(
        olivia.post(page_of(cast, cast.uma), sent, follow=True)
    )
    page = text(olivia.post(page_of(cast, cast.uma), {"name": "", "home_country": ""}))
    assert "Enter the name." in page
    assert "Uma U." in page, "the heading is what is stored"


def test_only_operators_give_and_take_phones(olivia: Client, otto: Client, cast: LawFirm) -> None:
    assert "Extensions and numbers" not in text(olivia.get(page_of(cast, cast.rick)))
    assert "Extensions and numbers" in text(otto.get(page_of(cast, cast.rick)))
    extension = {"number": "203", "endpoint": "firm-203", "switch": "main"}
    page = text(otto.post(page_of(cast, cast.rick, "extensions/add"), extension, follow=True))
    assert "Rick has extension 203." in page
    again = text(otto.post(page_of(cast, cast.uma, "extensions/add"), extension))
    assert "already in use" in again
    otto.post(page_of(cast, cast.rick, "numbers/add"), {"e164": "+12125550203"})
    number = cast.rick.phone_numbers.get()
    assert "Write the number with + and country code: +1" in text(
        otto.post(page_of(cast, cast.rick, "numbers/add"), {"e164": "555"})
    )
    given = cast.rick.extensions.get()
    for address, asked in (
        (f"extensions/{given.pk}/remove", "Take extension"),
        (f"numbers/{number.pk}/remove", "Take number"),
    ):
        assert asked in text(otto.get(page_of(cast, cast.rick, address)))
        otto.post(page_of(cast, cast.rick, address))
    assert not cast.rick.extensions.exists()
    assert not cast.rick.phone_numbers.exists()


def test_deactivated_and_back(olivia: Client, cast: LawFirm) -> None:
    assert "no longer knows the phone" in text(olivia.get(page_of(cast, cast.ben, "active")))
    cast.ben.refresh_from_db()
    assert cast.ben.is_active, "nothing happens before the answer"
    olivia.post(page_of(cast, cast.ben, "active"), {"active": "0"})
    assert ">Deactivated</span>" in text(olivia.get(url(cast, "users/"))), "and is still there"
    olivia.post(page_of(cast, cast.ben, "active"), {"active": "1"})
    assert ">Deactivated</span>" not in text(olivia.get(url(cast, "users/")))


def test_the_dialog_says_what_goes_and_what_stays(olivia: Client, cast: LawFirm) -> None:
    made = token(cast).token
    made.created_by = cast.uma
    made.save()
    page = text(olivia.get(page_of(cast, cast.uma, "delete")))
    for said in (
        "extension 201",
        "+12125550201",
        "the sign-in with uma@firm.example",
        "1 API token: the programs that use it (Billing export) lose access",
        "Call history stays, with the name as it was",
    ):
        assert said in page
    assert every(User).filter(pk=cast.uma.pk).exists(), "nothing happens before the answer"
    page = text(olivia.post(page_of(cast, cast.uma, "delete"), follow=True))
    assert "Uma is deleted. Call history keeps the name." in page
    assert not every(User).filter(pk=cast.uma.pk).exists()
    assert "Olivia deleted <strong>Uma</strong>" in text(
        olivia.get(url(cast, "activity/"))
    ).replace("<strong>Olivia</strong>", "Olivia")


def test_nobody_deletes_themselves(olivia: Client, cast: LawFirm) -> None:
    assert "For somebody who leaves" not in text(olivia.get(page_of(cast, cast.olivia)))
    page = text(olivia.post(page_of(cast, cast.olivia, "delete"), follow=True))
    assert "You cannot delete yourself" in page
    assert every(User).filter(pk=cast.olivia.pk).exists()


def test_the_last_administrator(olivia: Client, otto: Client, cast: LawFirm) -> None:
    nina = Client()
    nina.force_login(add_person(cast.account, name="Nina", role=Role.ADMINISTRATOR))
    page = text(nina.post(page_of(cast, cast.olivia, "delete"), follow=True))
    assert "Olivia is the last administrator who can sign in" in page
    asked = text(otto.get(page_of(cast, cast.olivia, "delete")))
    assert "Nobody else can administer Firm Ltd" in asked
    otto.post(page_of(cast, cast.olivia, "delete"))
    assert not every(User).filter(pk=cast.olivia.pk).exists()


def test_reporters_and_users_see_no_details(cast: LawFirm) -> None:
    uma = Client()
    uma.force_login(cast.uma)
    assert "Details" not in text(uma.get(page_of(cast, cast.uma, "settings")))
    for page in ("details", "delete", "active"):
        assert uma.post(page_of(cast, cast.uma, page)).status_code == 403
