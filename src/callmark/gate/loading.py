"""Build snapshots from the database: all accounts at start, then only those that changed."""

from collections import defaultdict

from callmark.accounts.models import Account, Extension, PhoneNumber, PolicyRevision, User
from callmark.calls.models import LockoutLift
from callmark.codes.models import (
    AccountCode,
    AccountCodeSettings,
    UserCodeSettings,
)
from callmark.gate.snapshot import AccountPolicy, Endpoint, Snapshot, UserPolicy
from callmark.keys.installed import keyring
from callmark.keys.installed import refresh as refresh_keys
from callmark.keys.keyring import missing
from callmark.keys.lookup import ByHash
from callmark.policy.dialing import NumberingPlan
from callmark.policy.flow import KnownCode
from callmark.policy.settings import AccountSettings, UserSettings


def load_account(account: Account) -> AccountPolicy:
    """Read one account's policy: a handful of queries, whatever its size."""
    return AccountPolicy(
        id=str(account.pk),
        slug=account.slug,
        settings=_account_settings(account),
        users=_users(account),
        codes=ByHash(keyring(), account.pk, _known_codes(account)),
    )


def refresh(snapshot: Snapshot) -> Snapshot:
    """A snapshot as the database is now; the same one when nothing changed."""
    every = PolicyRevision.objects.of_every_account("the gate serves them all")
    numbers = every.values_list("account_id", "number")
    revisions = {str(account_id): number for account_id, number in numbers}
    if revisions == snapshot.revisions:
        return snapshot
    # A change of keys tells by the same revisions; the file is looked at then, and never by a call.
    refresh_keys()
    changed = {pk for pk, number in revisions.items() if snapshot.revisions.get(pk) != number}
    accounts = {pk: policy for pk, policy in snapshot.accounts.items() if pk in revisions}
    endpoints = {
        key: endpoint
        for key, endpoint in snapshot.endpoints.items()
        if endpoint.account_id in revisions and endpoint.account_id not in changed
    }
    for account in Account.objects.filter(pk__in=changed):
        accounts[str(account.pk)] = load_account(account)
        endpoints |= _endpoints(account)
    return Snapshot(accounts, endpoints, revisions)


def _known_codes(account: Account) -> dict[str, KnownCode]:
    codes = AccountCode.objects.of(account).filter(active=True)
    for value in codes.order_by().values_list("code_encrypted", flat=True)[:1]:
        # By keys that are not here every code would be wrong: better the policy in memory.
        if not keyring().knows(value):
            raise missing(value.partition(":")[0])
    return {
        lookup: KnownCode(str(pk), name)
        for pk, lookup, name in codes.values_list("pk", "code_lookup", "name").iterator()
    }


def _account_settings(account: Account) -> AccountSettings | None:
    stored = AccountCodeSettings.objects.of(account).first()
    if stored is None:
        return None
    return AccountSettings(
        code_length=stored.code_length,
        max_retries=stored.max_retries,
        allowed=stored.allowed,
        defaults=stored.switches,
    )


def _users(account: Account) -> dict[str, UserPolicy]:
    people = User.objects.of(account).filter(is_active=True)
    own = {one.user_id: one for one in UserCodeSettings.objects.of(account)}
    lifted = {lift.user_id: lift.lifted_at.timestamp() for lift in LockoutLift.objects.of(account)}
    plans = _Plans(account)
    return {
        str(person.pk): UserPolicy(
            id=str(person.pk),
            name=person.name,
            settings=_user_settings(own.get(person.pk)),
            plan=plans[person.home_country or account.country],
            lockout_lifted_at=lifted.get(person.pk, 0.0),
        )
        for person in people
    }


def _user_settings(stored: UserCodeSettings | None) -> UserSettings:
    if stored is None:
        return UserSettings()
    return UserSettings(
        enabled=stored.enabled, override=stored.switches if stored.override else None
    )


class _Plans(defaultdict[str, NumberingPlan]):
    """One plan for each home country on the account: the sets in it are shared."""

    def __init__(self, account: Account) -> None:
        super().__init__()
        self._account = account
        self._extensions = frozenset(Extension.objects.of(account).values_list("number", flat=True))
        self._numbers = frozenset(PhoneNumber.objects.of(account).values_list("e164", flat=True))

    def __missing__(self, country: str) -> NumberingPlan:
        self[country] = plan = NumberingPlan(
            country=country,
            outside_prefix=self._account.outside_prefix,
            international_regions=frozenset(self._account.international_regions),
            extensions=self._extensions,
            internal_numbers=self._numbers,
        )
        return plan


def _endpoints(account: Account) -> dict[tuple[str, str], Endpoint]:
    rows = (
        Extension.objects.of(account)
        .filter(user__is_active=True)
        .values_list("switch__name", "endpoint", "account_id", "user_id", "number")
    )
    return {
        (switch, endpoint): Endpoint(str(account_id), str(user_id), number)
        for switch, endpoint, account_id, user_id, number in rows
    }
