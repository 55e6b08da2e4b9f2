"""Many codes at once: imported, labeled, deactivated, deleted; followed, and undone."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from callmark.accounts.models import Account, PolicyRevision
from callmark.accounts.refused import Refused
from callmark.audit.actions import Action
from callmark.audit.models import AuditEntry
from callmark.batches import BatchState
from callmark.calls.models import Call
from callmark.codes import batch_jobs, batches, bulk, many
from callmark.codes.known_numbers import add_known_number
from callmark.codes.labels import labels_of
from callmark.codes.making import next_free_code
from callmark.codes.models import AccountCode, BatchCode, CodeBatch, Kind
from callmark.codes.services import add_code, delete_code, rename_code, save_user_settings
from callmark.gate.policy_cache import refresh
from callmark.gate.snapshot import Snapshot
from callmark.languages import in_language, speaking
from callmark.switches.simulator import simulate
from tests.cast import LawFirm
from tests.rows import every

LONDON = "011442079460000"


def stored(firm: LawFirm) -> dict[str, tuple[object, ...]]:
    """All that is stored of each code, by its digits, but when it was changed."""
    left_out = {"changed_at", "code_encrypted"}
    fields = [one.attname for one in AccountCode._meta.concrete_fields if one.name not in left_out]
    codes = every(AccountCode).filter(account=firm.account)
    return {one.code: tuple(getattr(one, name) for name in fields) for one in codes}


def imported(firm: LawFirm, data: str) -> CodeBatch:
    """The batch of a list that may update codes."""
    done = bulk.import_csv(
        firm.account, data.encode(), dry_run=False, update_names=True, actor=firm.olivia
    )
    assert done.batch is not None
    return done.batch


def numbered(count: int, first: int = 2000) -> str:
    """A list of so many new codes."""
    return "name,code\n" + "".join(f"Client {one},{first + one}\n" for one in range(count))


def again(batch: CodeBatch) -> CodeBatch:
    return every(CodeBatch).get(pk=batch.pk)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than two codes are the worker's, and it does two at a time, one part a stretch."""
    for module in (batches, bulk, many):
        monkeypatch.setattr(module, "IN_REQUEST", 2, raising=False)
        monkeypatch.setattr(module, "AT_ONCE", 2, raising=False)
    monkeypatch.setattr(batch_jobs, "A_STRETCH", 0)


def a_worker_that_died() -> None:
    """What the process knew is gone; after a while another goes on."""
    batch_jobs._mine.clear()
    batch_jobs._being_listed.clear()
    every(CodeBatch).update(taken_at=timezone.now() - timedelta(minutes=5))


EVERYTHING = (
    "name,code,active,label,client id,first day,last day,only for,opens only\n"
    "Harper (closed),1234,no,Closed,77,2026-01-01,2031-12-31,101,international\n"
    "New,4321,yes,Open,,,,,\nOther new,4322,yes,,,,,,\n"
)


def test_undoing_an_import_brings_back_exactly_what_was(firm: LawFirm) -> None:
    add_code(firm.account, name="Spare", code="0001", actor=None)
    before = stored(firm)
    batch = imported(firm, EVERYTHING)
    assert labels_of(firm.account) == ["Closed", "Open"]
    assert every(AccountCode).get(name="Harper (closed)").ends_on == date(2031, 12, 31)
    undone = many.undo(batch, actor=firm.olivia)
    assert stored(firm) == before
    assert (undone.state, undone.done, undone.left) == (BatchState.DONE, 3, 0)
    entry = every(AuditEntry).get(action=Action.CODES_UNDONE)
    assert (entry.actor_name, entry.after["count"]) == ("Olivia", 3)
    with pytest.raises(Refused, match="undone already"):
        many.undo(batch, actor=firm.olivia)


def test_codes_that_somebody_changed_since_are_left_and_told(firm: LawFirm) -> None:
    batch = imported(firm, "name,code\nHarper,1234\nA,2001\nB,2002\nC,2003\nD,2004\nE,2005\n")
    code = {one.code: one for one in every(AccountCode).filter(account=firm.account)}
    rename_code(code["1234"], name="Harper again", actor=firm.olivia)
    rename_code(code["2001"], name="A2", actor=firm.olivia)
    delete_code(code["2002"], actor=firm.olivia)
    add_known_number(code["2003"], "+442079460000", actor=firm.olivia)
    save_user_settings(
        firm.ben, enabled=True, override=None, default_code=code["2004"], actor=firm.olivia
    )
    undone = many.undo(batch, actor=firm.olivia)
    assert (undone.done, undone.left) == (1, 5)
    assert {one.name: one.left for one in many.left_rows(undone)} == {
        "Harper again": "changed",
        "A2": "changed",
        "B": "gone",
        "C": "in_use",
        "D": "in_use",
    }
    assert stored(firm).keys() == {"1234", "2001", "2003", "2004"}


