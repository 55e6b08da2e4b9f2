"""Account codes for many users at once: each a change of its own, in parts, and undone."""

import pytest

from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.accounts.services import add_trunk, change_person
from callmark.audit.models import AuditEntry
from callmark.batches import BatchState
from callmark.codes import user_batches
from callmark.codes.models import AccountCodeSettings, UserCodeSettings
from callmark.codes.services import (
    save_user_settings,
    turn_off,
    user_settings_version,
)
from callmark.codes.user_batch_models import UserBatch, UserBatchKind
from callmark.codes.user_batches import change_many, undo_many, work_some
from callmark.codes.user_lists import (
    CodesOf,
    UserFilter,
    UserKind,
    deviations_of,
    users_found,
)
from callmark.policy.rules import ALL_OFF, CodeRules
from tests.cast import OUTSIDE_CALLS, LawFirm, make_law_firm, make_user
from tests.rows import every

ENABLE, DISABLE, RESET = UserBatchKind.ENABLE, UserBatchKind.DISABLE, UserBatchKind.RESET


def stored(user: User) -> UserCodeSettings:
    return every(UserCodeSettings).get(user=user)


def everybody(firm: LawFirm) -> dict[str, bool]:
    """Who has account codes enabled."""
    users = every(User).filter(account=firm.account).order_by("name")
    on = set(every(UserCodeSettings).filter(enabled=True).values_list("user_id", flat=True))
    return {user.name: user.pk in on for user in users}


def entries() -> list[tuple[str, dict[str, object], dict[str, object]]]:
    found = every(AuditEntry).filter(action="user.account_codes_saved").order_by("at")
    return [(one.target_name, one.before, one.after) for one in found]


def own(firm: LawFirm, user: User, rules: CodeRules = ALL_OFF) -> None:
    save_user_settings(user, enabled=True, override=rules, actor=firm.olivia)


def test_each_user_has_an_entry_of_what_was_before(firm: LawFirm) -> None:
    change_many(firm.account, DISABLE, {firm.ben.pk: None, firm.carla.pk: None}, actor=firm.olivia)
    assert everybody(firm) == {"Ben": False, "Carla": False, "Olivia": True}
    assert sorted(entries()) == [
        ("Ben", {"enabled": True}, {"enabled": False}),
        ("Carla", {"enabled": True}, {"enabled": False}),
    ]


def test_those_who_are_so_already_are_no_part_of_it(firm: LawFirm) -> None:
    dora = make_user(firm.account, "Dora")
    batch = change_many(firm.account, ENABLE, {firm.ben.pk: None, dora.pk: None}, actor=firm.olivia)
    assert (batch.total, batch.done, batch.left, batch.state) == (1, 1, 0, BatchState.DONE)
    assert entries() == [("Dora", {"enabled": False}, {"enabled": True})]
    with pytest.raises(Refused, match="enabled for all of these"):
        change_many(firm.account, ENABLE, {firm.ben.pk: None}, actor=firm.olivia)


def test_many_are_changed_in_parts_by_the_worker(
    firm: LawFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user_batches, "AT_ONCE", 2)
    people = users_found(firm.account, UserFilter())
    batch = change_many(firm.account, DISABLE, people, actor=firm.olivia)
    assert (batch.state, sum(everybody(firm).values())) == (BatchState.WAITING, 3)
    assert work_some()
    assert sum(everybody(firm).values()) == 1
    with pytest.raises(Refused, match="under way"):
        undo_many(batch, actor=firm.olivia)
    # One of the others goes away meanwhile: that is no reason to wait for them.
    every(User).get(pk=batch.rows.get(at=None).user_id).delete()
    assert work_some()
    assert not work_some()
    batch.refresh_from_db()
    assert (batch.state, batch.done, batch.total) == (BatchState.DONE, 2, 3)
    assert not any(everybody(firm).values())


