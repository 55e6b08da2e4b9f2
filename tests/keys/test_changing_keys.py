"""Changing keys: everything stored follows, running processes follow, and nothing is lost."""

import asyncio
import base64
import hmac
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from pytest_django import Settings

from callmark.accounts.revisions import policy_changed
from callmark.audit.models import AuditEntry
from callmark.calls.models import CountedCall
from callmark.calls.store import store
from callmark.codes.finding import find_code
from callmark.gate import policy_cache
from callmark.gate.snapshot import Snapshot
from callmark.gate.spool import Spool
from callmark.gate.spools import spool_of
from callmark.keys import key_file, pepper
from callmark.keys.columns import encrypted_columns, still_needing_others
from callmark.keys.installed import keyring
from callmark.keys.keyring import KeyProblem, Keyring
from callmark.ops.key_rotation import drop_former_keys, rotate_keys
from tests.calls.totals import expected_one_by_one, stored_one_by_one
from tests.cast import LawFirm, make_law_firm
from tests.factories import decided_call, tag_of
from tests.rows import every


@pytest.fixture
def spool(settings: Settings, tmp_path: Path) -> Path:
    settings.SPOOL_DIR = tmp_path / "spool"
    settings.SPOOL_DIR.mkdir()
    return tmp_path / "spool"


@pytest.fixture
def firm(own_keys: Path, spool: Path, db: None) -> LawFirm:
    return make_law_firm()


def keys_in(path: Path) -> list[str]:
    return [key.name for key in Keyring(path.read_text().split()).keys]


def test_every_encrypted_column_is_registered(db: None) -> None:
    """A new one is renewed with the others, or this fails."""
    named = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.name.endswith("_encrypted")
    }
    registered = {str(column) for column in encrypted_columns()}
    inside = {
        "mfa.Authenticator.data.secret",
        "mfa.Authenticator.data.seed",
        "calls.WaitingRecord.replaced.code",
    }
    assert registered == named | inside


def test_a_running_gate_follows_by_the_revisions_it_polls(firm: LawFirm, own_keys: Path) -> None:
    snapshot = policy_cache.refresh(Snapshot())
    before = keyring().primary
    # As another process does it: this one is told by nothing but the revision.
    key_file.add_primary_key(own_keys)
    assert keyring().primary == before, "no look-up looks at the file"
    assert policy_cache.refresh(snapshot) is snapshot
    policy_changed(firm.account)
    fresh = policy_cache.refresh(snapshot)
    assert keyring().primary == keys_in(own_keys)[0] != before
    for seen in (snapshot, fresh):
        codes = seen.accounts[str(firm.account.pk)].codes
        assert codes["1234"].name == firm.code.name


def test_a_page_follows_at_its_next_request(firm: LawFirm, own_keys: Path) -> None:
    from django.test import Client

    keyring()
    key_file.add_primary_key(own_keys)
    Client().get("/")
    assert keyring().primary == keys_in(own_keys)[0]


def test_a_value_by_a_key_that_came_since_is_read_all_the_same(
    firm: LawFirm, own_keys: Path
) -> None:
    held = keyring()
    key_file.add_primary_key(own_keys)
    elsewhere = Keyring(own_keys.read_text().split())
    assert held.decrypt(elsewhere.encrypt("1234")) == "1234"


def test_it_is_in_the_activity_of_the_installation(firm: LawFirm, own_keys: Path) -> None:
    (before,) = keys_in(own_keys)
    rotate_keys()
    new, former = keys_in(own_keys)
    assert former == before
    changed = every(AuditEntry).filter(action="keys.changed").get()
    assert (changed.account_id, changed.before, changed.after) == (
        None,
        {"key": before},
        {"key": new},
    )
    drop_former_keys()
    assert keys_in(own_keys) == [new], "nothing more is added"
    dropped = every(AuditEntry).filter(action="keys.former_dropped").get()
    assert dropped.before == {"keys": [before]}


def spooled(firm: LawFirm, folder: Path) -> None:
    async def append() -> None:
        spool = Spool(folder)
        await spool.append(record)
        spool.close()

    record = decided_call(firm, "connected", tag=tag_of(firm))
    asyncio.run(append())


@pytest.mark.parametrize("process", [1, 2])
@pytest.mark.parametrize("rejected", [False, True])
def test_a_spool_keeps_the_former_key(
    firm: LawFirm, own_keys: Path, spool: Path, rejected: bool, process: int
) -> None:
    spool = spool_of(spool, process)
    spooled(firm, spool)
    (segment,) = spool.glob("*.jsonl")
    if rejected:
        segment = segment.rename(spool / "rejected.jsonl")
    with pytest.raises(KeyProblem, match=rf"{segment.name} in .* still need them"):
        drop_former_keys()
    assert len(keys_in(own_keys)) == 2
    assert find_code(firm.account, "1234") == firm.code
    segment.unlink()
    spooled(firm, spool)
    drop_former_keys()
    assert len(keys_in(own_keys)) == 1, "what the new key encrypted needs no other"


@pytest.mark.parametrize("process", [1, 2])
def test_a_gate_that_runs_gets_time_to_read_the_new_key(
    firm: LawFirm, own_keys: Path, spool: Path, process: int
) -> None:
    running = Spool(spool_of(spool, process))
    try:
        with pytest.raises(KeyProblem, match="Run the command again"):
            drop_former_keys()
        assert len(keys_in(own_keys)) == 2
        drop_former_keys()
        assert len(keys_in(own_keys)) == 1
    finally:
        running.close()


def test_a_row_that_was_missed_is_found(firm: LawFirm, own_keys: Path) -> None:
    late = keyring().encrypt("1234")
    rotate_keys()
    assert still_needing_others(keyring().primary) == []
    type(firm.code)._base_manager.filter(pk=firm.code.pk).update(code_encrypted=late)
    assert still_needing_others(keyring().primary) == ["codes.AccountCode.code_encrypted"]
    drop_former_keys()
    firm.code.refresh_from_db()
    assert Keyring(own_keys.read_text().split()).decrypt(firm.code.code_encrypted) == "1234"


def test_what_a_call_counts_as_follows_its_code(firm: LawFirm, own_keys: Path) -> None:
    store([decided_call(firm, "connected", tag=tag_of(firm))])
    before = every(CountedCall).get().account_code_lookup
    rotate_keys()
    assert every(CountedCall).get().account_code_lookup != before
    assert stored_one_by_one(firm.account) == expected_one_by_one(firm.account)


def test_two_changes_at_once_would_lose_a_key(firm: LawFirm, own_keys: Path) -> None:
    with (
        key_file.being_changed(own_keys),
        pytest.raises(KeyProblem, match="another command"),
    ):
        rotate_keys()
    assert len(keys_in(own_keys)) == 1


def test_an_answer_kept_by_an_older_version_is_given_again(settings: Settings) -> None:
    """Kept answers were encrypted with Fernet, by the same derived key."""
    purpose = hmac.digest(settings.API_TOKEN_PEPPER.encode(), b"callmark api answer", "sha256")
    derived = hmac.digest(purpose, b"the request's key", "sha256")
    former = Fernet(base64.urlsafe_b64encode(derived)).encrypt(b"the answer").decode()
    assert pepper.unseal("answer", "the request's key", former) == "the answer"
    now = pepper.seal("answer", "the request's key", "the answer")
    assert pepper.unseal("answer", "the request's key", now) == "the answer"
