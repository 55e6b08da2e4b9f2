"""People, roles and tokens in any order, against reference section 9 written again here.

Whatever was done before: nobody reads or writes what the table does not allow, a token does no more
than its person may now, nothing of another account changes, and each change is on record once.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import settings as bounds
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pytest_django import Settings

from callmark.accounts.models import Account, User
from callmark.accounts.services import add_person
from callmark.api import code_rules
from callmark.audit.actions import Action
from callmark.audit.models import AuditEntry
from callmark.calls.models import Call
from callmark.codes.models import AccountCode, AccountCodeSettings
from callmark.codes.services import add_code
from callmark.switches.simulator import simulate
from callmark.web.limits import counters
from tests.api.conftest import LONDON
from tests.api.programs import BASE
from tests.cast import LawFirm, make_law_firm
from tests.examples import STORIES, examples
from tests.rows import every

ROLES = ["administrator", "reporter", "user"]
SCOPES = ["read", "codes:read", "write", "people"]
numbers = count(1)


@dataclass(slots=True)
class Person:
    """What the model knows of a person."""

    pk: str
    account: str | None  # None: an operator
    role: str
    active: bool = True


@dataclass(slots=True)
class Caller:
    """A person signed in, or a program with a token of that person's."""

    person: Person
    secret: str = field(default="", repr=False)
    scopes: frozenset[str] = frozenset(SCOPES)
    account: str | None = None
    token: str = ""
    made_with: "Caller | None" = None
    was_revoked: bool = False

    @property
    def revoked(self) -> bool:
        """By itself, or with the token that made it."""
        return self.was_revoked or (self.made_with is not None and self.made_with.revoked)

    def comes_from(self, other: "Caller") -> bool:
        """Whether that one made it, or made what made it."""
        return self is other or (self.made_with is not None and self.made_with.comes_from(other))


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that can be asked for."""

    method: str
    path: str
    scope: str
    for_all: bool = False  # every member of the account, not administrators alone
    body: Callable[[], Any] = lambda: None
    entries: int = 1  # of the activity; 0 changes nothing


def new_code() -> dict[str, Any]:
    return {"name": "Matter", "code": f"{next(numbers) % 8000 + 1500:04}"}


def new_person() -> dict[str, str]:
    return {"name": "Ida", "email": f"ida-{next(numbers)}@o.example", "role": "reporter"}


SWITCHES = dict.fromkeys(code_rules.EXAMPLE, False)
READS = [
    Deed("GET", path, "read", for_all=path in {"", "/calls"}, entries=0)
    for path in ("", "/users", "/people", "/codes", "/account-codes", "/calls", "/audit", "/tokens")
]
WRITES = [
    Deed("POST", "/codes", "write", body=new_code),
    Deed("POST", "/users", "write", body=lambda: {"name": "Somebody"}),
    Deed(
        "PUT",
        "/account-codes",
        "write",
        body=lambda: {"max_retries": 5, "switches": SWITCHES, "enable_everyone": False},
    ),
    # The person added, and the link sent.
    Deed("POST", "/invitations", "people", body=new_person, entries=2),
]
PAGES = {
    "calls/": True,
    "account-codes/": False,
    "account-codes/codes/": False,
    "users/": False,
    "people/": False,
    "activity/": False,
    "webhooks/": False,
    "api-tokens/": False,
}
"""Of the portal, and whether every member of the account may open it."""


class Roles(RuleBasedStateMachine):
    """Two firms and an operator."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        counters.clear()
        firms = {str(firm.account.pk): firm for firm in map(make_law_firm, ("firm", "other"))}
        self.accounts = list(firms)
        otto = next(iter(firms.values())).otto
        self.people = [Person(str(otto.pk), None, "operator")]
        for account, firm in firms.items():
            self.people.append(Person(str(firm.olivia.pk), account, "administrator"))
            self.people += [self.hired(firm, role) for role in ROLES]
        self.callers = [Caller(person) for person in self.people]

    def hired(self, firm: LawFirm, role: str) -> Person:
        email = f"{role}@{firm.account.slug}.example"
        person = add_person(firm.account, name=role, email=email, role=role)
        simulate(person, LONDON, [])
        return Person(str(person.pk), str(firm.account.pk), role)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    # --- The table ---------------------------------------------------------------------------

    def expected(self, caller: Caller, account: str, deed: Deed) -> int:
        """401, 404, 403, or 0 when it is allowed."""
        person = caller.person
        if not person.active or caller.revoked:
            return 401
        seen = person.account in {None, account} and caller.account in {None, account}
        if not seen:
            return 404
        if deed.scope not in caller.scopes:
            return 403
        return 0 if deed.for_all or person.role in {"operator", "administrator"} else 403

    def ask(self, caller: Caller, account: str, deed: Deed, instead: int = 0) -> Any:  # noqa: ANN401
        """Do it; compare with the table and with what is stored."""
        client = Client()
        headers = {"if-match": "*"}
        if caller.secret:
            headers["authorization"] = f"Bearer {caller.secret}"
        else:
            client.force_login(every(User).get(pk=caller.person.pk))
        before = self.stored()
        path = f"{BASE}/accounts/{account}{deed.path}"
        answer = client.generic(
            deed.method, path, self.json(deed.body()), "application/json", headers=headers
        )
        after = self.stored()
        wanted = self.expected(caller, account, deed) or instead
        if wanted:
            assert answer.status_code == wanted, (caller, deed, answer.content)
        else:
            assert answer.status_code < 300, (caller, deed, answer.content)
        for one in self.accounts:
            if wanted or one != account or not deed.entries:
                assert after[one] == before[one], (caller, deed)
            else:
                entries = after[one]["audit"] - before[one]["audit"]
                assert len(entries) == deed.entries, (deed, entries)
        return None if wanted else answer.json() if answer.content else {}

    @staticmethod
    def json(body: Any) -> str:  # noqa: ANN401
        return "" if body is None else json.dumps(body)

    def stored(self) -> dict[str, dict[str, Any]]:
        """What belongs to each account, without what reading alone notes, too."""
        of_reading = (Action.ACCOUNT_VISITED, Action.CODES_READ)
        changes = every(AuditEntry).exclude(action__in=of_reading)
        people = every(User).order_by("pk").values("pk", "role", "is_active")
        return {
            one: {
                "audit": set(changes.filter(account_id=one).values_list("pk", "action")),
                "account": list(Account.objects.filter(pk=one).values()),
                "people": list(people.filter(account_id=one)),
                "codes": list(every(AccountCode).filter(account_id=one).order_by("pk").values()),
                "settings": list(every(AccountCodeSettings).filter(account_id=one).values()),
            }
            for one in self.accounts
        }

    # --- What happens ------------------------------------------------------------------------

    @rule(data=st.data(), deed=st.sampled_from(READS + WRITES))
    def somebody_asks(self, data: st.DataObject, deed: Deed) -> None:
        caller, account = self.who(data), data.draw(st.sampled_from(self.accounts))
        told = self.ask(caller, account, deed)
        if told and deed.path == "/calls":
            calls = every(Call).filter(account_id=account)
            if caller.person.role == "user":
                calls = calls.filter(user_id=caller.person.pk)
            assert {one["id"] for one in told["items"]} == {str(one.pk) for one in calls}
        if told and deed.path == "":
            assert told["id"] == account

    def who(self, data: st.DataObject) -> Caller:
        return data.draw(st.sampled_from(self.callers))

    @rule(data=st.data(), role=st.sampled_from(ROLES))
    def somebody_gives_a_role(self, data: st.DataObject, role: str) -> None:
        self.change_person(data, "role", role)

    @rule(data=st.data(), active=st.booleans())
    def somebody_takes_access_or_gives_it_back(self, data: st.DataObject, active: bool) -> None:
        self.change_person(data, "active", active)

    def change_person(self, data: st.DataObject, what: str, value: object) -> None:
        caller, person = self.who(data), data.draw(st.sampled_from(self.people[1:]))
        if getattr(person, what) == value:
            return
        account = data.draw(st.sampled_from(self.accounts))
        name = {"active": "is_active"}.get(what, what)
        deed = Deed("PATCH", f"/people/{person.pk}", "people", body=lambda: {name: value})
        instead = 404 if person.account != account else 422 if caller.person is person else 0
        if self.ask(caller, account, deed, instead=instead):
            setattr(person, what, value)

    @rule(data=st.data(), scopes=st.sets(st.sampled_from(SCOPES), min_size=1))
    def somebody_makes_a_token(self, data: st.DataObject, scopes: set[str]) -> None:
        caller, account = self.who(data), data.draw(st.sampled_from(self.accounts))
        deed = Deed(
            "POST", "/tokens", "write", body=lambda: {"name": "t", "scopes": sorted(scopes)}
        )
        more = bool(caller.secret) and not scopes <= caller.scopes
        told = self.ask(caller, account, deed, instead=422 if more else 0)
        if told:
            self.callers.append(
                Caller(
                    caller.person,
                    told["secret"],
                    frozenset(scopes),
                    account,
                    told["id"],
                    made_with=caller if caller.secret else None,
                )
            )

    @precondition(lambda self: any(one.token for one in self.callers))
    @rule(data=st.data())
    def somebody_revokes_a_token(self, data: st.DataObject) -> None:
        caller = self.who(data)
        token = data.draw(st.sampled_from([one for one in self.callers if one.token]))
        account = data.draw(st.sampled_from(self.accounts))
        # One for itself, and one for each that it made.
        entries = sum(one.comes_from(token) and not one.revoked for one in self.callers)
        deed = Deed("DELETE", f"/tokens/{token.token}", "write", entries=entries)
        instead = 404 if token.account != account else 0
        if self.ask(caller, account, deed, instead=instead) is not None:
            token.was_revoked = True

    @rule(data=st.data())
    def somebody_deletes_a_code(self, data: st.DataObject) -> None:
        caller, account = self.who(data), data.draw(st.sampled_from(self.accounts))
        owner = data.draw(st.sampled_from(self.accounts))
        code = add_code(Account.objects.get(pk=owner), **new_code(), actor=None)
        deed = Deed("DELETE", f"/codes/{code.pk}", "write")
        self.ask(caller, account, deed, instead=404 if owner != account else 0)

    @rule(
        data=st.data(),
        page=st.sampled_from([*PAGES]),
        delete=st.booleans(),
    )
    def somebody_uses_the_portal(self, data: st.DataObject, page: str, delete: bool) -> None:
        caller = data.draw(st.sampled_from([one for one in self.callers if not one.secret]))
        account = Account.objects.get(pk=data.draw(st.sampled_from(self.accounts)))
        client = Client()
        client.force_login(every(User).get(pk=caller.person.pk))
        code = add_code(account, **new_code(), actor=None)
        deed = Deed("GET", page, "read", for_all=PAGES[page] and not delete)
        wanted = self.expected(caller, str(account.pk), deed)
        before = self.stored()
        if delete:
            path = f"/accounts/{account.slug}/account-codes/codes/{code.pk}/delete/"
            answer = client.post(path)
        else:
            answer = client.get(f"/accounts/{account.slug}/{page}")
        # Who is nobody any more is led to sign in.
        allowed = {0: 302 if delete else 200, 401: 302}
        assert answer.status_code == allowed.get(wanted, wanted), (caller, page, delete)
        if wanted == 401:
            assert answer["Location"].startswith("/login/")
        gone = not every(AccountCode).filter(account=account, pk=code.pk).exists()
        assert gone == (delete and not wanted), (caller, page)
        if not gone:
            assert self.stored() == before, (caller, page)


@pytest.mark.begins_a_run
@pytest.mark.timeout(1500)  # two hundred requests, on a machine that may do much else
@pytest.mark.hypothesis
@pytest.mark.django_db
def test_nobody_ever_does_what_the_table_does_not_allow(settings: Settings) -> None:
    settings.API_REQUESTS_A_MINUTE = 10**9
    run_state_machine_as_test(
        Roles,
        # The table is the same on both; on PostgreSQL each request also meets the second wall.
        settings=bounds(STORIES, max_examples=examples(6), stateful_step_count=20),
    )
