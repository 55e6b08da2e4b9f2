"""Every event at the door is in the audit: who, from where, how."""

from django.test import Client

from callmark.audit.models import AuditEntry
from tests.cast import LawFirm
from tests.rows import every
from tests.sign_in.doors import Door, entries


def test_signing_in_and_out(uma: Door) -> None:
    uma.browser.defaults["REMOTE_ADDR"] = "192.0.2.5"
    uma.sign_in()
    uma.sign_out()
    (came,), (went,) = entries("sign_in.signed_in"), entries("sign_in.signed_out")
    for entry in (came, went):
        assert (entry.actor_name, entry.account_name) == ("Uma", "Firm Ltd")
        assert (entry.address, entry.source) == ("192.0.2.5", "portal")
    assert came.after == {"with": ["password"]}


def test_with_which_second_factor(uma: Door) -> None:
    uma.sign_in()
    uma.set_up_app()
    uma.sign_out()
    uma.sign_in()
    uma.second_step(uma.next_code())
    assert entries("sign_in.signed_in")[-1].after == {"with": ["password", "totp"]}


def test_a_wrong_password(uma: Door) -> None:
    uma.sign_in("wrong")
    (entry,) = entries("sign_in.failed")
    assert (entry.target_name, entry.account_name) == ("Uma", "Firm Ltd")
    assert entry.actor_name == "nobody signed in"
    assert entry.after == {"why": "wrong password"}


def test_an_unknown_address_is_counted_but_not_kept(client: Client, cast: LawFirm) -> None:
    """People type their password into the wrong field."""
    client.post("/login/", {"login": "my.secret@password.example", "password": "wrong"})
    (entry,) = entries("sign_in.failed")
    assert entry.target_name == "unknown e-mail address"
    assert entry.account_id is None
    assert "my.secret" not in str(every(AuditEntry).values().get(pk=entry.pk))


def test_a_wrong_second_factor(uma: Door) -> None:
    uma.sign_in()
    uma.set_up_app()
    uma.sign_out()
    uma.sign_in()
    uma.second_step("000000")
    (entry,) = entries("sign_in.failed")
    assert entry.after == {"why": "wrong second factor"}


def test_a_deactivated_person_with_the_right_password(uma: Door, cast: LawFirm) -> None:
    cast.uma.is_active = False
    cast.uma.save()
    uma.sign_in()
    (entry,) = entries("sign_in.failed")
    assert entry.after == {"why": "deactivated"}


def test_adding_and_removing_a_second_factor(uma: Door) -> None:
    uma.sign_in()
    uma.set_up_app()
    uma.sign_out()
    uma.sign_in()
    uma.second_step(uma.recovery_codes[0])
    uma.confirm()
    uma.browser.post("/sign-in/recovery-codes/new/")
    uma.browser.post("/sign-in/app/remove/")
    assert len(entries("sign_in.second_factor_added")) == 1
    assert len(entries("sign_in.recovery_codes_made")) == 2
    assert len(entries("sign_in.recovery_code_used")) == 1
    removed = [entry.after["kind"] for entry in entries("sign_in.second_factor_removed")]
    assert removed[0] == "TOTP Authenticator"


def test_deactivating(olivia: Client, cast: LawFirm) -> None:
    olivia.post(f"/accounts/firm/people/{cast.uma.pk}/deactivate/")
    entry = entries("person.changed")[-1]
    assert (entry.actor_name, entry.target_name) == ("Olivia", "Uma")
    assert (entry.before, entry.after) == ({"is_active": True}, {"is_active": False})


def test_deactivating_an_operator(otto: Client, cast: LawFirm) -> None:
    sent = {"name": "Oda", "email": "oda@callmark.example"}
    otto.post("/operators/invite/", sent)
    oda = every(AuditEntry).get(action="person.added", target_name="Oda").target_id
    otto.post(f"/operators/{oda}/deactivate/")
    entry = entries("person.changed")[-1]
    assert (entry.actor_name, entry.target_name, entry.account_id) == ("Otto", "Oda", None)
