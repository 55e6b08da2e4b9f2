"""API tokens: scopes, expiry, revoking, and that the secret is nowhere but with its owner."""

import logging
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.audit.models import AuditEntry
from callmark.sign_in.api_tokens import Scope, create_token, revoke_token
from callmark.sign_in.models import ApiToken
from tests.api.programs import Program, body_of, problem, program_of
from tests.cast import LawFirm
from tests.rows import every

NEW = {"name": "billing export", "scopes": ["read"], "expires_in_days": 30}


def make(maker: Program, at: str, **changes: object) -> Program:
    """A program with a token that another program has made."""
    answer = maker.post(f"{at}/tokens", NEW | changes)
    assert answer.status_code == 201, answer.content
    return Program(body_of(answer)["secret"])


def test_a_token_is_shown_once_and_then_never_again(olivia: Program, at: str) -> None:
    new = body_of(olivia.post(f"{at}/tokens", NEW))
    assert new["secret"].startswith("cmk_")
    assert Program(new["secret"]).get("/me").status_code == 200
    listed = olivia.get(f"{at}/tokens")
    assert new["secret"].encode() not in listed.content
    (shown,) = [one for one in body_of(listed)["items"] if one["id"] == new["id"]]
    assert shown["hint"] == new["secret"][:10]
    assert shown["created_by"] == "Olivia"


def test_the_database_and_the_log_hold_no_secret(
    olivia: Program, at: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        secret = body_of(olivia.post(f"{at}/tokens", NEW))["secret"]
        Program(secret).get("/me")
        Program(secret + "x").get("/me")
    assert secret not in caplog.text
    call_command("dumpdata", "api", "accounts", "audit")
    assert secret not in capsys.readouterr().out
    with connection.cursor() as cursor:
        cursor.execute("SELECT key_hash FROM api_apitoken")
        assert all(len(key_hash) == 64 for (key_hash,) in cursor.fetchall())


def test_another_pepper_makes_every_token_useless(olivia: Program, settings: Settings) -> None:
    assert olivia.get("/me").status_code == 200
    settings.API_TOKEN_PEPPER = "another"
    assert problem(olivia.get("/me")) == (401, "not_signed_in")


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("read", {"read"}),
        ("codes:read", {"codes:read"}),
        ("write", {"write"}),
        ("call_control", {"call_control"}),
    ],
)
def test_a_scope_allows_what_it_says_and_no_more(
    scope: str, allowed: set[str], firm: LawFirm, olivia: Program, at: str
) -> None:
    program = make(olivia, at, scopes=[scope])
    start = {"call_id": "c1", "dialed": "2125550100", "user_id": str(firm.ben.pk)}
    answers = {
        "read": program.get(f"{at}/codes"),
        "codes:read": program.get(f"{at}/codes/export"),
        "write": program.post(f"{at}/codes", {"name": "New", "code": "5555"}),
        "call_control": program.post(f"{at}/call-control/calls", start),
    }
    for name, answer in answers.items():
        if name in allowed:
            assert answer.status_code < 300
        else:
            assert problem(answer) == (403, "scope_missing")


def test_an_expired_token_is_nobodys(firm: LawFirm, olivia: Program, at: str) -> None:
    program = make(olivia, at)
    every(ApiToken).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert problem(program.get("/me")) == (401, "not_signed_in")


def test_a_revoked_token_is_useless_at_once(olivia: Program, at: str) -> None:
    program = make(olivia, at)
    (token_id,) = [
        one["id"]
        for one in body_of(olivia.get(f"{at}/tokens"))["items"]
        if one["name"] == NEW["name"]
    ]
    assert olivia.delete(f"{at}/tokens/{token_id}").status_code == 204
    assert problem(program.get("/me")) == (401, "not_signed_in")
    (shown,) = [
        one for one in body_of(olivia.get(f"{at}/tokens"))["items"] if one["id"] == token_id
    ]
    assert shown["revoked_at"] is not None
    assert not shown["usable"]
    assert olivia.delete(f"{at}/tokens/{token_id}").status_code == 204


def test_a_token_can_do_no_more_than_its_person_can_now(
    firm: LawFirm, olivia: Program, at: str
) -> None:
    every(User).filter(pk=firm.olivia.pk).update(role="reporter")
    assert problem(olivia.get(f"{at}/codes")) == (403, "forbidden")
    assert olivia.get(f"{at}/calls").status_code == 200
    every(User).filter(pk=firm.olivia.pk).update(is_active=False)
    assert problem(olivia.get(f"{at}/calls")) == (401, "not_signed_in")


