"""Olivia saves Account Codes Settings: the dialog, and what Yes, No and Cancel do."""

import pytest
from django.test import Client

from callmark.codes.models import UserCodeSettings
from callmark.codes.services import save_user_settings
from callmark.policy.prompt_options import PromptOptions
from callmark.policy.rules import CodeRules
from tests.cast import LawFirm, code, first_time, stored
from tests.portal.pages import settings_sent, turn_on, url
from tests.rows import every

PAGE = "account-codes/"
OUTSIDE = CodeRules(international=True, premium=True)
EXACT_LABELS = (
    "Account Codes Settings",
    "Allow account codes",
    "Require account codes for internal calls",
    "Validate account codes when dialed",
    "Allow call to proceed after max retries",
    "Calls requiring account codes",
    "International",
    "Directory assistance",
    "Premium toll",
    "Other outside calls",
    "Toll-free",
)


def test_the_page_has_the_labels_administrators_know(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    page = olivia.get(url(cast, PAGE)).content.decode()
    for label in EXACT_LABELS:
        assert f">{label}<" in page, label


def test_save_opens_the_dialog_and_applies_nothing_yet(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    save_user_settings_of_ben(cast)
    answer = olivia.post(
        url(cast, PAGE), settings_sent(cast, OUTSIDE), headers={"HX-Request": "true"}
    )
    dialog = " ".join(answer.content.decode().split())
    assert "<dialog" in dialog
    assert "Save Account Codes" in dialog
    assert "will be applied to all users who have account codes enabled" in dialog
    assert "except those with custom settings" in dialog
    assert "enable this feature for all users who don't have it yet" in dialog
    assert "<b>4 more users</b>" in dialog
    assert "turned off on purpose" in dialog
    assert not stored(cast).allowed


def save_user_settings_of_ben(cast: LawFirm) -> None:
    """Ben was turned off on purpose: his row exists and says off."""
    UserCodeSettings.objects.create(user=cast.ben, enabled=False)


def test_without_scripts_the_dialog_is_a_page(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    page = olivia.post(url(cast, PAGE), settings_sent(cast, OUTSIDE)).content.decode()
    assert "<dialog" not in page
    assert "<title>" in page
    assert 'name="enable_everyone"' in page


@pytest.mark.parametrize(("answer", "enabled"), [("yes", True), ("no", False)])
def test_yes_enables_everybody_and_no_nobody(
    client: Client, cast: LawFirm, answer: str, enabled: bool
) -> None:
    first_time(cast)
    save_user_settings_of_ben(cast)
    turn_on(client, cast, OUTSIDE, everyone=answer)
    assert stored(cast).allowed
    assert stored(cast).rules == OUTSIDE
    on = every(UserCodeSettings).filter(user__account=cast.account, enabled=True).count()
    assert on == (4 if enabled else 0)


def test_saving_again_without_a_change_asks_again(client: Client, cast: LawFirm) -> None:
    first_time(cast)
    turn_on(client, cast, OUTSIDE)
    page = client.post(url(cast, PAGE), settings_sent(cast, OUTSIDE)).content.decode()
    assert "Save Account Codes" in page
    assert "All users have it already" in page


def test_the_answer_is_needed(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    page = olivia.post(url(cast, PAGE + "save/"), settings_sent(cast, OUTSIDE)).content.decode()
    assert "Choose Yes or No." in page
    assert not stored(cast).allowed


def test_validate_waits_for_a_code(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    page = olivia.get(url(cast, PAGE)).content.decode()
    assert "Add at least one account code first" in page
    validating = settings_sent(cast, CodeRules(validate=True))
    page = olivia.post(url(cast, PAGE), validating).content.decode()
    assert "Nothing was saved" in page
    validating["enable_everyone"] = "no"
    olivia.post(url(cast, PAGE + "save/"), validating)
    assert not stored(cast).allowed
    code(cast)
    page = olivia.get(url(cast, PAGE)).content.decode()
    assert "Add at least one account code first" not in page


def test_somebody_else_saved_meanwhile(client: Client, cast: LawFirm) -> None:
    first_time(cast)
    client.force_login(cast.olivia)
    old = settings_sent(cast, CodeRules(toll_free=True), enable_everyone="yes")
    turn_on(client, cast, OUTSIDE)
    page = client.post(url(cast, PAGE + "save/"), old).content.decode()
    assert "Somebody else changed this" in page
    assert stored(cast).rules == OUTSIDE


def test_max_retries_can_change_later_the_length_cannot(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    sent = settings_sent(cast, OUTSIDE, enable_everyone="no", max_retries="7", code_length="6")
    olivia.post(url(cast, PAGE + "save/"), sent)
    assert stored(cast).max_retries == 7
    assert stored(cast).code_length == 4


def test_wrong_retries_come_back_beside_the_field(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    sent = settings_sent(cast, OUTSIDE, max_retries="12")
    answer = olivia.post(url(cast, PAGE), sent, headers={"HX-Request": "true"})
    assert answer["HX-Retarget"] == "#settings-form"
    assert "Enter a whole number from 1 to 9." in answer.content.decode()


def test_many_codes_of_few_digits_are_easy_to_guess(olivia: Client, cast: LawFirm) -> None:
    first_time(cast, code_length=3)
    for number in range(4):
        code(cast, digits=f"{number:03}", name=f"Client {number}")
    page = olivia.get(url(cast, PAGE)).content.decode()
    assert "1.2% chance of a lucky guess" in page
    live = olivia.get(url(cast, PAGE + "guessability/"), {"max_retries": "2"}).content.decode()
    assert "lucky guess" not in live
    for nonsense in ("", "0", "x", "99", "²"):
        answer = olivia.get(url(cast, PAGE + "guessability/"), {"max_retries": nonsense})
        assert answer.status_code == 200


def turn_off_sent(cast: LawFirm, **more: str) -> dict[str, str]:
    """What the browser sends when *Allow account codes* is off: the rest is greyed out."""
    return {"version": str(stored(cast).version), "allowed": "false", **more}


@pytest.mark.parametrize("delete", [True, False])
def test_turning_off_keeps_or_deletes_custom_settings(
    client: Client, cast: LawFirm, delete: bool
) -> None:
    first_time(cast)
    turn_on(client, cast, OUTSIDE)
    save_user_settings(
        cast.uma, enabled=True, override=CodeRules(toll_free=True), actor=cast.olivia
    )
    page = client.post(url(cast, PAGE), turn_off_sent(cast)).content.decode()
    assert "Delete custom user settings" in page
    assert stored(cast).allowed
    sent = turn_off_sent(cast, **({"delete_custom_settings": "on"} if delete else {}))
    client.post(url(cast, PAGE + "turn-off/"), sent)
    assert not stored(cast).allowed
    assert stored(cast).rules == OUTSIDE
    uma = every(UserCodeSettings).get(user=cast.uma)
    assert not uma.enabled
    assert uma.override is not delete


def test_saving_while_it_is_off_says_how_to_begin(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    page = olivia.post(url(cast, PAGE), turn_off_sent(cast)).content.decode()
    assert "Account codes stay off" in page
    assert "turn on" in page


def test_what_becomes_of_calls_without_anybody_to_ask(client: Client, cast: LawFirm) -> None:
    first_time(cast)
    client.force_login(cast.olivia)
    page = client.get(url(cast, PAGE)).text
    assert "When nobody can be asked for a code" in page
    assert "Refuse them all" in page
    data = settings_sent(cast, OUTSIDE, unasked="refuse")
    dialog = client.post(url(cast, PAGE), data).text
    assert '<input type="hidden" name="unasked" value="refuse"' in dialog
    client.post(url(cast, "account-codes/save/"), data | {"enable_everyone": "no"})
    assert stored(cast).unasked == "refuse"
    turn_on(client, cast, OUTSIDE)
    assert stored(cast).unasked == "refuse", "what is not sent is not changed"
    assert "Refuse them all" in client.get(url(cast, "activity/")).text


def test_what_callers_may_do_at_the_prompt(client: Client, cast: LawFirm) -> None:
    first_time(cast)
    client.force_login(cast.olivia)
    page = client.get(url(cast, PAGE)).text
    for label in ("At the prompt", "Number and code in one go", "Pound key (#) for no code"):
        assert label in page
    assert "keep all that was dialed" in " ".join(page.split())
    assert stored(cast).options == PromptOptions()
    sent = {"same_code": "true", "separator": "**", "kept_minutes": "30"}
    data = settings_sent(cast, OUTSIDE, **sent)
    dialog = client.post(url(cast, PAGE), data).text
    assert '<input type="hidden" name="separator" value="**"' in dialog
    client.post(url(cast, PAGE + "save/"), data | {"enable_everyone": "no"})
    chosen = PromptOptions(same_code=True, separator="**", kept_minutes=30)
    assert stored(cast).options == chosen
    turn_on(client, cast, OUTSIDE)
    assert stored(cast).options == chosen, "what is not sent is not changed"
    activity = client.get(url(cast, "activity/")).text
    for told in ("Two stars: number**code", "Minutes a code is kept", "Star key for the last code"):
        assert told in activity
    data = settings_sent(cast, OUTSIDE, kept_minutes="", separator="")
    client.post(url(cast, PAGE + "save/"), data | {"enable_everyone": "no"})
    assert stored(cast).options == PromptOptions(same_code=True)


@pytest.mark.parametrize("wrong", [{"kept_minutes": "481"}, {"separator": "x"}])
def test_options_that_there_are_not_are_refused(
    olivia: Client, cast: LawFirm, wrong: dict[str, str]
) -> None:
    first_time(cast)
    data = settings_sent(cast, OUTSIDE, enable_everyone="no", **wrong)
    page = olivia.post(url(cast, PAGE + "save/"), data).text
    assert "from 0 to 480" in page or "Select a valid choice" in page
    assert not stored(cast).allowed


def test_switches_that_are_not_sent_stay_as_they_are(client: Client, cast: LawFirm) -> None:
    first_time(cast)
    turn_on(client, cast, OUTSIDE)
    only = {"version": str(stored(cast).version), "premium": "false"}
    dialog = client.post(url(cast, PAGE), only).text
    assert '<input type="hidden" name="international" value="True"' in dialog
    client.post(url(cast, PAGE + "save/"), only | {"enable_everyone": "no"})
    assert stored(cast).allowed
    assert stored(cast).rules == CodeRules(international=True)
    assert stored(cast).max_retries == 3


def test_a_choice_that_there_is_not_is_refused(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    data = settings_sent(cast, OUTSIDE, unasked="ask_twice", enable_everyone="no")
    assert "Select a valid choice" in olivia.post(url(cast, "account-codes/save/"), data).text
    assert stored(cast).unasked == "refuse_costly"
