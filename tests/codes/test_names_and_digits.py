"""What a name and the digits may be: the same for one code and many, in the portal and the API."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from callmark.accounts.names import name_problem as any_name_problem
from callmark.accounts.refused import Refused
from callmark.accounts.services import (
    add_account,
    add_person,
    add_trunk,
    change_account,
    change_person,
)
from callmark.codes import bulk
from callmark.codes.models import AccountCode
from callmark.codes.names import name_problem
from callmark.codes.services import add_code, rename_code
from callmark.sign_in.api_tokens import Scope, create_token
from callmark.webhooks.models import Event
from callmark.webhooks.services import add_endpoint
from tests.api.programs import program_of
from tests.cast import LawFirm
from tests.rows import every

pytestmark = pytest.mark.django_db

BAD_NAMES = {
    "a line break": "Smith\r\nJones",
    "a bell": "Smith\x07Jones",
    "a NUL": "Smith\x00Jones",
    "a line separator": "Smith\u2028Jones",
    "a next line": "Smith\x85Jones",
    "an override": "Smith \u202egnp.exe",
    "an embedding": "\u202aSmith",
    "an isolate that nothing ends": "Smith\u2067",
    "nothing to see": "\u200b\u200d",
    "digits like a slipped cell": "Smith,6446",
    "a slipped cell in front": "6446;Smith",
    "a slipped cell in quotes": 'Smith","6446","x',
}
HONEST_NAMES = [
    "Case 2024-1234",
    "Smith, 2024",
    "Harper v. Castellan, Estate of Whitlock; 1998 file",
    "Matter 1234",
    "1234",
    "Suite 4400, Main Street",
    "4400 Main Street, Springfield",
    "Budget 1,500",
    "No. 12345,67",
    "Zoë & Łukasz GmbH",
    "שרה כהן",
    "محمد\u200f (ABC)",
    "می\u200cخواهم",
    "👩\u200d⚖️ Law",
]


def _in_the_portal(firm: LawFirm, name: str) -> bool:
    client = Client()
    client.force_login(firm.olivia)
    url = reverse("portal:codes", args=[firm.account.slug])
    answer = client.post(url, {"name": name, "code": "5521"})
    return answer.status_code == 302


def _in_the_api(firm: LawFirm, name: str) -> bool:
    path = f"/accounts/{firm.account.pk}/codes"
    answer = program_of(firm.olivia).post(path, {"name": name, "code": "5521"})
    assert answer.status_code in {201, 422}
    return answer.status_code == 201


def _together_in_the_api(firm: LawFirm, name: str) -> bool:
    path = f"/accounts/{firm.account.pk}/codes/bulk"
    answer = program_of(firm.olivia).post(path, {"codes": [{"name": name, "code": "5521"}]})
    assert answer.status_code in {201, 422}
    return answer.status_code == 201


def _in_a_file(firm: LawFirm, name: str) -> bool:
    quoted = '"' + name.replace('"', '""') + '"'
    data = f"name,code\n{quoted},5521\n".encode()
    return _taken(lambda: bulk.import_csv(firm.account, data, dry_run=False, actor=firm.olivia))


def _by_renaming(firm: LawFirm, name: str) -> bool:
    return _taken(lambda: rename_code(firm.code, name=name, actor=firm.olivia))


def _by_service(firm: LawFirm, name: str) -> bool:
    return _taken(lambda: add_code(firm.account, name=name, code="5521", actor=firm.olivia))


def _taken(change: Callable[[], object]) -> bool:
    try:
        change()
    except Refused:
        return False
    return True


ENTRANCES = [
    _in_the_portal,
    _in_the_api,
    _together_in_the_api,
    _in_a_file,
    _by_renaming,
    _by_service,
]
Entrance = Callable[[LawFirm, str], bool]


@pytest.mark.parametrize("enter", ENTRANCES)
@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=BAD_NAMES.keys())
def test_a_name_that_hides_or_breaks_something_is_refused_everywhere(
    name: str, enter: Entrance, firm: LawFirm
) -> None:
    before = set(every(AccountCode).values_list("name", flat=True))
    assert not enter(firm, name)
    assert set(every(AccountCode).values_list("name", flat=True)) == before


@pytest.mark.parametrize("enter", ENTRANCES)
@pytest.mark.parametrize("name", HONEST_NAMES)
def test_an_honest_name_is_taken_everywhere(name: str, enter: Entrance, firm: LawFirm) -> None:
    assert enter(firm, name)
    assert every(AccountCode).filter(account=firm.account, name=name).exists()


@pytest.mark.parametrize("name", ["Ben\u202e", "Ben\nBarker", "\x07", "\u2066Ben", "\u200b"])
def test_people_accounts_trunks_tokens_and_webhooks_have_such_names_no_more_than_codes(
    name: str, firm: LawFirm
) -> None:
    account, actor = firm.account, firm.olivia
    entrances: list[Callable[[], object]] = [
        lambda: add_account(slug="new", name=name),
        lambda: change_account(account, {"name": name}),
        lambda: add_person(account, name=name, actor=actor),
        lambda: add_trunk(account, name=name, actor=actor),
        lambda: change_person(firm.ben, {"name": name}, actor=actor),
        lambda: create_token(account, name=name, scopes=[Scope.READ], days=1, actor=actor),
        lambda: add_endpoint(
            account, url="https://example.com", events=[Event.CALL_TAGGED], name=name, actor=actor
        ),
    ]
    for enter in entrances:
        with pytest.raises(Refused) as refusal:
            enter()
        assert refusal.value.field == "name"


def test_the_refusal_says_which_character() -> None:
    assert any_name_problem("Ben\u202eB") == (
        "Remove the hidden character U+202E, character 4 of the name: it turns the text around."
    )
    assert "line break at character 4" in str(any_name_problem("Ben\nB"))
    assert "U+0007" in str(any_name_problem("Ben\x07"))


@pytest.mark.parametrize(
    ("name", "length"),
    [("Smith,644", 3), ("1,500", 3), ("Smith,123,456", 3), ("a,12345;b", 5), ("'1234567';x", 7)],
)
def test_a_cell_of_digits_is_as_long_as_the_accounts_codes(name: str, length: int) -> None:
    problem = name_problem(name, length)
    assert problem is not None
    assert "between separators" in problem
    for other in {3, 4, 5, 6, 7} - {length}:
        assert name_problem(name, other) is None


@given(
    before=st.text("abc ", max_size=3).map(str.strip),
    digits=st.from_regex(r"[0-9]{3,7}", fullmatch=True),
    separator=st.sampled_from(",;"),
    behind=st.booleans(),
)
def test_no_refusal_repeats_digits(before: str, digits: str, separator: str, behind: bool) -> None:
    cells = [f"x{before}", digits] if behind else [digits, f"x{before}"]
    problem = name_problem(separator.join(cells), len(digits))
    assert problem is not None
    assert digits not in problem
