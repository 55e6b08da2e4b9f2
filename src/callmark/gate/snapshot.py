"""Every account's policy in memory, as plain values: what a call is decided from.

Immutable: :mod:`callmark.gate.loading` builds a new one from the database when something changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from callmark.policy.flow import KnownCode
from callmark.policy.numbering import NumberingPlan
from callmark.policy.settings import (
    AccountSettings,
    EffectiveSettings,
    UserSettings,
    effective_settings,
)


@dataclass(frozen=True, slots=True)
class UserPolicy:
    """One user: name, settings, the country dialled from, and the moment a lockout was lifted."""

    id: str
    name: str
    settings: UserSettings
    plan: NumberingPlan
    lockout_lifted_at: float = 0.0


@dataclass(frozen=True, slots=True)
class AccountPolicy:
    """One account. ``codes`` finds active codes by their digits, and holds none."""

    id: str
    slug: str
    settings: AccountSettings | None
    users: Mapping[str, UserPolicy]
    codes: Mapping[str, KnownCode] = field(repr=False)

    def effective(self, user: UserPolicy) -> EffectiveSettings:
        """The settings in force for one user."""
        return effective_settings(self.settings, user.settings)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose endpoint a call comes from."""

    account: AccountPolicy
    user: UserPolicy
    extension: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an endpoint of a switch leads: ids of account and user, and the extension."""

    account_id: str
    user_id: str
    extension: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All accounts by id, endpoints by (switch, endpoint), and the revisions they were read at."""

    accounts: Mapping[str, AccountPolicy] = field(default_factory=dict)
    endpoints: Mapping[tuple[str, str], Endpoint] = field(default_factory=dict)
    revisions: Mapping[str, int] = field(default_factory=dict)

    def caller(self, switch: str, endpoint: str) -> Caller | None:
        """Who calls from this endpoint, or None when nobody has it."""
        found = self.endpoints.get((switch, endpoint))
        if found is None:
            return None
        account = self.accounts[found.account_id]
        return Caller(account, account.users[found.user_id], found.extension)
