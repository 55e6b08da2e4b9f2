"""Changing the code keys: a new primary key, every stored code encrypted and hashed again."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.dispatch import Signal

from callmark.accounts.models import Account
from callmark.accounts.revisions import policy_changed
from callmark.calls.models import Call
from callmark.codes.models import AccountCode
from callmark.codes.secrecy import add_primary_key, drop_old_keys, keyring

_BATCH = 2000

keys_renewed = Signal()
"""Sent once a new key is first and before old ones are dropped: whoever else encrypts renews."""


@dataclass(frozen=True, slots=True)
class RotationCount:
    """How many values were encrypted again."""

    codes: int
    calls: int


def rotate_keys(*, drop_old: bool = False) -> RotationCount:
    """Put a new key first and renew everything with it; may be repeated after a crash.

    Gates and portals go on meanwhile: they read both keys. With ``drop_old`` the former keys are
    deleted from the file at the end: only once every gate has drained its spool.
    """
    keyring()
    add_primary_key(Path(settings.CODE_KEYS_FILE))
    codes = sum(_renew_codes(account) for account in Account.objects.all())
    calls = _renew_calls()
    keys_renewed.send(rotate_keys)
    if drop_old:
        drop_old_keys(Path(settings.CODE_KEYS_FILE))
    return RotationCount(codes, calls)


@transaction.atomic
def _renew_codes(account: Account) -> int:
    codes = list(AccountCode.objects.select_for_update().filter(account=account))
    for code in codes:
        # Reading decrypts with the old key, assigning encrypts with the new one.
        code.code = code.code
    fields = ["code_encrypted", "code_lookup"]
    AccountCode.objects.bulk_update(codes, fields, batch_size=_BATCH)
    policy_changed(account)
    return len(codes)


def _renew_calls() -> int:
    # every account: all of them change keys
    ids = Call.objects.exclude(account_code_encrypted="").values_list("pk", flat=True)
    return sum(_renew_batch(batch) for batch in _batches(ids.order_by("pk").iterator()))


def _batches(ids: Iterable[UUID]) -> Iterable[list[UUID]]:
    batch: list[UUID] = []
    for one in ids:
        batch.append(one)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


@transaction.atomic
def _renew_batch(ids: list[UUID]) -> int:
    # every account: all of them change keys
    calls = list(Call.objects.select_for_update().filter(pk__in=ids))
    for call in calls:
        call.account_code = call.account_code
    Call.objects.bulk_update(calls, ["account_code_encrypted", "account_code_lookup"])
    return len(calls)
