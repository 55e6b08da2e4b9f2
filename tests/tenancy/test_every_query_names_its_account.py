"""A query that does not say whose rows it means is refused when it runs, for every model."""

import ast
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count
from django.test.utils import isolate_apps

import callmark
from callmark.accounts.deletion import delete_person
from callmark.accounts.models import Account, Extension, HeardGate, Role, Switch, User
from callmark.api.models import KeptAnswer
from callmark.audit.models import AuditEntry
from callmark.calls.models import Call, CallAttempt, WaitingRecord
from callmark.codes.models import AccountCode
from callmark.codes.template_models import AccountTemplate
from callmark.managers import AccountManager, NoAccountNamed, path_to_account
from callmark.sign_in.models import ApiToken, Invitation
from callmark.webhooks.models import Delivery, DeliveryAttempt, WebhookMessage
from tests.api.conftest import belongings_of
from tests.beginnings import begun_with
from tests.cases import for_each
from tests.cast import LawFirm, make_law_firm

AnyModel = type[models.Model]

BELONG_TO_NO_ACCOUNT = {
    Account: "it is the account",
    AccountTemplate: "what new accounts begin with; the operator's",
    Switch: "accounts share it; the operator's",
    HeardGate: "it serves every account; the operator's",
    WaitingRecord: "the end of a leg does not tell whose it is; only the writer reads it",
    KeptAnswer: "found by the hash of a key that only its sender knows",
}


def ours() -> list[AnyModel]:
    """Every model of Callmark's own."""
    return [one for one in apps.get_models() if one.__module__.startswith("callmark.")]


def unguarded(found: list[AnyModel]) -> list[AnyModel]:
    """Those that neither ask for an account nor are excused."""
    return [
        one
        for one in found
        if one not in BELONG_TO_NO_ACCOUNT
        and not (path_to_account(one) and isinstance(one._default_manager, AccountManager))
    ]


GUARDED = [one for one in ours() if one not in BELONG_TO_NO_ACCOUNT]

QUERIES: dict[str, Callable[[Any], object]] = {
    "all": lambda rows: list(rows.all()),
    "filter by id": lambda rows: rows.filter(pk=uuid.uuid4()).first(),
    "get": lambda rows: rows.get(pk=uuid.uuid4()),
    "first": lambda rows: rows.first(),
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "iterator": lambda rows: list(rows.iterator()),
    "values": lambda rows: list(rows.values_list("pk")),
    "aggregate": lambda rows: rows.aggregate(Count("pk")),
    "in_bulk": lambda rows: rows.in_bulk(),
    "select_related": lambda rows: list(rows.select_related()),
    "locking": lambda rows: list(rows.select_for_update()),
    "another database": lambda rows: list(rows.using("default")),
    "raw SQL": lambda rows: list(rows.raw("SELECT 1")),
    "update": lambda rows: rows.update(pk=uuid.uuid4()),
    "delete": lambda rows: rows.filter(pk=uuid.uuid4()).delete(),
    "get_or_create": lambda rows: rows.get_or_create(pk=uuid.uuid4()),
    "update_or_create": lambda rows: rows.update_or_create(pk=uuid.uuid4()),
    "for a web page": lambda rows: list(rows.get_queryset()),
}


@pytest.mark.sqlite  # refused before any database is asked
@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
@for_each(GUARDED, name=lambda model: model.__name__)
def test_it_is_refused_and_says_what_to_write(
    model: Any,  # noqa: ANN401
    db: None,
    query: Callable[[Any], object],
) -> None:
    with pytest.raises(NoAccountNamed, match=rf"{model.__name__}\.objects\.of\(account\)"):
        query(model.objects)


def test_the_list_comes_from_the_models(db: None) -> None:
    assert unguarded(ours()) == []
    assert {ApiToken, Invitation, WebhookMessage, DeliveryAttempt, User} <= set(GUARDED)


@isolate_apps("callmark.calls")
def test_a_new_model_without_it_is_found() -> None:
    class Voicemail(models.Model):  # noqa: DJ008
        call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="+")

        class Meta:
            app_label = "calls"

    class Greeting(models.Model):  # noqa: DJ008
        text = models.CharField(max_length=10)
        objects = AccountManager["Greeting"]()

        class Meta:
            app_label = "calls"

    assert path_to_account(Voicemail) == "call__account_id"
    assert unguarded([Voicemail, Greeting]) == [Voicemail, Greeting]


