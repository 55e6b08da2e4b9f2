"""A program keeps the list of numbers that never or always need a code."""

import pytest

from tests.api.programs import Program, body_of, problem
from tests.cast import LawFirm

pytestmark = pytest.mark.django_db

LONDON = "011442079460000"


def outcome(olivia: Program, at: str, firm: LawFirm) -> tuple[str, str]:
    """What becomes of Ben's call to London without a key, and why."""
    body = {"user_id": str(firm.ben.pk), "dialed": LONDON, "record": False}
    told = body_of(olivia.post(f"{at}/simulate", body))
    return told["outcome"], " ".join(told["why"])


def test_a_number_is_listed_changed_and_taken_off(olivia: Program, at: str, firm: LawFirm) -> None:
    assert outcome(olivia, at, firm)[0] == "abandoned"
    new = {"number": "+44 20 7946 0000", "need": "never", "name": "Registry"}
    added = olivia.post(f"{at}/listed-numbers", new)
    entry, etag = body_of(added), added["ETag"]
    assert (added.status_code, entry["pattern"]) == (201, "+442079460000")
    decided, why = outcome(olivia, at, firm)
    assert decided == "not_gated"
    assert "'Registry' (+442079460000) is listed as never needing one" in why
    path = f"{at}/listed-numbers/{entry['id']}"
    assert problem(olivia.patch(path, {"need": "always"})) == (428, "if_match_missing")
    changed = olivia.patch(path, {"need": "always"}, If_Match=etag)
    assert body_of(changed) | {"need": "never"} == entry
    assert problem(olivia.patch(path, {"name": "X"}, If_Match=etag)) == (412, "stale_version")
    assert body_of(olivia.get(path))["need"] == "always"
    assert outcome(olivia, at, firm)[0] == "abandoned"
    assert olivia.delete(path).status_code == 204
    assert body_of(olivia.get(f"{at}/listed-numbers"))["items"] == []


@pytest.mark.parametrize("number", ["911", "+44**", "hello", "+1911", "44*"])
def test_what_cannot_be_listed_is_refused_with_a_reason(
    olivia: Program, at: str, firm: LawFirm, number: str
) -> None:
    refused = olivia.post(
        f"{at}/listed-numbers", {"number": number, "need": "always", "name": "Court"}
    )
    assert refused.status_code == 422
    assert body_of(refused)["field"] == "number"


def test_a_number_is_listed_once(olivia: Program, at: str, firm: LawFirm) -> None:
    for status, number in ((201, "+442079460000"), (422, LONDON)):
        body = {"number": number, "need": "never", "name": "Court"}
        assert olivia.post(f"{at}/listed-numbers", body).status_code == status
