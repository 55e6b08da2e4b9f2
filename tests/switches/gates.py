"""A gate for one scene of the contract; what it wrote down is stored when the scene is over."""

from collections.abc import Iterator
from contextlib import contextmanager

from callmark.calls.limits import used_of_every_account
from callmark.calls.queries import lockout_rule, recent_guesses
from callmark.calls.records import Record
from callmark.calls.store import store
from callmark.gate.gate import Gate
from callmark.gate.last_codes import from_records
from callmark.gate.lockouts import Lockouts
from callmark.gate.policy_cache import refresh
from callmark.gate.snapshot import Snapshot
from callmark.gate.spool import SpoolError
from callmark.keys.installed import keyring
from tests.switches.contract import Scene


@contextmanager
def gate_of(scene: Scene) -> Iterator[Gate]:
    """The gate, with what is on record and the caller's guesses; it cannot write where so told."""
    records: list[Record] = []

    async def append(record: Record) -> None:
        if scene.unwritable:
            raise SpoolError("no space left")
        records.append(record)

    snapshot = refresh(Snapshot())
    lockouts = Lockouts(lockout_rule(), recent_guesses([scene.caller]))
    gate = Gate(lambda: snapshot, lockouts, append, keyring().encrypt)
    gate.limits.take_over(used_of_every_account(), set())
    gate.last_codes = from_records(scene.caller, keyring().decrypt)
    yield gate
    store(records)
