"""Build snapshots from the database: all accounts at start, then only those that changed."""

from collections import defaultdict
from collections.abc import Collection, Container, Iterable
from functools import cache, partial
from typing import Any
from uuid import UUID

from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast

from callmark.accounts.models import (
    Account,
    Extension,
    PhoneNumber,
    PolicyChange,
    PolicyRevision,
    User,
)
from callmark.accounts.revisions import About, changes_between
from callmark.calls.limits import limits_of
from callmark.calls.models import LockoutLift
from callmark.codes.listed_numbers import number_list
from callmark.codes.models import (
    USE_COLUMNS,
    AccountCode,
    AccountCodeSettings,
    UserCodeSettings,
)
from callmark.codes.use import code_use, use_of
from callmark.gate.known_codes import Packed, id_of, packed, packed_text, unpack
from callmark.gate.snapshot import AccountPolicy, Endpoint, Snapshot, UserPolicy
from callmark.keys.installed import keyring
from callmark.keys.installed import refresh as refresh_keys
from callmark.keys.keyring import missing
from callmark.keys.lookup import ByHash
from callmark.languages import prompt_language
from callmark.policy.code_use import KnownCode
from callmark.policy.numbering import NumberingPlan, OwnNumbers
from callmark.policy.prompts import PromptLanguage
from callmark.policy.settings import UserSettings


def load_account(account: Account) -> AccountPolicy:
    """Read one account's policy: a handful of queries, whatever its size."""
    plans = _Plans(account)
    return AccountPolicy(
        id=str(account.pk),
        slug=account.slug,
        **_account_settings(account),
        users=_users(account, plans),
        codes=ByHash(keyring(), account.pk, _known_codes(account), unpack, id_of),
        plan=plans[account.country],
        number_list=number_list(account),
        limits=limits_of(account),
        language=prompt_language(account),
    )


