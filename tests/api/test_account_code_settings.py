"""Account-code settings over the API: first time, saving, ETags, turning off, a user's own."""

from typing import Any

import pytest

from callmark.accounts.models import Role
from callmark.accounts.services import add_person
from callmark.codes.models import AccountCodeSettings, UserCodeSettings
from callmark.codes.services import add_code, save_user_settings
from callmark.policy.rules import CodeRules
from tests.api.programs import Program, body_of, problem, program_of
from tests.cast import LawFirm, make_account, make_user
from tests.rows import every

OFF = {
    "require_internal": False,
    "validate_codes": False,
    "proceed_after_max_retries": False,
    "international": False,
    "directory_assistance": False,
    "premium": False,
    "other_outside": False,
    "toll_free": False,
}


def save(**switches: bool) -> dict[str, Any]:
    return {"max_retries": 4, "switches": OFF | switches, "enable_everyone": False}


@pytest.fixture
def path(at: str) -> str:
    return f"{at}/account-codes"


def test_the_first_time_fixes_the_length_and_leaves_it_off(db: None) -> None:
    account = make_account("new")
    nina = add_person(account, name="Nina", email="nina@new.example", role=Role.ADMINISTRATOR)
    program, path = program_of(nina), f"/accounts/{account.pk}/account-codes"
    assert problem(program.get(path)) == (404, "not_set_up")
    answer = program.post(path, {"code_length": 4, "max_retries": 3})
    assert answer.status_code == 201
    assert not body_of(answer)["allowed"]
    assert answer["ETag"] == program.get(path)["ETag"]
    again = program.post(path, {"code_length": 5, "max_retries": 3})
    assert problem(again) == (409, "already_set_up")
    assert body_of(program.get(path))["code_length"] == 4


@pytest.mark.parametrize("length", [2, 8, "four", None])
def test_a_length_of_three_to_seven(length: object, olivia: Program, path: str) -> None:
    answer = olivia.post(path, {"code_length": length, "max_retries": 3})
    assert problem(answer) == (422, "invalid_request")
    assert body_of(answer)["field"] == "code_length"


def test_saving_needs_the_etag_that_was_read(olivia: Program, path: str) -> None:
    assert problem(olivia.put(path, save())) == (428, "if_match_missing")
    seen = olivia.get(path)["ETag"]
    saved = olivia.put(path, save(premium=True), If_Match=seen)
    assert saved.status_code == 200
    assert body_of(saved)["switches"]["premium"]
    assert saved["ETag"] != seen
    assert problem(olivia.put(path, save(), If_Match=seen)) == (412, "stale_version")
    assert body_of(olivia.get(path))["switches"]["premium"]
    assert olivia.put(path, save(), If_Match=f'"x", {saved["ETag"]}').status_code == 200


def test_yes_enables_everyone_and_no_leaves_those_off_who_were_off(
    firm: LawFirm, olivia: Program, path: str
) -> None:
    make_user(firm.account, "Dora")
    counts = body_of(olivia.get(f"{path}/save-counts"))
    assert counts == {"follow_defaults": 3, "customised": 0, "not_enabled": 1}
    olivia.put(path, save(), If_Match="*")
    assert body_of(olivia.get(f"{path}/save-counts"))["not_enabled"] == 1
    olivia.put(path, save() | {"enable_everyone": True}, If_Match="*")
    assert body_of(olivia.get(f"{path}/save-counts"))["not_enabled"] == 0


def test_every_switch_must_be_told(olivia: Program, path: str) -> None:
    body = save()
    del body["switches"]["toll_free"]
    answer = olivia.put(path, body, If_Match="*")
    assert problem(answer) == (422, "invalid_request")
    assert body_of(answer)["detail"] == "Add the field 'switches.toll_free'."


@pytest.mark.parametrize(
    ("header", "goes_on"),
    [
        ("{tag}", True),
        ('"something", {tag}', True),
        ("*", True),
        # As RFC 9110, section 13.1.1 has it: a weak tag never proves that nothing has changed.
        ("W/{tag}", False),
        ('"something"', False),
        ("{bare}", False),
        ("", False),
    ],
)
def test_a_change_goes_on_only_if_one_of_the_tags_sent_is_that_of_the_settings(
    header: str, goes_on: bool, olivia: Program, path: str
) -> None:
    tag = olivia.get(path)["ETag"]
    sent = header.format(tag=tag, bare=tag.strip('"'))
    answer = olivia.put(path, save(), If_Match=sent)
    if goes_on:
        assert answer.status_code == 200
    else:
        assert problem(answer) == (412, "stale_version")


def test_validate_needs_a_code(db: None) -> None:
    account = make_account("new")
    nina = add_person(account, name="Nina", email="nina@new.example", role=Role.ADMINISTRATOR)
    program, path = program_of(nina), f"/accounts/{account.pk}/account-codes"
    program.post(path, {"code_length": 4, "max_retries": 3})
    answer = program.put(path, save(validate_codes=True), If_Match="*")
    assert problem(answer) == (422, "no_active_code")


@pytest.mark.parametrize("delete", [True, False])
def test_turning_off_deletes_or_keeps_custom_settings(
    delete: bool, firm: LawFirm, olivia: Program, path: str
) -> None:
    save_user_settings(firm.ben, enabled=True, override=CodeRules(premium=True), actor=None)
    body = {"delete_custom_settings": delete}
    assert problem(olivia.post(f"{path}/turn-off", body)) == (428, "if_match_missing")
    answer = olivia.post(f"{path}/turn-off", body, If_Match=olivia.get(path)["ETag"])
    assert not body_of(answer)["allowed"]
    bens = every(UserCodeSettings).get(user=firm.ben)
    assert (bens.enabled, bens.override) == (False, not delete)


