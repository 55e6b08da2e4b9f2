"""Accounts, users and their numbers over the API."""

import pytest

from callmark.accounts.models import Extension, User
from callmark.audit.models import AuditEntry
from tests.api.programs import Program, body_of, problem
from tests.cast import LawFirm
from tests.rows import every

NEW = {"slug": "school", "name": "Demo School", "country": "GB", "outside_prefix": "9"}


def test_an_operator_adds_and_changes_accounts(operator: Program) -> None:
    new = body_of(operator.post("/accounts", NEW | {"star_code": "*77"}))
    assert (new["slug"], new["country"], new["star_code"]) == ("school", "GB", "*77")
    path = f"/accounts/{new['id']}"
    changed = body_of(operator.patch(path, {"name": "School", "international_regions": ["JM"]}))
    assert (changed["name"], changed["outside_prefix"]) == ("School", "9")
    assert body_of(operator.get(path)) == changed


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (NEW | {"slug": "firm"}, "slug"),
        (NEW | {"slug": "Not A Slug"}, "slug"),
        (NEW | {"country": "ZZ"}, "country"),
        (NEW | {"outside_prefix": "x"}, "outside_prefix"),
        (NEW | {"star_code": "77"}, "star_code"),
    ],
)
def test_a_wrong_account_is_refused(
    body: dict[str, str], field: str, firm: LawFirm, operator: Program
) -> None:
    answer = operator.post("/accounts", body)
    assert (answer.status_code, body_of(answer)["field"]) == (422, field)


def test_accounts_are_found_by_name(firm: LawFirm, other: LawFirm, operator: Program) -> None:
    found = body_of(operator.get("/accounts?q=OTHER"))["items"]
    assert [one["slug"] for one in found] == ["other"]


def test_an_administrator_adds_and_changes_users(olivia: Program, at: str) -> None:
    new = body_of(olivia.post(f"{at}/users", {"name": "Nina", "email": "Nina@Firm.example"}))
    assert (new["role"], new["country"], new["is_active"]) == ("user", "US", True)
    path = f"{at}/users/{new['id']}"
    changed = body_of(olivia.patch(path, {"role": "reporter", "home_country": "CA"}))
    assert (changed["role"], changed["country"], changed["name"]) == ("reporter", "CA", "Nina")
    assert body_of(olivia.patch(path, {"email": None}))["email"] is None
    assert not body_of(olivia.patch(path, {"is_active": False}))["is_active"]
    names = [one["name"] for one in body_of(olivia.get(f"{at}/users"))["items"]]
    assert names == ["Ben", "Carla", "Olivia"]
    gone = body_of(olivia.get(f"{at}/users?is_active=false"))["items"]
    assert [one["name"] for one in gone] == ["Nina"]


def test_users_are_found_by_name_address_and_number(olivia: Program, at: str) -> None:
    def found(text: str) -> list[str]:
        return [one["name"] for one in body_of(olivia.get(f"{at}/users?q={text}"))["items"]]

    assert found("carl") == ["Carla"]
    assert found("olivia@firm") == ["Olivia"]
    assert found("102") == ["Carla"]
    assert found("10") == ["Ben", "Carla"]


def test_nobody_makes_an_operator_or_takes_away_his_own_rights(
    firm: LawFirm, olivia: Program, at: str
) -> None:
    answer = olivia.post(f"{at}/users", {"name": "Eve", "role": "operator"})
    assert problem(answer) == (422, "invalid_request")
    own = f"{at}/users/{firm.olivia.pk}"
    assert problem(olivia.patch(own, {"role": "user"})) == (422, "refused")
    assert problem(olivia.patch(own, {"is_active": False})) == (422, "refused")
    assert olivia.patch(own, {"name": "Olivia O."}).status_code == 200


def test_an_address_is_one_persons(firm: LawFirm, olivia: Program, at: str) -> None:
    answer = olivia.post(f"{at}/users", {"name": "Two", "email": "OLIVIA@firm.example"})
    assert answer.status_code == 422


def test_numbers_are_the_operators(
    firm: LawFirm, operator: Program, olivia: Program, at: str
) -> None:
    user = f"{at}/users/{firm.ben.pk}"
    extension = {"number": "150", "endpoint": "firm-150", "switch": "second"}
    assert problem(olivia.post(f"{user}/extensions", extension)) == (403, "forbidden")
    new = body_of(operator.post(f"{user}/extensions", extension))
    number = body_of(operator.post(f"{user}/phone-numbers", {"e164": "+12125550150"}))
    shown = body_of(olivia.get(user))
    assert new in shown["extensions"]
    assert number in shown["phone_numbers"]
    switches = {
        one["name"]: one["extensions"] for one in body_of(operator.get("/switches"))["items"]
    }
    assert switches == {"main": 2, "second": 1}
    assert operator.delete(f"{user}/extensions/{new['id']}").status_code == 204
    assert operator.delete(f"{user}/phone-numbers/{number['id']}").status_code == 204
    assert not every(Extension).filter(number="150").exists()