def test_nothing_that_can_be_undone_is_refused(firm: LawFirm) -> None:
    batch = imported(firm, "name,code\nA,2001\n")
    rename_code(every(AccountCode).get(name="A"), name="A2", actor=firm.olivia)
    with pytest.raises(Refused, match="changed or deleted since"):
        many.undo(batch, actor=firm.olivia)
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        with pytest.raises(Refused, match="last 30 days"):
            many.undo(batch, actor=firm.olivia)
        assert [one.pk for one in many.old_rows()] == [every(BatchCode).get().pk]
        every(BatchCode).delete()
        assert list(many.old_batches()) == [batch]


def test_a_call_keeps_the_code_that_is_undone(firm: LawFirm) -> None:
    batch = imported(firm, "name,code\nA,2001\n")
    simulate(firm.ben, LONDON, ["2001"])
    many.undo(batch, actor=firm.olivia)
    call = every(Call).latest("started_at")
    assert (call.account_code, call.account_code_name, call.code) == ("2001", "A", None)


@pytest.mark.usefixtures("small_parts")
def test_a_long_list_is_the_workers_who_tells_how_far_it_is(firm: LawFirm) -> None:
    batch = imported(firm, numbered(7))
    assert (batch.state, batch.total) == (BatchState.WAITING, 7)
    assert stored(firm).keys() == {"1234"}
    seen = []
    while batch_jobs.work_some():
        batch = again(batch)
        seen.append(batch.percent)
        # Somebody else writes in between.
        rename_code(firm.code, name=f"Harper {len(seen)}", actor=firm.olivia)
    assert seen == sorted(seen)
    assert len(seen) > 6
    assert (batch.state, batch.added, batch.content_encrypted) == (BatchState.DONE, 7, "")
    assert len(stored(firm)) == 8
    assert [one.action for one in every(AuditEntry).filter(action__contains="ode").order_by("at")][
        -1
    ] in {Action.CODES_ADDED, Action.CODE_RENAMED}
    entry = every(AuditEntry).get(action=Action.CODES_ADDED)
    assert (entry.after["count"], entry.actor_name) == (7, "Olivia")
    undone = many.undo(batch, actor=firm.olivia)
    assert undone.state == BatchState.WAITING
    batch_jobs.work_all()
    assert stored(firm).keys() == {"1234"}


def _adds_the_same(firm: LawFirm) -> None:
    add_code(firm.account, name="Quicker", code="2006", actor=firm.olivia)


def _renames_one(firm: LawFirm) -> None:
    rename_code(firm.code, name="Harper, renamed meanwhile", actor=firm.olivia)


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("meanwhile", [_adds_the_same, _renames_one])
def test_a_long_list_is_imported_whole_or_not_at_all(
    firm: LawFirm, meanwhile: Callable[[LawFirm], None]
) -> None:
    Account.objects.filter(pk=firm.account.pk).update(language="fr")
    running = refresh(Snapshot())
    batch = imported(firm, numbered(7) + "Harper,1234\nLast,2999\n")
    while not again(batch).done:
        assert batch_jobs.work_some()
    assert len(stored(firm)) > 1
    meanwhile(firm)
    expected = {name: one for name, one in stored(firm).items() if name in {"1234", "2006"}}
    if meanwhile is _renames_one:
        expected = {"1234": expected["1234"]}
    batch_jobs.work_all()
    batch = again(batch)
    assert (batch.state, batch.done) == (BatchState.FAILED, 0)
    assert "nothing was changed" in batch.problem, "kept in English"
    with speaking("fr"):
        assert "rien n'a été modifié" in in_language(batch.problem)
    assert stored(firm) == expected
    (policy,) = refresh(running).accounts.values()
    assert set(policy.active_codes_by_id) == {
        str(one.pk) for one in every(AccountCode).filter(account=firm.account)
    }
    assert every(AuditEntry).filter(action=Action.CODE_BATCH_FAILED).count() == 1


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("parts", range(1, 9))
def test_another_worker_goes_on_where_one_died(firm: LawFirm, parts: int) -> None:
    batch = imported(firm, numbered(5) + "Harper,1234\n")
    for _ in range(parts):
        batch_jobs.work_some()
    a_worker_that_died()
    batch_jobs.work_all()
    assert again(batch).state == BatchState.DONE
    assert sorted(stored(firm)) == ["1234", "2000", "2001", "2002", "2003", "2004"]
    assert every(BatchCode).filter(batch=batch, done=True).count() == 6


