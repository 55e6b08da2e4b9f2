"""Accounts' policies in memory, as the gate has them: read again only when they changed."""

from collections import OrderedDict
from threading import Lock

from callmark.accounts.models import Account, PolicyRevision
from callmark.gate.loading import load_account
from callmark.gate.snapshot import AccountPolicy

MAX_ACCOUNTS = 50

_known: OrderedDict[str, tuple[int, AccountPolicy]] = OrderedDict()
_lock = Lock()


def policy_of(account: Account) -> AccountPolicy:
    """The account's policy as it is now: one small query when nothing changed."""
    # Read before the policy: a change in between is then seen the next time.
    revision = PolicyRevision.objects.of(account).values_list("number", flat=True)
    number = revision.first() or 0
    key = str(account.pk)
    with _lock:
        known = _known.get(key)
        if known is not None and known[0] == number:
            _known.move_to_end(key)
            return known[1]
    policy = load_account(account)
    with _lock:
        _known[key] = (number, policy)
        _known.move_to_end(key)
        while len(_known) > MAX_ACCOUNTS:
            _known.popitem(last=False)
    return policy