def test_an_endpoint_that_is_taken_is_refused(
    firm: LawFirm, other: LawFirm, operator: Program, at: str
) -> None:
    body = {"number": "151", "endpoint": "other-101"}
    answer = operator.post(f"{at}/users/{firm.ben.pk}/extensions", body)
    assert answer.status_code == 422


def test_a_change_says_who_made_it_and_with_which_token(
    firm: LawFirm, olivia: Program, at: str
) -> None:
    olivia.patch(f"{at}/users/{firm.ben.pk}", {"name": "Ben B."})
    entry = every(AuditEntry).filter(action="person.changed").get()
    assert (entry.actor_name, entry.token_name, entry.source) == ("Olivia", "test", "api")
    listed = body_of(olivia.get(f"{at}/audit?action=person.&source=api"))["items"]
    assert [one["id"] for one in listed] == [str(entry.pk)]
    assert (listed[0]["before"], listed[0]["after"]) == ({"name": "Ben"}, {"name": "Ben B."})


def test_an_operators_visit_is_seen_by_the_account(
    firm: LawFirm, operator: Program, olivia: Program, at: str
) -> None:
    operator.get(f"{at}/codes")
    entries = body_of(olivia.get(f"{at}/audit?action=account.visited_by_operator"))["items"]
    assert [one["actor_name"] for one in entries] == ["Otto"]


def test_a_deactivated_user_places_no_calls(firm: LawFirm, olivia: Program, at: str) -> None:
    every(User).filter(pk=firm.ben.pk).update(is_active=False)
    body = {"user_id": str(firm.ben.pk), "dialed": "2125550100"}
    assert problem(olivia.post(f"{at}/simulate", body)) == (404, "not_found")


def test_a_sip_trunk_is_added_and_given_its_endpoint(
    olivia: Program, operator: Program, at: str
) -> None:
    new = body_of(olivia.post(f"{at}/users", {"kind": "trunk", "name": "Old PBX"}))
    assert (new["kind"], new["email"], new["role"]) == ("trunk", None, "user")
    path = f"{at}/users/{new['id']}"
    answer = operator.post(f"{path}/extensions", {"number": "109", "endpoint": "firm-pbx"})
    assert (answer.status_code, body_of(answer)["field"]) == (422, "number")
    given = body_of(operator.post(f"{path}/extensions", {"endpoint": "firm-pbx"}))
    assert (given["number"], given["endpoint"]) == ("", "firm-pbx")
    assert body_of(olivia.get(path))["extensions"] == [given]


@pytest.mark.parametrize("more", [{"email": "pbx@firm.example"}, {"role": "reporter"}])
def test_a_trunk_cannot_sign_in(olivia: Program, at: str, more: dict[str, str]) -> None:
    answer = olivia.post(f"{at}/users", {"kind": "trunk", "name": "Old PBX", **more})
    assert (answer.status_code, body_of(answer)["field"]) == (422, "kind")
    new = body_of(olivia.post(f"{at}/users", {"kind": "trunk", "name": "Old PBX"}))
    assert problem(olivia.patch(f"{at}/users/{new['id']}", more)) == (409, "refused")
    invited = {"user_id": new["id"], "email": "pbx@firm.example", "role": "user"}
    assert problem(olivia.post(f"{at}/invitations", invited)) == (409, "refused")


def test_an_extension_of_a_user_has_a_number(firm: LawFirm, operator: Program, at: str) -> None:
    answer = operator.post(f"{at}/users/{firm.ben.pk}/extensions", {"endpoint": "firm-109"})
    assert (answer.status_code, body_of(answer)["field"]) == (422, "number")


def test_the_switchs_own_numbers(operator: Program) -> None:
    new = body_of(operator.post("/accounts", NEW | {"own_numbers": ["600", "_7XX", "600"]}))
    assert new["own_numbers"] == ["600", "_7XX"]
    path = f"/accounts/{new['id']}"
    assert body_of(operator.patch(path, {"name": "School"}))["own_numbers"] == ["600", "_7XX"]
    refused = operator.patch(path, {"own_numbers": ["_X."]})
    assert (refused.status_code, body_of(refused)["field"]) == (422, "own_numbers")
    assert "too wide" in body_of(refused)["detail"]
    assert body_of(operator.patch(path, {"own_numbers": []}))["own_numbers"] == []