def test_whose_sign_in_was_taken_away_has_no_use_of_a_token(
    firm: LawFirm, olivia: Program, at: str
) -> None:
    every(User).filter(pk=firm.olivia.pk).update(email=None)
    assert problem(olivia.get(f"{at}/calls")) == (401, "not_signed_in")


def test_the_last_use_is_shown(olivia: Program, at: str) -> None:
    program = make(olivia, at)

    def last_used() -> str | None:
        items = body_of(olivia.get(f"{at}/tokens"))["items"]
        (found,) = [one["last_used_at"] for one in items if one["name"] == NEW["name"]]
        return found if isinstance(found, str) else None

    assert last_used() is None
    program.get("/me")
    assert last_used() is not None


def test_a_token_makes_no_mightier_and_no_longer_lived_one(
    firm: LawFirm, olivia: Program, at: str
) -> None:
    writer = make(olivia, at, scopes=["write"], expires_in_days=2)
    assert problem(writer.post(f"{at}/tokens", NEW)) == (422, "refused")
    child = body_of(writer.post(f"{at}/tokens", NEW | {"scopes": ["write"], "name": "child"}))
    parent = every(ApiToken).get(scopes=["write"], name=NEW["name"])
    assert every(ApiToken).get(pk=child["id"]).expires_at == parent.expires_at


def test_an_operators_token_reaches_every_account(
    firm: LawFirm, other: LawFirm, operator: Program
) -> None:
    made = body_of(operator.post("/tokens", NEW | {"scopes": ["read"]}))
    assert made["account_id"] is None
    program = Program(made["secret"])
    assert len(body_of(program.get("/accounts"))["items"]) == 2
    assert program.get(f"/accounts/{other.account.pk}/codes").status_code == 200


def test_who_am_i(firm: LawFirm, at: str) -> None:
    me = body_of(program_of(firm.olivia, scopes=(Scope.READ,)).get("/me"))
    assert (me["name"], me["role"], me["scopes"]) == ("Olivia", "administrator", ["read"])
    assert me["token"]["account_id"] == str(firm.account.pk)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer cmk_wrong", "Basic b2xpdmlhOng=", "cmk_x"]
)
def test_anything_else_is_nobody(header: str, db: None) -> None:
    program = Program("")
    answer = program.get("/me", authorization=header)
    assert problem(answer) == (401, "not_signed_in")


def test_a_service_refuses_who_was_not_checked(firm: LawFirm) -> None:
    with pytest.raises(PermissionError):
        create_token(firm.account, name="x", scopes=[Scope.READ], days=1, actor=firm.ben)
    with pytest.raises(PermissionError):
        create_token(None, name="x", scopes=[Scope.READ], days=1, actor=firm.olivia)


def test_a_token_ends_with_the_one_that_made_it(firm: LawFirm, olivia: Program, at: str) -> None:
    parent_id, parent = made_by(olivia, at, "parent")
    _, child = made_by(parent, at, "child")
    _, grandchild = made_by(child, at, "grandchild")
    _, other_child = made_by(olivia, at, "of somebody signed in")
    assert olivia.delete(f"{at}/tokens/{parent_id}").status_code == 204
    for program in (parent, child, grandchild):
        assert problem(program.get("/me")) == (401, "not_signed_in")
    assert other_child.get("/me").status_code == 200
    told = every(AuditEntry).filter(action="api_token.revoked").order_by("at")
    assert [(one.target_name, one.after) for one in told] == [
        ("parent", {}),
        ("child", {"ended_with": "parent"}),
        ("grandchild", {"ended_with": "child"}),
    ]


def test_a_token_revoked_in_the_same_moment_makes_no_other(firm: LawFirm) -> None:
    """The request was let in before; its parent is found revoked only in its transaction."""
    parent = create_token(
        firm.account, name="parent", scopes=[Scope.WRITE], days=9, actor=firm.olivia
    ).token
    revoke_token(every(ApiToken).get(pk=parent.pk), actor=firm.olivia)
    with pytest.raises(Refused, match="just been revoked"):
        create_token(
            firm.account,
            name="child",
            scopes=[Scope.WRITE],
            days=9,
            actor=firm.olivia,
            made_with=parent,
        )


def made_by(program: Program, at: str, name: str) -> tuple[str, Program]:
    """The id of a new token with the scope ``write``, and its program."""
    new = body_of(program.post(f"{at}/tokens", NEW | {"scopes": ["read", "write"], "name": name}))
    return new["id"], Program(new["secret"])
