"""Who can sign in, over the API: what the portal's page does, and what a token must not do."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from callmark.accounts.models import Role, User
from callmark.accounts.services import add_person, change_person
from callmark.audit.models import AuditEntry
from callmark.sign_in.api_tokens import Scope
from tests.api.conftest import with_factors
from tests.api.programs import BASE, Program, body_of, problem, program_of
from tests.cast import PASSWORD, LawFirm
from tests.rows import every

IDA = {"name": "Ida", "email": "Ida@firm.example", "role": "reporter"}


@pytest.fixture
def rick(firm: LawFirm) -> User:
    """A reporter who has signed in before, with a second factor."""
    firm.rick.last_login = timezone.now()
    firm.rick.save()
    return with_factors(firm.rick)


@pytest.fixture
def writer(firm: LawFirm) -> Program:
    """A program that may read and write, and not decide about people."""
    return program_of(firm.olivia, scopes=(Scope.READ, Scope.WRITE))


def signed_in(person: User) -> Client:
    """A browser, as on the page of documentation."""
    browser = Client()
    browser.force_login(person)
    return browser


def names(answer: Any) -> list[str]:  # noqa: ANN401
    return [one["name"] for one in body_of(answer)["items"]]


def opens(link: str) -> bool:
    """Whether the link leads to choosing a password."""
    return Client().get(link).status_code == 302


def test_the_list_tells_role_second_factor_last_sign_in_and_invitation(
    firm: LawFirm, rick: User, olivia: Program, at: str
) -> None:
    olivia.post(f"{at}/invitations", IDA)
    listed = body_of(olivia.get(f"{at}/people"))["items"]
    assert [one["name"] for one in listed] == ["Ida", "Olivia", "Rick"], "Ben has only a phone"
    ida, boss, reporter = listed
    assert (ida["role"], ida["email"], ida["last_signed_in_at"]) == (
        "reporter",
        "Ida@firm.example",
        None,
    )
    assert ida["invitation"]["expires_at"] > ida["invitation"]["sent_at"]
    assert not ida["invitation"]["expired"]
    assert (boss["role"], boss["has_second_factor"]) == ("administrator", False)
    assert reporter["has_second_factor"]
    assert reporter["last_signed_in_at"]
    assert reporter["invitation"] is None
    assert body_of(olivia.get(f"{at}/people/{rick.pk}")) == reporter


def test_finding_people(firm: LawFirm, rick: User, olivia: Program, at: str) -> None:
    olivia.post(f"{at}/invitations", IDA)
    change_person(rick, {"is_active": False}, actor=None)
    assert names(olivia.get(f"{at}/people?q=olivia@")) == ["Olivia"]
    assert names(olivia.get(f"{at}/people?invited=true")) == ["Ida"]
    assert names(olivia.get(f"{at}/people?is_active=false")) == ["Rick"]
    page = body_of(olivia.get(f"{at}/people?limit=2"))
    assert names(olivia.get(f"{at}/people?limit=2&cursor={page['next']}")) == ["Rick"]


def test_an_invitation_leads_to_a_password_and_in(firm: LawFirm, olivia: Program, at: str) -> None:
    new = body_of(olivia.post(f"{at}/invitations", IDA))
    assert not new["mailed"], "no mail server is set up: the link is to be handed over"
    browser = Client()
    browser.get(new["link"], follow=True)
    sent = {"password1": PASSWORD, "password2": PASSWORD}
    assert browser.post("/invitation/", sent).status_code == 302
    assert browser.get("/accounts/firm/calls/").status_code == 200
    assert body_of(olivia.get(f"{at}/people/{new['id']}"))["invitation"] is None
    entry = every(AuditEntry).get(action="sign_in.invitation_sent")
    assert (entry.actor_name, entry.token_name, entry.target_name) == ("Olivia", "test", "Ida")


def test_a_user_with_a_phone_is_invited_and_stays_the_same_user(
    firm: LawFirm, olivia: Program, at: str
) -> None:
    body = {"user_id": str(firm.ben.pk), "email": "ben@firm.example"}
    assert body_of(olivia.post(f"{at}/invitations", body))["id"] == str(firm.ben.pk)
    assert body_of(olivia.get(f"{at}/users/{firm.ben.pk}"))["email"] == "ben@firm.example"
    assert problem(olivia.post(f"{at}/invitations", body)) == (422, "refused")


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"name": None}, 422, "user_id"),
        ({"user_id": "ben"}, 422, "user_id"),
        ({"email": "nonsense"}, 422, "email"),
        ({"email": "OLIVIA@firm.example"}, 422, "email"),
        ({"role": "operator"}, 422, "role"),
    ],
)
def test_what_is_wrong_with_an_invitation_is_said_and_nobody_added(
    change: dict[str, str], status: int, field: str, firm: LawFirm, olivia: Program, at: str
) -> None:
    before = every(User).count()
    change = {name: str(firm.ben.pk) if value == "ben" else value for name, value in change.items()}
    answer = olivia.post(f"{at}/invitations", IDA | change)
    assert (answer.status_code, body_of(answer)["field"].split(".")[0]) == (status, field)
    assert every(User).count() == before


def test_the_link_is_shown_once_and_stored_nowhere(firm: LawFirm, olivia: Program, at: str) -> None:
    answer = olivia.post(f"{at}/invitations", IDA, idempotency_key="invite-ida")
    token = body_of(answer)["link"].rstrip("/").rpartition("/")[2]
    again = olivia.post(f"{at}/invitations", IDA, idempotency_key="invite-ida")
    assert problem(again) == (409, "already_done")
    assert every(User).filter(name="Ida").count() == 1
    read = olivia.get(f"{at}/people/{body_of(answer)['id']}")
    assert token not in read.content.decode()


def test_sent_again_only_the_newest_link_works_and_withdrawn_none(
    firm: LawFirm, olivia: Program, at: str
) -> None:
    first = body_of(olivia.post(f"{at}/invitations", IDA))
    invitation = f"{at}/people/{first['id']}/invitation"
    second = body_of(olivia.post(invitation))
    assert not opens(first["link"])
    assert opens(second["link"])
    assert olivia.delete(invitation).status_code == 204
    assert not opens(second["link"])
    assert problem(olivia.delete(invitation)) == (409, "refused")


@pytest.mark.django_db(transaction=True)
def test_the_link_goes_by_mail_as_from_the_portal(
    firm: LawFirm, olivia: Program, at: str, settings: Settings
) -> None:
    settings.MAIL_IS_SET_UP = True
    new = body_of(olivia.post(f"{at}/invitations", IDA))
    (letter,) = mail.outbox
    assert new["mailed"]
    assert letter.to == ["Ida@firm.example"]
    assert "Olivia has given you access" in letter.body
    assert new["link"] in letter.body
    olivia.post(f"{at}/invitations", IDA)
    assert len(mail.outbox) == 1, "what is refused is not mailed"


@pytest.mark.django_db(transaction=True)
def test_a_program_sees_no_link_to_the_sign_in_of_somebody_who_has_one(
    firm: LawFirm, rick: User, olivia: Program, at: str, settings: Settings
) -> None:
    invitation = f"{at}/people/{rick.pk}/invitation"
    assert problem(olivia.post(invitation)) == (409, "no_mail_server")
    settings.MAIL_IS_SET_UP = True
    answer = body_of(olivia.post(invitation))
    assert (answer["link"], answer["mailed"]) == (None, True)
    (letter,) = mail.outbox
    assert letter.to == ["rick@firm.example"]
    shown = body_of(signed_in(firm.olivia).post(f"{BASE}{invitation}"))
    assert opens(shown["link"]), "an administrator who is signed in sees it, as in the portal"


@pytest.mark.django_db(transaction=True)
def test_a_former_address_is_told_that_it_signs_in_no_more(
    firm: LawFirm, rick: User, olivia: Program, at: str
) -> None:
    user = f"{at}/users/{rick.pk}"
    olivia.patch(user, {"email": "rick@firm.example", "name": "Rick R."})
    assert not mail.outbox
    olivia.patch(user, {"email": "rick.r@firm.example"})
    (letter,) = mail.outbox
    assert letter.to == ["rick@firm.example"]
    assert "This address no longer signs in" in letter.body


def test_a_link_that_went_to_a_wrong_address_dies_with_it(
    firm: LawFirm, olivia: Program, at: str
) -> None:
    new = body_of(olivia.post(f"{at}/invitations", IDA))
    olivia.patch(f"{at}/users/{new['id']}", {"name": "Ida B."})
    assert opens(new["link"])
    olivia.patch(f"{at}/users/{new['id']}", {"email": "ida.b@firm.example"})
    assert not opens(new["link"])


def test_roles_and_access(firm: LawFirm, rick: User, olivia: Program, at: str) -> None:
    person, browser = f"{at}/people/{rick.pk}", signed_in(rick)
    assert body_of(olivia.patch(person, {"role": "administrator"}))["role"] == "administrator"
    assert browser.get("/accounts/firm/people/").status_code == 200
    assert not body_of(olivia.patch(person, {"is_active": False}))["is_active"]
    assert browser.get("/accounts/firm/people/").status_code == 302
    assert body_of(olivia.patch(person, {"is_active": True, "role": "user"}))["role"] == "user"
    assert olivia.delete(person).status_code == 204
    assert problem(olivia.get(person)) == (404, "not_found")
    rick.refresh_from_db()
    assert (rick.email, rick.is_active, rick.has_usable_password()) == (None, True, False)


def test_signing_out_everywhere(firm: LawFirm, rick: User, olivia: Program, at: str) -> None:
    browser = Client()
    browser.post("/login/", {"login": "rick@firm.example", "password": PASSWORD})
    rick.refresh_from_db()
    assert olivia.delete(f"{at}/people/{rick.pk}/sessions").status_code == 204
    entry = every(AuditEntry).get(action="sign_in.signed_out_everywhere")
    assert entry.target_name == "Rick"


@pytest.mark.django_db(transaction=True)
def test_second_factors_are_removed_by_somebody_who_is_signed_in_not_by_a_token(
    firm: LawFirm, rick: User, olivia: Program, at: str
) -> None:
    factors = f"{at}/people/{rick.pk}/second-factors"
    assert problem(olivia.delete(factors)) == (403, "sign_in_required")
    assert Authenticator.objects.filter(user=rick).exists()
    assert signed_in(firm.olivia).delete(f"{BASE}{factors}").status_code == 204
    assert not Authenticator.objects.filter(user=rick).exists()
    (letter,) = mail.outbox
    assert letter.to == ["rick@firm.example"], "the person is told, as from the portal"


def test_who_somebody_is_at_the_company_is_forgotten_not_by_a_token(
    firm: LawFirm, rick: User, olivia: Program, at: str
) -> None:
    identity = f"{at}/people/{rick.pk}/company-identity"
    assert problem(olivia.delete(identity)) == (403, "sign_in_required")
    assert SocialAccount.objects.filter(user=rick).exists()
    assert signed_in(firm.olivia).delete(f"{BASE}{identity}").status_code == 204
    assert not SocialAccount.objects.filter(user=rick).exists()
    assert problem(signed_in(firm.olivia).delete(f"{BASE}{identity}")) == (409, "refused")


def test_a_token_forces_a_second_factor_and_cannot_lift_that(
    firm: LawFirm, olivia: Program, at: str
) -> None:
    def needed() -> object:
        return body_of(olivia.get(f"{at}/sign-in"))["requires_second_factor"]

    assert needed() is False
    olivia.put(f"{at}/sign-in", {"requires_second_factor": True})
    assert needed() is True
    lifted = {"requires_second_factor": False}
    assert problem(olivia.put(f"{at}/sign-in", lifted)) == (403, "sign_in_required")
    assert needed() is True


def test_what_decides_who_can_sign_in_needs_a_scope_of_its_own(
    firm: LawFirm, rick: User, writer: Program, at: str
) -> None:
    person, user, phone = (
        f"{at}/people/{rick.pk}",
        f"{at}/users/{rick.pk}",
        f"{at}/users/{firm.ben.pk}",
    )
    for answer in (
        writer.post(f"{at}/invitations", IDA),
        writer.patch(person, {"role": "administrator"}),
        writer.delete(person),
        writer.delete(f"{person}/sessions"),
        writer.post(f"{person}/invitation"),
        writer.delete(f"{person}/invitation"),
        writer.put(f"{at}/sign-in", {"requires_second_factor": True}),
        writer.post(f"{at}/users", {"name": "Eve", "email": "eve@elsewhere.example"}),
        writer.post(f"{at}/users", {"name": "Eve", "role": "administrator"}),
        writer.patch(user, {"email": "eve@elsewhere.example"}),
        writer.patch(user, {"is_active": False}),
        writer.patch(phone, {"email": "eve@elsewhere.example"}),
        writer.patch(phone, {"role": "administrator"}),
        writer.delete(user),
    ):
        assert problem(answer) == (403, "scope_missing")
    assert writer.get(f"{at}/people").status_code == 200
    assert writer.patch(user, {"name": "Rick R."}).status_code == 200
    assert writer.patch(phone, {"is_active": False}).status_code == 200
    assert writer.delete(phone).status_code == 204


def test_nobody_takes_away_his_own_access(firm: LawFirm, olivia: Program, at: str) -> None:
    own = f"{at}/people/{firm.olivia.pk}"
    assert problem(olivia.patch(own, {"role": "user"})) == (422, "refused")
    assert problem(olivia.patch(own, {"is_active": False})) == (422, "refused")
    assert problem(olivia.delete(own)) == (409, "refused")
    assert problem(signed_in(firm.olivia).delete(f"{BASE}{own}/second-factors")) == (409, "own")


def test_an_account_keeps_an_administrator_who_can_sign_in_unless_an_operator_says_so(
    firm: LawFirm, operator: Program, at: str
) -> None:
    # Nina administers through a session although she has no address to sign in with again.
    nina = signed_in(add_person(firm.account, name="Nina", role=Role.ADMINISTRATOR))
    olivia = f"{at}/people/{firm.olivia.pk}"

    def patch(body: str) -> Any:  # noqa: ANN401
        return nina.patch(f"{BASE}{olivia}", body, content_type="application/json")

    assert problem(patch('{"role": "user"}')) == (409, "last_administrator")
    assert problem(patch('{"is_active": false}')) == (409, "last_administrator")
    assert problem(nina.delete(f"{BASE}{olivia}")) == (409, "last_administrator")
    deleted = nina.delete(f"{BASE}{at}/users/{firm.olivia.pk}")
    assert problem(deleted) == (409, "last_administrator")
    assert operator.patch(olivia, {"role": "user"}).status_code == 200


def test_an_expired_invitation_is_shown_as_such(firm: LawFirm, olivia: Program, at: str) -> None:
    new = body_of(olivia.post(f"{at}/invitations", IDA))
    ida = every(User).get(pk=new["id"])
    ida.invitations.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert body_of(olivia.get(f"{at}/people/{ida.pk}"))["invitation"]["expired"]


def test_operators_look_after_each_other(otto: User, operator: Program) -> None:
    new = body_of(
        operator.post("/operators/invitations", {"name": "Oda", "email": "oda@o.example"})
    )
    assert (new["role"], names(operator.get("/operators"))) == ("operator", ["Oda", "Otto"])
    oda = f"/operators/{new['id']}"
    second = body_of(operator.post(f"{oda}/invitation"))
    assert not opens(new["link"])
    assert opens(second["link"])
    assert operator.delete(f"{oda}/invitation").status_code == 204
    assert not body_of(operator.patch(oda, {"is_active": False}))["is_active"]
    assert operator.delete(f"{oda}/sessions").status_code == 204
    assert problem(operator.delete(f"{oda}/second-factors")) == (403, "sign_in_required")
    assert operator.delete(oda).status_code == 204
    assert problem(operator.get(oda)) == (404, "not_found")
    own = f"/operators/{otto.pk}"
    assert problem(operator.patch(own, {"is_active": False})) == (422, "refused")
    assert problem(operator.delete(own)) == (409, "own")


def test_operators_are_no_accounts_people(
    firm: LawFirm, otto: User, operator: Program, olivia: Program, at: str
) -> None:
    for answer in (operator.get(f"{at}/people/{otto.pk}"), olivia.get(f"{at}/people/{otto.pk}")):
        assert problem(answer) == (404, "not_found")
    assert problem(operator.get(f"/operators/{firm.olivia.pk}")) == (404, "not_found")
    for answer in (olivia.get("/operators"), program_of(otto, firm.account).get("/operators")):
        assert problem(answer) == (403, "forbidden")