def test_a_users_override_starts_from_and_goes_back_to_the_accounts(
    firm: LawFirm, olivia: Program, at: str
) -> None:
    path = f"{at}/users/{firm.ben.pk}/account-codes"
    read = olivia.get(path)
    assert body_of(read)["override"] is None
    assert body_of(read)["in_force"]["international"]
    override = OFF | {"other_outside": True}
    saved = olivia.put(path, {"enabled": True, "override": override}, If_Match=read["ETag"])
    assert body_of(saved)["in_force"] == override
    stale = olivia.put(path, {"enabled": False, "override": None}, If_Match=read["ETag"])
    assert problem(stale) == (412, "stale_version")
    back = olivia.put(path, {"enabled": True, "override": None}, If_Match=saved["ETag"])
    assert body_of(back)["in_force"]["international"]
    assert problem(olivia.put(path, {"enabled": True, "override": None})) == (
        428,
        "if_match_missing",
    )


def test_proceed_can_be_overridden_only_while_it_is_on_for_the_account(
    firm: LawFirm, olivia: Program, at: str
) -> None:
    path = f"{at}/users/{firm.ben.pk}/account-codes"
    override = OFF | {"proceed_after_max_retries": True}
    answer = olivia.put(path, {"enabled": True, "override": override}, If_Match="*")
    assert problem(answer) == (422, "proceed_off_at_account")
    assert not body_of(olivia.get(path))["proceed_can_be_changed"]


def test_a_change_at_the_account_makes_a_users_etag_stale(
    firm: LawFirm, olivia: Program, at: str
) -> None:
    path = f"{at}/users/{firm.ben.pk}/account-codes"
    seen = olivia.get(path)["ETag"]
    olivia.put(f"{at}/account-codes", save(), If_Match="*")
    answer = olivia.put(path, {"enabled": True, "override": None}, If_Match=seen)
    assert problem(answer) == (412, "stale_version")


def test_the_guess_warning_is_told(firm: LawFirm, olivia: Program, path: str) -> None:
    assert body_of(olivia.get(path))["lucky_guess_chance"] is None
    every(AccountCodeSettings).filter(account=firm.account).update(code_length=3, max_retries=9)
    add_code(firm.account, name="Two", code="002", actor=None)
    assert body_of(olivia.get(path))["lucky_guess_chance"] == pytest.approx(0.018)


def test_what_becomes_of_calls_without_anybody_to_ask(olivia: Program, path: str) -> None:
    answer = olivia.get(path)
    assert body_of(answer)["unasked"] == "refuse_costly"
    saved = olivia.put(path, save() | {"unasked": "let_through"}, If_Match=answer["ETag"])
    assert body_of(saved)["unasked"] == "let_through"
    again = olivia.put(path, save(), If_Match=saved["ETag"])
    assert body_of(again)["unasked"] == "let_through", "left out is not changed"
    for wrong in ("ask_twice", None):
        refused = olivia.put(path, save() | {"unasked": wrong}, If_Match=again["ETag"])
        assert problem(refused) == (422, "invalid_request")


def test_what_callers_may_do_at_the_prompt(olivia: Program, path: str) -> None:
    off = {"decline": False, "same_code": False, "separator": "", "kept_minutes": 0}
    answer = olivia.get(path)
    assert body_of(answer)["prompt_options"] == off
    on = {"decline": True, "same_code": True, "separator": "**", "kept_minutes": 30}
    saved = olivia.put(path, save() | {"prompt_options": on}, If_Match=answer["ETag"])
    assert body_of(saved)["prompt_options"] == on
    again = olivia.put(path, save(), If_Match=saved["ETag"])
    assert body_of(again)["prompt_options"] == on, "left out is not changed"
    for wrong in ({"decline": True}, on | {"separator": "x"}, on | {"kept_minutes": 481}, None):
        refused = olivia.put(path, save() | {"prompt_options": wrong}, If_Match=again["ETag"])
        assert problem(refused) == (422, "invalid_request")


def test_a_users_default_code(firm: LawFirm, other: LawFirm, olivia: Program, at: str) -> None:
    own = f"{at}/users/{firm.ben.pk}/account-codes"
    seen = olivia.get(own)
    assert body_of(seen)["default_code_id"] is None
    sent = {"enabled": True, "override": None}
    code = str(firm.code.pk)
    saved = olivia.put(own, sent | {"default_code_id": code}, If_Match=seen["ETag"])
    assert body_of(saved)["default_code_id"] == code
    assert saved["ETag"] != seen["ETag"]
    kept = olivia.put(own, sent, If_Match=saved["ETag"])
    assert body_of(kept)["default_code_id"] == code, "left out is not changed"
    for wrong in (other.code.pk, firm.ben.pk):
        body = sent | {"default_code_id": str(wrong)}
        refused = olivia.put(own, body, If_Match=kept["ETag"])
        assert (refused.status_code, body_of(refused)["field"]) == (422, "default_code_id")
    gone = olivia.put(own, sent | {"default_code_id": None}, If_Match=kept["ETag"])
    assert body_of(gone)["default_code_id"] is None


def test_a_default_code_that_is_deleted_is_none(firm: LawFirm, olivia: Program, at: str) -> None:
    spare = add_code(firm.account, name="Spare", code="5555", actor=None)
    save_user_settings(firm.ben, enabled=True, override=None, default_code=spare, actor=None)
    assert olivia.delete(f"{at}/codes/{spare.pk}").status_code == 204
    answer = olivia.get(f"{at}/users/{firm.ben.pk}/account-codes")
    assert body_of(answer)["default_code_id"] is None
