"""The operator adds accounts, and changes how they dial."""

import pytest
from django.test import Client

from callmark.accounts.models import Account
from callmark.audit.models import AuditEntry
from tests.cast import LawFirm
from tests.rows import every

NEW = {
    "name": "Demo School",
    "slug": "school",
    "country": "GB",
    "outside_prefix": "9",
    "star_code": "*77",
    "international_regions": "Jersey, GG",
    "own_numbers": "600, *97\n_7XX 600",
}


@pytest.fixture
def otto(cast: LawFirm) -> Client:
    """The operator, signed in."""
    browser = Client()
    browser.force_login(cast.otto)
    return browser


def text(answer: object) -> str:
    return " ".join(answer.content.decode().split())  # type: ignore[attr-defined]


def test_an_account_is_added_and_its_administrator_invited_next(otto: Client) -> None:
    assert "Add an account" in text(otto.get("/"))
    answer = otto.post("/accounts/add/", NEW, follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/school/people/"
    assert "<bdi>Demo School</bdi> is added. Invite its administrator." in text(answer)
    school = Account.objects.get(slug="school")
    assert (school.country, school.outside_prefix, school.star_code) == ("GB", "9", "*77")
    assert school.international_regions == ["JE", "GG"]
    assert school.own_numbers == ["600", "*97", "_7XX"]
    entry = every(AuditEntry).filter(action="account.added").latest("at")
    assert (entry.actor_name, entry.account_name) == ("Otto", "Demo School")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"slug": "firm"}, "already exists"),
        ({"slug": "Not A Slug"}, "Use small letters, digits and hyphens."),
        ({"name": ""}, "Enter the organization"),
        ({"outside_prefix": "x"}, "Use up to 4 digits."),
        ({"star_code": "77"}, "Use a star and two to four digits."),
        ({"international_regions": "Jamaica, Atlantis"}, "by name, separated by commas"),
        ({"own_numbers": "600, reception"}, "is not a number of a switch: use digits, * and #"),
        ({"own_numbers": "_X."}, "is too wide"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_added(
    otto: Client, cast: LawFirm, wrong: dict[str, str], said: str
) -> None:
    assert said in text(otto.post("/accounts/add/", NEW | wrong))
    assert Account.objects.count() == 2


def test_details_are_changed(otto: Client, cast: LawFirm) -> None:
    page = text(otto.get("/accounts/firm/account/"))
    assert 'value="Firm Ltd"' in page
    change = NEW | {"calls_kept_days": "3650", "activity_kept_days": ""}
    assert "Details of <bdi>Demo School</bdi> saved." in text(
        otto.post("/accounts/firm/account/", change, follow=True)
    )
    cast.account.refresh_from_db()
    assert (cast.account.slug, cast.account.name, cast.account.star_code) == (
        "firm",
        "Demo School",
        "*77",
    )
    assert (cast.account.calls_kept_days, cast.account.activity_kept_days) == (3650, None)
    assert not cast.account.answer_first
    otto.post("/accounts/firm/account/", change | {"answer_first": "yes"})
    otto.post("/accounts/firm/account/", change)
    cast.account.refresh_from_db()
    assert cast.account.answer_first, "what is not sent stays"
    refused = text(otto.post("/accounts/firm/account/", change | {"calls_kept_days": "1"}))
    assert "or 0 forever" in refused
    cast.account.refresh_from_db()
    assert cast.account.calls_kept_days == 3650


def test_only_operators_find_it(olivia: Client, cast: LawFirm) -> None:
    assert olivia.get("/accounts/add/").status_code == 404
    assert olivia.post("/accounts/add/", NEW).status_code == 404
    assert olivia.post("/accounts/firm/account/", NEW).status_code == 403
    assert "Account details" not in text(olivia.get("/accounts/firm/users/"))
    assert Account.objects.count() == 2


def test_the_switchs_own_numbers_are_changed_and_the_activity_says_so(
    otto: Client, cast: LawFirm
) -> None:
    before = cast.account.policy_revision.number
    sent = {"name": "Firm Ltd", "country": "US", "star_code": "*50", "own_numbers": "600, _7XX"}
    assert "Details of <bdi>Firm Ltd</bdi> saved." in text(
        otto.post("/accounts/firm/account/", sent, follow=True)
    )
    firm = Account.objects.get(pk=cast.account.pk)
    assert firm.own_numbers == ["600", "_7XX"]
    assert firm.policy_revision.number > before, "a gate that runs must see it"
    assert "600, _7XX" in text(otto.get("/accounts/firm/account/"))
    activity = text(otto.get("/accounts/firm/activity/"))
    assert "own numbers" in activity
    assert "600, _7XX" in activity


def test_a_short_name_is_suggested_until_somebody_writes_their_own(otto: Client) -> None:
    at = "/accounts/add/short-name/"
    first = text(otto.get(at, {"name": "Firm, Inc.", "slug": "", "suggested": ""}))
    # The first is taken.
    assert 'name="suggested" value="firm-2"' in first
    assert 'name="slug" value="firm-2"' in first
    more = {"name": "Firm of Züri", "slug": "firm-2", "suggested": "firm-2"}
    assert 'name="slug" value="firm-of-zuri"' in text(otto.get(at, more))
    own = {"name": "Firm of Zürich", "slug": "zh", "suggested": "firm-of-zuri"}
    assert 'name="slug" value="zh"' in text(otto.get(at, own))


def test_left_empty_the_short_name_is_the_suggestion(otto: Client) -> None:
    answer = otto.post("/accounts/add/", {**NEW, "slug": ""}, follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/demo-school/people/"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("O'Brien & Sons, LLC", "obrien-sons"),
        ("Société Générale", "societe-generale"),
        ("משרד עורכי דין", "account"),
        ("x" * 100, "x" * 40),
        ("Add", "add-2"),
        ("A.B.C. Ltd.", "abc"),
    ],
)
def test_a_short_name_of_any_name_is_one(otto: Client, name: str, short: str) -> None:
    assert f'name="slug" value="{short}"' in text(
        otto.get("/accounts/add/short-name/", {"name": name})
    )


def test_the_portals_own_address_is_no_accounts(otto: Client) -> None:
    assert "choose another" in text(otto.post("/accounts/add/", {**NEW, "slug": "add"}))


def test_the_administrator_sees_that_the_operator_looked_in(otto: Client, cast: LawFirm) -> None:
    olivia = Client()
    olivia.force_login(cast.olivia)
    assert "last looked into" not in text(olivia.get("/accounts/firm/"))
    otto.get("/accounts/firm/users/")
    page = text(olivia.get("/accounts/firm/"))
    assert "Your operator (<bdi>Otto</bdi>) last looked into this account on" in page
    assert "visited this account" in text(olivia.get("/accounts/firm/activity/?kind=visits"))
