"""Entries are found by account, person, action and date, and exported line by line."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from callmark.accounts.activity import record
from callmark.audit.actions import Action
from callmark.audit.export import COLUMNS, csv_lines
from callmark.audit.queries import all_entries, entries_for
from callmark.codes.services import add_code, rename_code, save_user_settings
from tests.cast import LawFirm, make_law_firm

pytestmark = pytest.mark.django_db


def test_an_account_sees_its_own_entries_only(firm: LawFirm) -> None:
    other = make_law_firm("other")
    ours = entries_for(firm.account)
    assert {entry.account_id for entry in ours} == {firm.account.pk}
    assert all_entries().count() == ours.count() + entries_for(other.account).count()


def test_entries_are_found_by_who_did_it_and_by_whom_it_concerns(firm: LawFirm) -> None:
    save_user_settings(firm.ben, enabled=False, override=None, actor=firm.olivia)
    about_ben = entries_for(firm.account, person_id=firm.ben.pk)
    assert "user.account_codes_saved" in {entry.action for entry in about_ben}
    assert "account_code.added" not in {entry.action for entry in about_ben}
    by_olivia = entries_for(firm.account, person_id=firm.olivia.pk)
    assert "account_code.added" in {entry.action for entry in by_olivia}


def test_entries_are_found_by_action_or_by_its_kind(firm: LawFirm) -> None:
    rename_code(firm.code, name="Renamed", actor=firm.olivia)
    renamed = entries_for(firm.account, action="account_code.renamed")
    assert [entry.action_label for entry in renamed] == ["Renamed a code"]
    kinds = {entry.action for entry in entries_for(firm.account, action="account_code.")}
    assert kinds == {"account_code.renamed", "account_code.added"}


def test_entries_are_found_by_date(firm: LawFirm) -> None:
    now = timezone.now()
    assert entries_for(firm.account, until=now).exists()
    assert not entries_for(firm.account, since=now).exists()
    assert not entries_for(firm.account, until=now - timedelta(hours=1)).exists()


def test_newest_first(firm: LawFirm) -> None:
    moments = [entry.at for entry in entries_for(firm.account)]
    assert moments == sorted(moments, reverse=True)


def test_the_export_has_a_line_for_each_entry(firm: LawFirm) -> None:
    # As it was stored before a name had to be one line.
    firm.code.name = 'Say "hello", twice\nplease'
    before = {"name": "Harper v. Castellan"}
    record(Action.CODE_RENAMED, firm.account, firm.code, actor=firm.olivia, before=before)
    entries = entries_for(firm.account)
    rows = list(csv.DictReader(io.StringIO("".join(csv_lines(entries)), newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == entries.count()
    assert rows[0]["target"] == 'Say "hello", twice\nplease'
    assert rows[0]["before"] == '{"name": "Harper v. Castellan"}'
    assert rows[0]["actor"] == "Olivia"


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", " =1+1"])
def test_no_cell_is_taken_for_a_formula(firm: LawFirm, name: str) -> None:
    add_code(firm.account, name=name, code="5555", actor=firm.olivia)
    last = list(csv_lines(entries_for(firm.account)))[1]
    assert f",'{name.strip()}," in last


def test_a_long_export_takes_few_queries(
    firm: LawFirm, django_assert_max_num_queries: "pytest.FixtureRequest"
) -> None:
    for number in range(30):
        add_code(firm.account, name=f"Code {number}", code=f"2{number:03}", actor=None)
    with django_assert_max_num_queries(1):  # type: ignore[operator]
        assert len(list(csv_lines(entries_for(firm.account)))) > 30
