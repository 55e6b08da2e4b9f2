"""PostgreSQL hides other accounts' rows even from a query that forgot to name its account."""

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse

from callmark.accounts.models import Extension
from callmark.accounts.row_security import EVERY_ACCOUNT, NO_ACCOUNT, scope_of, seeing
from callmark.calls.models import Call, CallAttempt
from callmark.codes.models import AccountCode, UserCodeSettings
from callmark.codes.services import new_code
from callmark.switches.simulator import simulate
from tests.beginnings import begun_with
from tests.cast import LawFirm, make_law_firm
from tests.rows import every

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]

LONDON = "011442079460000"
MODELS = (AccountCode, Call, CallAttempt, Extension, UserCodeSettings)


@begun_with
def firms() -> tuple[LawFirm, LawFirm]:
    ours, theirs = make_law_firm("ours"), make_law_firm("theirs")
    for firm in (ours, theirs):
        simulate(firm.ben, LONDON, ["9999", "1234"])
    return ours, theirs


def test_an_unscoped_query_sees_only_the_own_account(firms: tuple[LawFirm, LawFirm]) -> None:
    ours, _ = firms
    for model in MODELS:
        everything = every(model).count()
        with seeing(scope_of(ours.olivia)):
            assert every(model).count() == everything // 2, model


def test_nobody_signed_in_sees_nothing(firms: tuple[LawFirm, LawFirm]) -> None:
    with seeing(NO_ACCOUNT):
        for model in MODELS:
            assert not every(model).exists(), model


def test_a_foreign_row_can_be_neither_changed_nor_deleted_nor_made(
    firms: tuple[LawFirm, LawFirm],
) -> None:
    ours, theirs = firms
    with seeing(scope_of(ours.olivia)):
        assert every(AccountCode).filter(pk=theirs.code.pk).update(name="taken") == 0
        assert every(Call).filter(account=theirs.account).delete()[0] == 0
        with pytest.raises(ProgrammingError, match="row-level"), transaction.atomic():
            new_code(theirs.account, "smuggled", "0000").save(force_insert=True)


def test_an_operator_and_the_gate_see_every_account(firms: tuple[LawFirm, LawFirm]) -> None:
    with seeing(EVERY_ACCOUNT):
        assert every(Call).values("account").distinct().count() == 2


def test_a_request_leaves_nothing_behind(firms: tuple[LawFirm, LawFirm], client: Client) -> None:
    ours, _ = firms
    client.force_login(ours.olivia)
    client.get(reverse("portal:calls", args=[ours.account.slug]))
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('callmark.account', true)")
        assert cursor.fetchone() == (EVERY_ACCOUNT,)


def test_every_table_with_an_account_is_protected() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        protected = {name for (name,) in cursor.fetchall()}
    # Sign-in must find people, and tokens, before it knows whose they are.
    before_sign_in = {"accounts_user", "api_apitoken"}
    ours = {
        "accounts",
        "codes",
        "tariffs",
        "calls",
        "audit",
        "webhooks",
        "api",
        "handover",
        "reports",
    }
    holding = {
        model._meta.db_table
        for model in apps.get_models()
        if model._meta.app_label in ours
        and any(field.attname == "account_id" for field in model._meta.concrete_fields)
    }
    assert holding - before_sign_in <= protected
