"""A user who leaves is deleted: what goes, what stays, and who may."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client

from callmark.accounts.deletion import delete_person
from callmark.accounts.models import Extension, PhoneNumber, PolicyRevision, Role, User
from callmark.accounts.refused import Refused
from callmark.accounts.services import add_person, add_phone_number
from callmark.audit.models import AuditEntry
from callmark.calls.models import Call, LockoutLift
from callmark.calls.queries import lift_lockout
from callmark.codes.models import UserCodeSettings
from callmark.sign_in.models import ApiToken, Invitation
from callmark.switches.simulator import simulate
from tests.api.conftest import LONDON, invited
from tests.api.programs import Program, body_of, problem, program_of
from tests.cast import LawFirm
from tests.rows import every


@pytest.fixture
def nina(firm: LawFirm) -> User:
    """A second administrator, with a phone number, a token, and a second factor."""
    nina = invited(firm.account, "nina@firm.example", Role.ADMINISTRATOR)
    add_phone_number(nina, e164="+12125550123")
    return nina


def test_everything_of_the_user_goes(firm: LawFirm, nina: User, olivia: Program, at: str) -> None:
    lift_lockout(nina, firm.olivia)
    program = program_of(nina)
    browser = Client()
    browser.force_login(nina)
    assert olivia.delete(f"{at}/users/{nina.pk}").status_code == 204
    for gone in (
        every(Extension).filter(user_id=nina.pk),
        every(PhoneNumber).filter(user_id=nina.pk),
        every(LockoutLift).filter(user_id=nina.pk),
        every(UserCodeSettings).filter(user_id=nina.pk),
        every(Invitation).filter(user_id=nina.pk),
        EmailAddress.objects.filter(user_id=nina.pk),
        Authenticator.objects.filter(user_id=nina.pk),
    ):
        assert not gone.exists()
    assert not every(ApiToken).filter(created_by_id=nina.pk).exists()
    assert problem(program.get("/me")) == (401, "not_signed_in")
    assert browser.get("/accounts/firm/users/").status_code == 302
    assert problem(olivia.get(f"{at}/users/{nina.pk}")) == (404, "not_found")
    assert problem(olivia.delete(f"{at}/users/{nina.pk}")) == (404, "not_found")


def test_number_extension_endpoint_and_address_are_free_again(
    firm: LawFirm, nina: User, olivia: Program, operator: Program, at: str
) -> None:
    olivia.delete(f"{at}/users/{nina.pk}")
    olivia.delete(f"{at}/users/{firm.ben.pk}")
    carla = f"{at}/users/{firm.carla.pk}"
    extension = {"number": "101", "endpoint": "firm-101"}
    assert operator.post(f"{carla}/extensions", extension).status_code == 201
    number = {"e164": "+12125550123"}
    assert operator.post(f"{carla}/phone-numbers", number).status_code == 201
    assert olivia.patch(carla, {"email": "nina@firm.example"}).status_code == 200


def test_call_records_stay_with_the_name_as_it_was(firm: LawFirm, olivia: Program, at: str) -> None:
    simulate(firm.ben, LONDON, ["1234"])
    olivia.delete(f"{at}/users/{firm.ben.pk}")
    (call,) = body_of(olivia.get(f"{at}/calls"))["items"]
    assert (call["user_id"], call["user_name"]) == (None, "Ben")
    assert call["account_code_name"] == "Harper v. Castellan"
    browser = Client()
    browser.force_login(firm.olivia)
    for page in ("/accounts/firm/calls/?q=ben&tests=on", f"/accounts/firm/calls/{call['id']}/"):
        assert "Ben" in browser.get(page).content.decode()


def test_the_activity_tells_who_what_and_which_tokens_went(
    firm: LawFirm, nina: User, olivia: Program, at: str
) -> None:
    program_of(nina)
    before = every(PolicyRevision).get(account=firm.account).number
    olivia.delete(f"{at}/users/{nina.pk}")
    entry = every(AuditEntry).get(action="person.deleted")
    assert (entry.actor_name, entry.token_name, entry.target_name) == ("Olivia", "test", "Invited")
    assert entry.before["email"] == "nina@firm.example"
    assert entry.before["role"] == "administrator"
    assert entry.before["phone_numbers"] == ["+12125550123"]
    revoked = every(AuditEntry).get(action="api_token.revoked")
    assert (revoked.actor_name, revoked.target_name) == ("Olivia", "test")
    assert every(PolicyRevision).get(account=firm.account).number > before


def test_nobody_deletes_themselves(firm: LawFirm, olivia: Program, at: str) -> None:
    assert problem(olivia.delete(f"{at}/users/{firm.olivia.pk}")) == (409, "own")
    assert every(User).filter(pk=firm.olivia.pk).exists()


def test_the_last_administrator_stays_unless_an_operator_deletes_him(
    firm: LawFirm, otto: User
) -> None:
    without_address = add_person(firm.account, name="Nina", role=Role.ADMINISTRATOR)
    with pytest.raises(Refused, match="last administrator who can sign in: make somebody else"):
        delete_person(firm.olivia, actor=without_address)
    assert every(User).filter(pk=firm.olivia.pk).exists()
    delete_person(firm.olivia, actor=otto)
    assert not every(User).filter(email="olivia@firm.example").exists()


def test_deleted_by_two_at_once_it_happens_once(firm: LawFirm) -> None:
    ben = every(User).get(pk=firm.ben.pk)
    delete_person(firm.ben, actor=firm.olivia)
    with pytest.raises(Refused, match="deleted this person meanwhile"):
        delete_person(ben, actor=firm.olivia)
    assert every(AuditEntry).filter(action="person.deleted").count() == 1


def test_a_call_at_the_prompt_is_recorded_as_abandoned(
    firm: LawFirm, olivia: Program, at: str
) -> None:
    calls = f"{at}/call-control/calls"
    start = {"call_id": "c1", "user_id": str(firm.ben.pk), "dialed": LONDON}
    waiting = body_of(olivia.post(calls, start))
    assert waiting["action"] == "collect"
    olivia.delete(f"{at}/users/{firm.ben.pk}")
    call = every(Call).get()
    assert (call.outcome, call.user, call.user_name) == ("abandoned", None, "Ben")
    entry = {"sequence": 1, "digits": "1234"}
    answer = olivia.post(f"{calls}/{waiting['id']}/entries", entry)
    assert problem(answer) == (409, "call_finished")
    assert problem(olivia.post(calls, start | {"call_id": "c2"})) == (404, "not_found")


def test_how_a_call_under_way_ended_can_still_be_reported(
    firm: LawFirm, olivia: Program, at: str
) -> None:
    calls = f"{at}/call-control/calls"
    start = {"call_id": "c1", "user_id": str(firm.ben.pk), "dialed": "2125550100"}
    call_id = body_of(olivia.post(calls, start))["id"]
    olivia.delete(f"{at}/users/{firm.ben.pk}")
    end = {"answered_at": "2026-11-23T09:30:00Z", "ended_at": "2026-11-23T09:34:10Z"}
    assert olivia.post(f"{calls}/{call_id}/end", end).status_code == 200
    call = every(Call).get()
    assert (call.seconds, call.user_name) == (250, "Ben")