@begun_with
def firms() -> tuple[LawFirm, LawFirm]:
    both = make_law_firm("ours"), make_law_firm("theirs-too")
    for firm in both:
        belongings_of(firm)
    return both


@for_each(GUARDED, name=lambda model: model.__name__)
def test_an_accounts_rows_are_its_own(
    model: Any,  # noqa: ANN401
    firms: tuple[LawFirm, LawFirm],
) -> None:
    mine, theirs = firms
    path = path_to_account(model)
    found = model.objects.of(mine.account)
    assert set(found.values_list(path, flat=True)) <= {mine.account.pk}
    assert found.count() == model.objects.of(mine.account.pk).count()
    others = model.objects.of(theirs.account).count() + model.objects.of_no_account().count()
    assert found.count() + others == model.objects.of_every_account("all of them").count()


def test_rows_of_something_of_an_account(firms: tuple[LawFirm, LawFirm]) -> None:
    ben, call = firms[0].ben, Call.objects.of(firms[0].account).latest("started_at")
    assert {one.user for one in Extension.objects.of(ben)} == {ben}
    assert set(Call.objects.of(ben)) == set(ben.calls.all())
    assert set(CallAttempt.objects.of(call)) == set(call.attempts.all())
    with pytest.raises(NoAccountNamed, match="does not belong to a Call"):
        AccountCode.objects.of(call)


def test_none_is_no_account_unless_that_is_meant(firms: tuple[LawFirm, LawFirm]) -> None:
    with pytest.raises(NoAccountNamed, match="of_no_account"):
        User.objects.of(None)
    operators = User.objects.of_account_or_none(None)
    assert all(one.role == Role.OPERATOR for one in operators)
    assert list(operators) == list(User.objects.of_no_account())
    for reason in ("", " "):
        with pytest.raises(NoAccountNamed, match="say why"):
            User.objects.of_every_account(reason)


def test_what_django_does_by_itself_goes_on(firms: tuple[LawFirm, LawFirm]) -> None:
    firm, other = firms
    # From a row, forwards, backwards, and many at a time.
    assert firm.account.users.filter(name="Ben").get() == firm.ben
    assert firm.ben.extensions.get().user.account == firm.account
    (read,) = Account.objects.filter(pk=firm.account.pk).prefetch_related("users__extensions")
    assert firm.ben in read.users.all()
    # A constraint looks at every account: an address signs in once.
    firm.ben.email = other.olivia.email
    with pytest.raises(ValidationError, match="already exists"):
        firm.ben.full_clean()
    firm.ben.refresh_from_db()
    assert authenticate(email=firm.olivia.email, password="wrong") is None
    # What belongs to a row goes with it.
    delete_person(other.ben, actor=None)
    assert not Extension.objects.of(other.account).filter(endpoint=f"{other.account.slug}-101")
    assert AuditEntry.objects.of(other.account).filter(action="person.deleted").exists()
    assert Delivery.objects.none().count() == 0


PACKAGE = Path(callmark.__file__).parent
PAST_IT = ("_default_manager", "_base_manager")
MAY_GO_PAST_IT = {
    "keys/columns.py": "a change of keys renews the rows of all accounts",
}


def ways_past(path: Path) -> Iterator[str]:
    """Where a module takes a manager that does not ask, itself or by a shortcut of Django's."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and node.attr in PAST_IT:
            yield f"{path.name}:{node.lineno}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            first = ast.unparse(node.args[0]).rpartition(".")[2]
            if node.func.id in {"get_object_or_404", "get_list_or_404", "QuerySet"} and (
                first[:1].isupper()
            ):
                yield f"{path.name}:{node.lineno}"


def test_our_own_code_takes_no_way_past_it() -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if "migrations" not in path.parts and any(ways_past(path))
    }
    assert found == set(MAY_GO_PAST_IT)


@pytest.mark.parametrize(
    "source",
    ["get_object_or_404(User, pk=1)", "get_object_or_404(models.User, pk=1)", "QuerySet(User)"],
)
def test_a_shortcut_is_found(tmp_path: Path, source: str) -> None:
    (tmp_path / "module.py").write_text(source)
    assert list(ways_past(tmp_path / "module.py"))