@pytest.mark.usefixtures("small_parts")
def test_one_change_of_many_at_a_time(firm: LawFirm) -> None:
    batch = imported(firm, numbered(3))
    with pytest.raises(Refused, match="under way"):
        imported(firm, numbered(3, first=5000))
    batch_jobs.work_all()
    assert again(batch).state == BatchState.DONE
    imported(firm, numbered(1, first=5000))


@pytest.mark.parametrize("long", [False, True])
def test_codes_are_labeled_deactivated_and_activated_and_that_is_undone(
    firm: LawFirm, long: bool, request: pytest.FixtureRequest
) -> None:
    for number in range(4):
        add_code(firm.account, name=f"Client {number}", code=f"200{number}", actor=None)
    if long:
        request.getfixturevalue("small_parts")
    clients = every(AccountCode).filter(account=firm.account, name__startswith="Client")
    start = stored(firm)
    done = []
    for kind, label in ((Kind.LABEL, "Estates"), (Kind.DEACTIVATE, ""), (Kind.ACTIVATE, "")):
        before = stored(firm)
        batch = many.change_many(firm.account, kind, clients, label=label, actor=firm.olivia)
        batch_jobs.work_all()
        done.append((again(batch).done, clients.filter(label="Estates", active=True).count()))
        if kind == Kind.ACTIVATE:
            continue
        undone = many.undo(again(batch), actor=firm.olivia)
        batch_jobs.work_all()
        assert stored(firm) == before
        assert again(undone).done == 4
        clients.update(label="Estates")
        clients.update(active=kind == Kind.LABEL)
    assert done == [(4, 4), (4, 0), (4, 4)]
    many.change_many(firm.account, Kind.LABEL, clients, actor=firm.olivia)
    batch_jobs.work_all()
    assert stored(firm) == start


def test_only_codes_that_need_it_are_changed(firm: LawFirm) -> None:
    add_code(firm.account, name="Off", code="2000", actor=None)
    every(AccountCode).filter(name="Off").update(active=False)
    codes = every(AccountCode).filter(account=firm.account)
    batch = many.change_many(firm.account, Kind.ACTIVATE, codes, actor=firm.olivia)
    assert batch.total == 1
    with pytest.raises(Refused, match="active already"):
        many.change_many(firm.account, Kind.ACTIVATE, codes, actor=firm.olivia)
    with pytest.raises(Refused, match="not there any more"):
        many.change_many(firm.account, Kind.DELETE, [firm.ben.pk], actor=firm.olivia)


@pytest.mark.parametrize("kind", [Kind.DEACTIVATE, Kind.DELETE])
@pytest.mark.parametrize("long", [False, True])
def test_the_last_code_that_can_be_used_stays_while_it_is_needed(
    firm: LawFirm, kind: Kind, long: bool, request: pytest.FixtureRequest
) -> None:
    for number in range(4):
        add_code(firm.account, name=f"Client {number}", code=f"200{number}", actor=None)
    if long:
        request.getfixturevalue("small_parts")
    codes = every(AccountCode).filter(account=firm.account)
    with pytest.raises(Refused, match="Leave at least one active"):
        many.change_many(firm.account, kind, codes, actor=firm.olivia)
    assert len(stored(firm)) == 5
    batch = many.change_many(
        firm.account, kind, codes.filter(name__startswith="Client"), actor=firm.olivia
    )
    if long:
        # The one that was left is taken away meanwhile.
        every(AccountCode).filter(pk=firm.code.pk).update(active=False)
        batch_jobs.work_all()
        batch = again(batch)
        assert (batch.state, codes.filter(active=True).exists()) == (BatchState.FAILED, True)
        assert "nobody could place a call" in batch.problem
    else:
        assert batch.state == BatchState.DONE


def test_deleted_codes_stay_on_calls_and_cannot_be_brought_back(firm: LawFirm) -> None:
    add_code(firm.account, name="Spare", code="0001", actor=None)
    simulate(firm.ben, LONDON, ["1234"])
    revision = every(PolicyRevision).get(account=firm.account).number
    batch = many.change_many(firm.account, Kind.DELETE, [firm.code.pk], actor=firm.olivia)
    assert every(PolicyRevision).get(account=firm.account).number > revision
    call = every(Call).latest("started_at")
    assert (call.account_code_name, call.code) == ("Harper v. Castellan", None)
    with pytest.raises(Refused, match="cannot be undone"):
        many.undo(batch, actor=firm.olivia)


def test_the_next_free_code_is_none_that_anybody_tries_first(firm: LawFirm) -> None:
    assert next_free_code(firm.account) == "1235"
    for taken, following in (
        ("1110", "1235"),
        ("5554", "5556"),
        ("9876", "9877"),
        ("9998", "0001"),
    ):
        code = add_code(firm.account, name="Next", code=taken, actor=None)
        assert next_free_code(firm.account) == following
        if taken != "9998":
            delete_code(code, actor=None)
