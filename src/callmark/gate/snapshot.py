"""Every account's policy in memory, as plain values: what a call is decided from.

Immutable: :mod:`callmark.gate.policy_cache` builds a new one from the database when something
changed.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from callmark.gate.known_codes import ById
from callmark.policy.code_use import KnownCode
from callmark.policy.limits import Limit
from callmark.policy.number_list import EMPTY, NumberList
from callmark.policy.numbering import NumberingPlan
from callmark.policy.overload import all_are_asked_abroad
from callmark.policy.prompt_options import NO_OPTIONS, PromptOptions
from callmark.policy.prompts import PromptLanguage
from callmark.policy.settings import (
    AccountSettings,
    EffectiveSettings,
    Unasked,
    UserSettings,
    effective_settings,
    strictest_settings,
)
from callmark.policy.values import value_class


@value_class
class UserPolicy:
    """One user: name, settings, the country dialed from, and the moment a lockout was lifted.

    ``default_code`` is None unless it is active now; ``default_code_sealed`` is that code,
    encrypted: the gate hands it on and never reads it. ``settings_saved_at``: when somebody saved
    the user's own settings last (epoch seconds). ``language`` is None where it is the account's.
    """

    id: str
    name: str
    settings: UserSettings
    plan: NumberingPlan
    lockout_lifted_at: float = 0.0
    default_code: KnownCode | None = None
    default_code_sealed: str = field(default="", repr=False)
    settings_saved_at: float = 0.0
    language: PromptLanguage | None = None


@dataclass(frozen=True)
class AccountPolicy:
    """One account. ``codes`` finds active codes by their digits, and holds none.

    ``plan`` is how somebody dials of whom nothing but the account is known; ``number_list`` the
    numbers that never or always need a code; ``settings_saved_at`` is when somebody saved the
    account's settings last (epoch seconds); ``language`` what its callers are spoken to in, None
    where nobody has chosen.
    """

    id: str
    slug: str
    settings: AccountSettings | None
    users: Mapping[str, UserPolicy]
    codes: Mapping[str, KnownCode] = field(repr=False)
    plan: NumberingPlan
    number_list: NumberList = EMPTY
    limits: tuple[Limit, ...] = ()
    settings_saved_at: float = 0.0
    language: PromptLanguage | None = None

    def effective(self, user: UserPolicy) -> EffectiveSettings:
        """The settings in force for one user, who is spoken to in their language."""
        return self.spoken_to(effective_settings(self.settings, user.settings), user)

    def spoken_to(self, settings: EffectiveSettings, asked: UserPolicy | None) -> EffectiveSettings:
        """The same settings where this person is on the line; the account's language for others."""
        language = (asked.language if asked else None) or self.language
        return settings if language is settings.language else replace(settings, language=language)

    @cached_property
    def strictest(self) -> EffectiveSettings:
        """What a caller whom nobody knows is under: every rule that any user is under."""
        strictest = strictest_settings(self.settings, map(self.effective, self.users.values()))
        return self.spoken_to(strictest, None)

    def asks_abroad(self, users: Iterable[str]) -> bool:
        """Whether each call abroad of these users, by id, is asked for a code.

        What is abroad for one is not for others, where they dial as at home in other countries.
        """
        people = [self.users[one] for one in users]
        elsewhere = any(one.plan.country != self.plan.country for one in people)
        if elsewhere or self.number_list.opens_some:
            return False
        return all_are_asked_abroad(map(self.effective, people), self.options, self.unasked)

    @property
    def options(self) -> PromptOptions:
        """What the account allows at the prompt beyond a code."""
        return self.settings.options if self.settings else NO_OPTIONS

    @property
    def unasked(self) -> Unasked:
        """What the account chose for calls on which nobody can be asked."""
        return self.settings.unasked if self.settings else Unasked.REFUSE_COSTLY

    @cached_property
    def active_codes_by_id(self) -> Mapping[str, KnownCode]:
        """The active codes, for one that is to be used again."""
        return ById(self.codes)


@value_class
class Caller:
    """Whose endpoint a call comes from."""

    account: AccountPolicy
    user: UserPolicy
    extension: str


@value_class
class Endpoint:
    """Where an endpoint of a switch leads: ids of account and user, and the extension."""

    account_id: str
    user_id: str
    extension: str


@dataclass(frozen=True)
class Snapshot:
    """All accounts by id, endpoints by (switch, endpoint), and the revisions they were read at."""

    accounts: Mapping[str, AccountPolicy] = field(default_factory=dict)
    endpoints: Mapping[tuple[str, str], Endpoint] = field(default_factory=dict)
    revisions: Mapping[str, int] = field(default_factory=dict)

    def caller(self, switch: str, endpoint: str) -> Caller | None:
        """Whose endpoint this is, or None when nobody has it."""
        found = self.endpoints.get((switch, endpoint))
        if found is None:
            return None
        account = self.accounts[found.account_id]
        return Caller(account, account.users[found.user_id], found.extension)

    def account(self, slug: str) -> AccountPolicy | None:
        """The account with this short name."""
        return self._by_slug.get(slug)

    def asks_everybody_abroad(self, account: AccountPolicy) -> bool:
        """Whether each call abroad from a phone of this account is asked for a code."""
        known = self._asking_abroad
        if account.id not in known:
            known[account.id] = account.asks_abroad(self._with_phones.get(account.id, ()))
        return known[account.id]

    @cached_property
    def _asking_abroad(self) -> dict[str, bool]:
        """What was found so far: looked for under overload alone."""
        return {}

    @cached_property
    def _with_phones(self) -> Mapping[str, Collection[str]]:
        """The ids of users with a phone, by account."""
        found: dict[str, set[str]] = {}
        for endpoint in self.endpoints.values():
            found.setdefault(endpoint.account_id, set()).add(endpoint.user_id)
        return found

    @cached_property
    def _by_slug(self) -> Mapping[str, AccountPolicy]:
        return {account.slug: account for account in self.accounts.values()}