def load_for(user: User, digits: Iterable[str]) -> AccountPolicy:
    """The account's policy for one user's calls: of its codes, only those with these digits.

    Raises ``ValueError`` for somebody who belongs to no account.
    """
    if user.account is None:
        raise ValueError("An operator belongs to no account and cannot place a call.")
    account, plans = user.account, _Plans(user.account, stored=True)
    return AccountPolicy(
        id=str(account.pk),
        slug=account.slug,
        **_account_settings(account),
        users=_users(account, plans, only=user),
        codes=ByHash(keyring(), account.pk, _known_codes(account, set(digits)), unpack, id_of),
        plan=plans[account.country],
        number_list=number_list(account),
        limits=limits_of(account),
        language=prompt_language(account),
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
    new_endpoints: dict[tuple[str, str], Endpoint] = {}
    moved = set(snapshot.revisions) - set(revisions)
    for account in Account.objects.filter(pk__in=changed):
        pk = str(account.pk)
        before, since = snapshot.accounts.get(pk), snapshot.revisions.get(pk, 0)
        told = changes_between(account, since, revisions[pk]) if before else None
        codes = {one.row for one in told or () if one.about == About.CODE and one.row}
        accounts[pk] = _load_again(account, before, told, codes)
        if not _only_of_codes(told):
            moved.add(pk)
            new_endpoints |= _endpoints(account)
    endpoints = snapshot.endpoints
    if moved:
        endpoints = {key: one for key, one in endpoints.items() if one.account_id not in moved}
        endpoints |= new_endpoints
    return Snapshot(accounts, endpoints, revisions)


def _load_again(
    account: Account,
    before: AccountPolicy | None,
    told: list[PolicyChange] | None,
    code_ids: set[UUID],
) -> AccountPolicy:
    """Read what the changes were about, and take the rest over: an account may be large."""
    codes = before.codes if before else None
    if before is None or told is None or not isinstance(codes, ByHash):
        return load_account(account)
    if not codes.by_the_keys_of(keyring()):
        return load_account(account)
    users, plan = before.users, before.plan
    if code_ids:
        gone = (one.bytes for one in code_ids)
        codes = codes.changed(gone, _known_codes(account, ids=code_ids))
    if not _only_of_codes(told) or _is_a_default(account, before, code_ids):
        plans = _Plans(account)
        users, plan = _users(account, plans), plans[account.country]
    return AccountPolicy(
        id=before.id,
        slug=account.slug,
        **_account_settings(account),
        users=users,
        codes=codes,
        plan=plan,
        number_list=number_list(account),
        limits=limits_of(account),
        language=prompt_language(account),
    )


def _only_of_codes(told: list[PolicyChange] | None) -> bool:
    return told is not None and all(one.about == About.CODE for one in told)


def _is_a_default(account: Account, before: AccountPolicy, ids: set[UUID]) -> bool:
    """Whether one of these codes is some user's own, or was."""
    texts = {str(one) for one in ids}
    if any(user.default_code and user.default_code.id in texts for user in before.users.values()):
        return True
    return UserCodeSettings.objects.of(account).filter(default_code_id__in=ids).exists()


def _known_codes(
    account: Account,
    digits: Iterable[str] | None = None,
    ids: Collection[UUID] | None = None,
) -> dict[bytes, Packed]:
    codes = AccountCode.objects.of(account).filter(active=True)
    if ids is not None:
        # First: to find any one of 100,000 may take as long as to find them all.
        codes = codes.filter(pk__in=ids)
    for value in codes.order_by().values_list("code_encrypted", flat=True)[:1]:
        # By keys that are not here every code would be wrong: better the policy in memory.
        if not keyring().knows(value):
            raise missing(value.partition(":")[0])
    if digits is not None:
        wanted = [one for each in digits if each for one in keyring().lookups(account.pk, each)]
        codes = codes.filter(code_lookup__in=wanted)
    known = _without_rules(codes.filter(_NO_RULES))
    # Many codes have the same rules: they share them.
    use = cache(partial(code_use, account.zone))
    for pk, lookup, name, start, end, users, types in (
        codes.exclude(_NO_RULES).values_list("pk", "code_lookup", "name", *USE_COLUMNS).iterator()
    ):
        known[bytes.fromhex(lookup)] = packed(pk, name, use(start, end, tuple(users), tuple(types)))
    return known


_NO_RULES = Q(starts_on=None, ends_on=None, user_ids=[], call_types=[])


def _without_rules(codes: QuerySet[AccountCode]) -> dict[bytes, Packed]:
    """Nearly all codes are such, perhaps a million: nothing is made of a row but what is kept."""
    rows = codes.annotate(text=Cast("pk", CharField())).values_list("text", "code_lookup", "name")
    return {
        bytes.fromhex(lookup): packed_text(text, name)
        for text, lookup, name in rows.iterator(chunk_size=10_000)
    }


def _account_settings(account: Account) -> dict[str, Any]:
    stored = AccountCodeSettings.objects.of(account).first()
    if stored is None:
        return {"settings": None}
    return {"settings": stored.value, "settings_saved_at": stored.updated_at.timestamp()}


def _users(account: Account, plans: "_Plans", only: User | None = None) -> dict[str, UserPolicy]:
    people = User.objects.of(account).filter(is_active=True)
    if only is not None:
        people = people.filter(pk=only.pk)
    own_settings, lifts = UserCodeSettings.objects.of(account), LockoutLift.objects.of(account)
    if only is not None:
        own_settings, lifts = own_settings.filter(user=only), lifts.filter(user=only)
    own = {one.user_id: one for one in own_settings.select_related("default_code")}
    lifted = {lift.user_id: lift.lifted_at.timestamp() for lift in lifts}
    return {
        str(person.pk): UserPolicy(
            id=str(person.pk),
            name=person.name,
            **_user_settings(own.get(person.pk)),
            plan=plans[person.home_country or account.country],
            lockout_lifted_at=lifted.get(person.pk, 0.0),
            **_default_code(account, own.get(person.pk)),
            language=PromptLanguage(person.language) if person.language else None,
        )
        for person in people
    }


def _user_settings(stored: UserCodeSettings | None) -> dict[str, Any]:
    if stored is None:
        return {"settings": UserSettings()}
    saved_at = stored.updated_at.timestamp() if stored.updated_at else 0.0
    return {"settings": stored.value, "settings_saved_at": saved_at}


def _default_code(account: Account, stored: UserCodeSettings | None) -> dict[str, Any]:
    code = stored.default_code if stored else None
    if code is None or not code.active:
        return {}
    known = KnownCode(str(code.pk), code.name, use_of(code, account.zone))
    return {"default_code": known, "default_code_sealed": code.code_encrypted}


class _Stored(Container[str]):
    """Asks the database for each value once: for one call, of which thousands are no number."""

    def __init__(self, rows: QuerySet[Any], column: str) -> None:
        self._rows = rows
        self._column = column
        self._known: dict[object, bool] = {}

    def __contains__(self, value: object) -> bool:
        if value not in self._known:
            self._known[value] = self._rows.filter(**{self._column: value}).exists()
        return self._known[value]


class _Plans(defaultdict[str, NumberingPlan]):
    """One plan for each home country on the account: what is in it is shared.

    ``stored``: numbers are looked up in the database, not read into memory.
    """

    def __init__(self, account: Account, *, stored: bool = False) -> None:
        super().__init__()
        self._account = account
        self._own_numbers = OwnNumbers.of(account.own_numbers)
        extensions = Extension.objects.of(account).exclude(number="")
        numbers = PhoneNumber.objects.of(account)
        self._extensions: Container[str] = (
            _Stored(extensions, "number")
            if stored
            else frozenset(extensions.values_list("number", flat=True))
        )
        self._numbers: Container[str] = (
            _Stored(numbers, "e164")
            if stored
            else frozenset(numbers.values_list("e164", flat=True))
        )

    def __missing__(self, country: str) -> NumberingPlan:
        self[country] = plan = NumberingPlan(
            country=country,
            outside_prefix=self._account.outside_prefix,
            international_regions=frozenset(self._account.international_regions),
            extensions=self._extensions,
            internal_numbers=self._numbers,
            own_numbers=self._own_numbers,
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