def test_whom_somebody_changed_meanwhile_is_left_as_they_are(firm: LawFirm) -> None:
    seen = {one.pk: user_settings_version(stored(one)) for one in (firm.ben, firm.carla)}
    own(firm, firm.ben, OUTSIDE_CALLS)
    batch = change_many(firm.account, DISABLE, seen, actor=firm.olivia)
    assert (batch.done, batch.left) == (1, 1)
    assert everybody(firm) == {"Ben": True, "Carla": False, "Olivia": True}


def test_undone_all_is_as_before_but_what_was_changed_since(firm: LawFirm) -> None:
    batch = change_many(
        firm.account, DISABLE, users_found(firm.account, UserFilter()), actor=firm.olivia
    )
    own(firm, firm.ben)
    undone = undo_many(batch, actor=firm.olivia)
    assert (undone.done, undone.left) == (2, 1)
    assert all(everybody(firm).values())
    assert stored(firm.ben).override
    with pytest.raises(Refused, match="undone already"):
        undo_many(batch, actor=firm.olivia)


def test_a_reset_ends_own_settings_and_its_undo_brings_them_back(firm: LawFirm) -> None:
    own(firm, firm.ben, CodeRules(toll_free=True))
    batch = change_many(firm.account, RESET, {firm.ben.pk: None}, actor=firm.olivia)
    assert (stored(firm.ben).override, stored(firm.ben).enabled) == (False, True)
    undo_many(batch, actor=firm.olivia)
    assert stored(firm.ben).value.override == CodeRules(toll_free=True)


def test_while_account_codes_are_off_nobody_is_enabled_not_even_by_an_undo(firm: LawFirm) -> None:
    batch = change_many(firm.account, DISABLE, {firm.ben.pk: None}, actor=firm.olivia)
    version = every(AccountCodeSettings).get(account=firm.account).version
    turn_off(
        firm.account, delete_custom_settings=False, expected_version=version, actor=firm.olivia
    )
    with pytest.raises(Refused, match="off for this account"):
        change_many(firm.account, ENABLE, {firm.ben.pk: None}, actor=firm.olivia)
    assert undo_many(batch, actor=firm.olivia).left == 1
    assert not stored(firm.ben).enabled


def test_a_user_of_another_account_is_not_there(firm: LawFirm) -> None:
    other = make_law_firm("other")
    with pytest.raises(Refused, match="not there any more"):
        change_many(firm.account, DISABLE, {other.ben.pk: None}, actor=firm.olivia)
    assert stored(other.ben).enabled
    assert not every(UserBatch).exists()


def test_in_what_a_user_deviates_is_what_is_in_force_otherwise(firm: LawFirm) -> None:
    account = every(AccountCodeSettings).get(account=firm.account)
    own(firm, firm.ben, CodeRules(validate=True, international=True, toll_free=True))
    own(firm, firm.carla, account.rules)
    found = {
        user.name: [(one.label, one.on) for one in deviations_of(account, stored(user))]
        for user in users_found(firm.account, UserFilter(codes=CodesOf.CUSTOM))
    }
    assert found == {
        "Ben": [("Directory assistance", False), ("Premium toll", False), ("Toll-free", True)],
        "Carla": [],
    }


def test_users_are_found_by_settings_phone_kind_and_state(firm: LawFirm) -> None:
    add_trunk(firm.account, name="Old PBX")
    dora = make_user(firm.account, "Dora", "103")
    change_person(dora, {"is_active": False}, actor=firm.olivia)
    own(firm, firm.carla)

    def named(**asked: object) -> set[str]:
        found = users_found(firm.account, UserFilter(**asked))  # type: ignore[arg-type]
        return {user.name for user in found}

    assert named(codes=CodesOf.OFF) == {"Old PBX", "Dora"}
    assert named(codes=CodesOf.ON) == {"Olivia", "Ben", "Carla"}
    assert named(codes=CodesOf.CUSTOM) == {"Carla"}
    assert named(has_phone=False) == {"Olivia", "Old PBX"}
    assert named(kind=UserKind.TRUNK) == {"Old PBX"}
    assert named(active=False, has_phone=True) == {"Dora"}
    assert named(text="10", active=True) == {"Ben", "Carla"}
