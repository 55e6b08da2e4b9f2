"""Changing the encryption keys: a new one first, everything renewed by it, former ones gone.

The two steps are apart: a former key may go only when nothing that is stored or spooled needs it.
"""

from pathlib import Path

from django.conf import settings
from django.db import transaction

from callmark.accounts.models import Account
from callmark.accounts.revisions import policy_changed
from callmark.audit.actions import Action
from callmark.audit.recording import Target, record
from callmark.gate.spools import is_any_in_use
from callmark.keys import key_file
from callmark.keys.columns import renew_all, still_needing_others
from callmark.keys.installed import refresh
from callmark.keys.keyring import KeyProblem
from callmark.keys.starting import require_keys

_INSTALLATION = Target("installation", "", "the encryption keys")


def rotate_keys() -> dict[str, int]:
    """Put a new key first and renew everything with it; how many values of each kind.

    May be repeated after a crash. Gates and portals go on meanwhile: they read both keys.
    Raises :class:`KeyProblem` if the file is not this database's.
    """
    with key_file.being_changed(settings.CODE_KEYS_FILE):
        require_keys()
        before = refresh().primary
        key_file.add_primary_key(settings.CODE_KEYS_FILE)
        with transaction.atomic():
            _bump_every_revision()
            record(
                Action.KEYS_CHANGED,
                _INSTALLATION,
                account=None,
                before={"key": before},
                after={"key": refresh().primary},
            )
        counted = renew_all(refresh())
        # They hold hashes by the former key.
        _bump_every_revision()
    return counted


def drop_former_keys() -> dict[str, int]:
    """Delete the former keys; with one key only, change keys first. What was renewed, as above.

    Raises :class:`KeyProblem`, and leaves the former keys, while anything needs them.
    """
    require_keys()
    counted: dict[str, int] = {}
    is_new = len(refresh().keys) == 1
    if is_new:
        counted = rotate_keys()
    with key_file.being_changed(settings.CODE_KEYS_FILE):
        keys = refresh()
        if is_new and is_any_in_use(settings.SPOOL_DIR):
            raise KeyProblem(
                "the keys are changed, and the former ones stay: the gate that is running may "
                "just have written with them. Run the command again, with --drop-old"
            )
        for name, count in renew_all(keys).items():
            counted[name] = counted.get(name, 0) + count
        _refuse_if_needed(keys.primary, [key.name for key in keys.keys[1:]])
        with transaction.atomic():
            _bump_every_revision()
            dropped = {"keys": [key.name for key in keys.keys[1:]]}
            record(Action.FORMER_KEYS_DROPPED, _INSTALLATION, account=None, before=dropped)
            key_file.drop_former_keys(settings.CODE_KEYS_FILE)
        refresh()
    return counted


def _bump_every_revision() -> None:
    """By the revisions that they poll: each reads the key file and every account's codes again."""
    for account in Account.objects.all():
        policy_changed(account)


def _refuse_if_needed(primary: str, former: list[str]) -> None:
    if columns := still_needing_others(primary):
        raise KeyProblem(
            f"the former keys stay: {', '.join(columns)} still need them. Run the command again"
        )
    if files := _spooled_with(settings.SPOOL_DIR, former):
        raise KeyProblem(
            f"the former keys stay: {', '.join(files)} in {settings.SPOOL_DIR} still need them. "
            "Start the gate again, which empties its spool; what is in rejected.jsonl it could not "
            "store: 'callmark records --replay' tries again, or delete it. Then give the command "
            "again"
        )


def _spooled_with(spool: Path, names: list[str]) -> list[str]:
    """The files of a spool in which something is encrypted with one of these keys."""
    marks = [f'"{name}:'.encode() for name in names]

    def needs_one(path: Path) -> bool:
        with path.open("rb") as lines:
            return any(mark in line for line in lines for mark in marks)

    return [path.name for path in sorted(spool.rglob("*.jsonl")) if needs_one(path)]
