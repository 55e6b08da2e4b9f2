"""Who decides who signs in: administrators in their own account, operators everywhere."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from django.core import mail
from django.db import connection
from django.test import Client

from callmark.accounts.models import Role, User
from callmark.accounts.refused import Refused
from callmark.accounts.services import add_person
from callmark.sign_in import people
from callmark.sign_in.invitations import invite, invite_user, revoke, send_again
from tests.cast import PASSWORD, LawFirm
from tests.rows import every
from tests.sign_in.doors import Door, entries, text

ACTIONS = ("role", "email", "link", "revoke", "deactivate", "reactivate", "sign-out",
           "remove-second-factors", "remove-sign-in", "delete")  # fmt: skip


def state_of(person: User) -> dict[str, object]:
    """All that is stored of a person."""
    return dict(every(User).filter(pk=person.pk).values().get())


@pytest.mark.parametrize("action", ACTIONS)
def test_an_administrator_reaches_nobody_of_another_account(
    olivia: Client, cast: LawFirm, action: str
) -> None:
    for foreign in (cast.fay, cast.otto):
        before = state_of(foreign)
        own_account = f"/accounts/firm/people/{foreign.pk}/{action}/"
        others = f"/accounts/other/people/{foreign.pk}/{action}/"
        operators = f"/operators/{foreign.pk}/{action}/"
        for address in (own_account, others, operators):
            assert olivia.post(address, {"role": "user"}).status_code == 404
        assert state_of(foreign) == before


@pytest.mark.sqlite  # what a page says and leads to
@pytest.mark.parametrize("name", ["rick", "uma"])
def test_reporters_and_users_manage_nobody(cast: LawFirm, name: str) -> None:
    browser = Client()
    Door(browser, getattr(cast, name)).sign_in()
    assert browser.get("/accounts/firm/people/").status_code == 403
    assert browser.get("/operators/").status_code == 404
    for action in ACTIONS:
        answer = browser.post(f"/accounts/firm/people/{cast.olivia.pk}/{action}/")
        assert answer.status_code == 403


def test_the_services_refuse_whatever_page_or_program_asks(cast: LawFirm) -> None:
    for actor in (cast.fay, cast.rick, cast.uma):
        for attempt in (
            lambda by: people.change_role(cast.rick, "administrator", actor=by),
            lambda by: people.change_email(cast.rick, "rick@elsewhere.example", actor=by),
            lambda by: people.set_active(cast.olivia, active=False, actor=by),
            lambda by: people.sign_out_everywhere(cast.olivia, actor=by),
            lambda by: people.remove_second_factors(cast.olivia, actor=by),
            lambda by: people.take_sign_in_away(cast.olivia, actor=by),
            lambda by: people.require_second_factor(cast.account, required=True, actor=by),
            lambda by: send_again(cast.olivia, actor=by),
            lambda by: revoke(cast.olivia, actor=by),
            lambda by: invite(cast.account, name="X", email="x@x.example", role="user", actor=by),
            lambda by: invite(None, name="X", email="x@x.example", role="operator", actor=by),
            lambda by: invite_user(cast.ben, email="b@x.example", role="user", actor=by),
        ):
            with pytest.raises(Refused) as refused:
                attempt(actor)
            assert refused.value.code == "forbidden"


@pytest.mark.sqlite  # what a page says and leads to
def test_an_administrator_makes_no_operator(olivia: Client, cast: LawFirm) -> None:
    olivia.post(f"/accounts/firm/people/{cast.rick.pk}/role/", {"role": "operator"})
    with pytest.raises(Refused):
        people.change_role(cast.rick, Role.OPERATOR, actor=cast.olivia)
    with pytest.raises(Refused):
        invite(cast.account, name="X", email="x@x.example", role="operator", actor=cast.olivia)
    assert not every(User).filter(role=Role.OPERATOR).exclude(pk=cast.otto.pk).exists()


def test_an_operator_manages_every_account_and_operators(otto: Client, cast: LawFirm) -> None:
    assert "Fay" in text(otto.get("/accounts/other/people/"))
    otto.post(f"/accounts/other/people/{cast.fay.pk}/role/", {"role": "reporter"})
    assert state_of(cast.fay)["role"] == "reporter"
    assert "Otto" in text(otto.get("/operators/"))


@pytest.mark.sqlite  # what a page says and leads to
def test_the_list_says_role_second_factor_and_last_sign_in(
    olivia: Client, cast: LawFirm, uma: Door
) -> None:
    uma.sign_in()
    uma.set_up_app()
    page = text(olivia.get("/accounts/firm/people/"))
    row = page.partition("uma@firm.example")[2].partition("</tr>")[0]
    assert "User" in row
    assert "On</span>" in row
    assert "202" in row, "the year of the last sign-in"
    assert "Ben" not in page, "who cannot sign in is not in this list"


def test_searching_the_list(olivia: Client, cast: LawFirm) -> None:
    page = text(olivia.get("/accounts/firm/people/", {"q": "rick"}))
    assert "rick@firm.example" in page
    assert "uma@firm.example" not in page


@pytest.mark.sqlite  # what a page says and leads to
def test_deactivated_one_is_out_at_once_and_everywhere(
    olivia: Client, cast: LawFirm, uma: Door
) -> None:
    phone = Door(Client(), cast.uma)
    for door in (uma, phone):
        door.sign_in()
    olivia.post(f"/accounts/firm/people/{cast.uma.pk}/deactivate/")
    assert not uma.is_in
    assert not phone.is_in
    assert uma.sign_in() == "/inactive/"
    olivia.post(f"/accounts/firm/people/{cast.uma.pk}/reactivate/")
    assert not uma.is_in, "the sessions of before stay ended"
    assert uma.sign_in() == "/"


def test_nobody_locks_themselves_out(olivia: Client, otto: Client, cast: LawFirm) -> None:
    for browser, address in (
        (olivia, f"/accounts/firm/people/{cast.olivia.pk}/"),
        (otto, f"/operators/{cast.otto.pk}/"),
    ):
        for action in ("deactivate", "role", "remove-sign-in", "remove-second-factors"):
            browser.post(f"{address}{action}/", {"role": "user"})
    assert state_of(cast.olivia)["role"] == "administrator"
    assert state_of(cast.olivia)["is_active"]
    assert state_of(cast.otto)["is_active"]


@pytest.mark.sqlite  # what a page says and leads to
def test_who_lost_phone_and_recovery_codes_is_helped(
    olivia: Client, cast: LawFirm, uma: Door
) -> None:
    uma.sign_in()
    uma.set_up_app()
    olivia.post(f"/accounts/firm/people/{cast.uma.pk}/remove-second-factors/")
    assert not uma.is_in
    assert uma.sign_in() == "/"
    (entry,) = entries("sign_in.second_factors_reset")
    assert (entry.actor_name, entry.target_name) == ("Olivia", "Uma")


@pytest.mark.sqlite  # what a page says and leads to
def test_signed_out_everywhere_by_the_administrator(
    olivia: Client, cast: LawFirm, uma: Door
) -> None:
    uma.sign_in()
    olivia.post(f"/accounts/firm/people/{cast.uma.pk}/sign-out/")
    assert not uma.is_in


@pytest.mark.sqlite  # what a page says and leads to
def test_taking_the_sign_in_away_leaves_the_phone(olivia: Client, cast: LawFirm, uma: Door) -> None:
    uma.sign_in()
    olivia.post(f"/accounts/firm/people/{cast.uma.pk}/remove-sign-in/")
    assert not uma.is_in
    assert uma.sign_in(PASSWORD) == ""
    cast.uma.refresh_from_db()
    assert cast.uma.is_active
    assert cast.uma.extensions.count() == 1


@pytest.mark.sqlite  # what a page says and leads to
def test_a_former_address_signs_in_nobody(cast: LawFirm, uma: Door) -> None:
    uma.sign_in()
    uma.sign_out()
    cast.uma.email = "Uma.New@firm.example"
    cast.uma.save()
    assert uma.browser.post("/login/", {"login": "uma@firm.example", "password": PASSWORD}
                            ).status_code == 200  # fmt: skip
    assert uma.sign_in() == "/", "capitals do not matter"


@pytest.mark.sqlite  # what a page says and leads to
@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("role/?role=reporter", "Make <strong>Uma</strong> a reporter? Until now: user."),
        ("email/?email=u@x.example", "Let <strong>Uma</strong> sign in with"),
        ("deactivate/", "Callmark no longer knows the phone either:"),
        ("remove-sign-in/", "The phone goes on as before."),
        ("remove-second-factors/", "Make sure that it is really Uma who asks"),
        ("forget-company-identity/", "is taken for Uma"),
        ("revoke/", "can no longer choose a password with it"),
        ("delete/", "extension 201"),
    ],
)
def test_what_takes_something_away_asks_first(
    olivia: Client, cast: LawFirm, action: str, said: str
) -> None:
    before = state_of(cast.uma)
    address = f"/accounts/firm/people/{cast.uma.pk}/"
    page = text(olivia.get(address + action))
    assert said in page
    assert "<h1" in page, "without scripts it is a page of its own"
    over_the_page = text(olivia.get(address + action, headers={"HX-Request": "true"}))
    assert said in over_the_page
    assert "<dialog" in over_the_page
    assert f'href="{address}"' in page, "there is a way back"
    assert state_of(cast.uma) == before


@pytest.mark.sqlite  # what a page says and leads to
def test_a_role_that_is_none_is_not_asked_about(olivia: Client, cast: LawFirm) -> None:
    address = f"/accounts/firm/people/{cast.uma.pk}/role/"
    for role in ("operator", "nonsense", ""):
        assert olivia.get(address, {"role": role}).status_code == 404


@pytest.mark.sqlite  # what a page says and leads to
def test_a_wrong_address_is_put_right(olivia: Client, cast: LawFirm, uma: Door) -> None:
    address = f"/accounts/firm/people/{cast.uma.pk}/email/"
    for wrong in ("", "nonsense"):
        assert olivia.get(address, {"email": wrong}).status_code == 404
        assert "Enter a valid" in text(olivia.post(address, {"email": wrong}, follow=True))
    taken = text(olivia.post(address, {"email": "RICK@firm.example"}, follow=True))
    assert "already signs in with this address" in taken
    page = text(olivia.post(address, {"email": "uma.new@firm.example"}, follow=True))
    assert "Uma signs in with uma.new@firm.example now." in page
    (letter,) = mail.outbox
    assert letter.to == ["uma@firm.example"], "the former address is told"
    assert uma.sign_in() == ""
    cast.uma.refresh_from_db()
    assert uma.sign_in() == "/"


def test_an_operator_is_deleted_after_asking(otto: Client, cast: LawFirm) -> None:
    otto.post("/operators/invite/", {"name": "Oda", "email": "oda@callmark.example"})
    oda = every(User).get(name="Oda")
    assert "The activity keeps what Oda did" in text(otto.get(f"/operators/{oda.pk}/delete/"))
    page = text(otto.post(f"/operators/{oda.pk}/delete/", follow=True))
    assert "Oda is deleted." in page
    assert not every(User).filter(pk=oda.pk).exists()
    otto.post(f"/operators/{cast.otto.pk}/delete/")
    assert every(User).filter(pk=cast.otto.pk).exists()


@pytest.mark.sqlite  # what a page says and leads to
def test_users_and_who_can_sign_in_lead_to_each_other(olivia: Client, cast: LawFirm) -> None:
    assert 'href="/accounts/firm/users/">Users</a>' in text(olivia.get("/accounts/firm/people/"))
    users = text(olivia.get("/accounts/firm/users/"))
    assert 'href="/accounts/firm/people/">Who can sign in</a>' in users


def test_two_who_take_each_others_rights_away_leave_one_administrator(cast: LawFirm) -> None:
    nina = add_person(cast.account, name="Nina", email="nina@firm.example", role=Role.ADMINISTRATOR)
    ready = Barrier(2)

    def demote(person_id: UUID, actor_id: UUID) -> str:
        try:
            # Each as a request of its own sees them: both are administrators yet.
            person, actor = every(User).get(pk=person_id), every(User).get(pk=actor_id)
            ready.wait()
            people.change_role(person, Role.USER, actor=actor)
        except Refused as refused:
            return refused.code
        finally:
            connection.close()
        return "done"

    pairs = [(nina.pk, cast.olivia.pk), (cast.olivia.pk, nina.pk)]
    with ThreadPoolExecutor(2) as pool:
        results = sorted(pool.map(lambda pair: demote(*pair), pairs))
    assert results == ["done", "last_administrator"]
    assert every(User).filter(account=cast.account, role=Role.ADMINISTRATOR).count() == 1
