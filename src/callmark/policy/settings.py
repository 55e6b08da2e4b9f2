"""Account settings and a user's override -> the settings in force, and whether a call needs a code.

Source: reference sections 2-5.
"""

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from callmark.policy.number_list import CodeNeed, ListedNumber
from callmark.policy.numbering import COSTLY, CallType, Classification
from callmark.policy.prompt_options import NO_OPTIONS, PromptOptions
from callmark.policy.prompts import PromptLanguage, Wording
from callmark.policy.rules import ALL_OFF, RULE_NAMES, RULES, CodeRules
from callmark.policy.texts import Text
from callmark.policy.values import value_class

CODE_LENGTHS = range(3, 8)
"""Digits an account's codes may have; chosen once."""

MAX_RETRIES = range(1, 10)
"""Wrong entries a caller may make in one call: the Nth reaches the limit."""

STAR_CODE_DEFAULT = "*50"


class Unasked(StrEnum):
    """What becomes of a call that needs a code when nobody can be asked for one (reference 5a)."""

    REFUSE_COSTLY = "refuse_costly"
    REFUSE = "refuse"
    LET_THROUGH = "let_through"


@value_class
class AccountSettings:
    """An account's settings. ``allowed`` is *Allow account codes*: off, nobody is asked."""

    code_length: int
    max_retries: int
    allowed: bool = False
    defaults: CodeRules = ALL_OFF
    unasked: Unasked = Unasked.REFUSE_COSTLY
    options: PromptOptions = NO_OPTIONS

    def __post_init__(self) -> None:
        if self.code_length not in CODE_LENGTHS:
            raise ValueError(Text("Account code length must be 3 to 7 digits."))
        if self.max_retries not in MAX_RETRIES:
            raise ValueError(Text("Max retries to validate code must be 1 to 9."))


@value_class
class UserSettings:
    """A user's own settings; ``override`` is None while the account's defaults apply."""

    enabled: bool = False
    override: CodeRules | None = None


@value_class
class EffectiveSettings:
    """What applies to one user's calls. ``active`` False means no call is ever asked for a code."""

    active: bool
    code_length: int
    max_retries: int
    rules: CodeRules
    customised: bool = False
    options: PromptOptions = NO_OPTIONS
    language: PromptLanguage | None = None
    """What the person who is asked is spoken to in, where somebody has chosen it."""

    @property
    def wording(self) -> Wording:
        """How the person who is asked is spoken to."""
        return Wording(self.code_length, self.language)


NEVER_ASKED = EffectiveSettings(active=False, code_length=4, max_retries=3, rules=ALL_OFF)


def effective_settings(account: AccountSettings | None, user: UserSettings) -> EffectiveSettings:
    """Combine account and user; ``account`` is None before the feature's first time.

    A user's *proceed after max retries* counts only while the account's is on.
    """
    if account is None:
        return NEVER_ASKED
    rules = user.override or account.defaults
    if not account.defaults.proceed_after_max_retries:
        rules = replace(rules, proceed_after_max_retries=False)
    return EffectiveSettings(
        active=account.allowed and user.enabled,
        code_length=account.code_length,
        max_retries=account.max_retries,
        rules=rules,
        customised=user.override is not None,
        options=account.options,
    )


def deviations(account: AccountSettings, user: UserSettings) -> tuple[str, ...]:
    """The rules, by name, that are in force for the user otherwise than for all who have no own."""
    in_force = effective_settings(account, user).rules
    return tuple(
        name for name in RULE_NAMES if getattr(in_force, name) != getattr(account.defaults, name)
    )


def strictest_settings(
    account: AccountSettings | None, users: Iterable[EffectiveSettings]
) -> EffectiveSettings:
    """What applies to a call whose payer nobody knows: every rule that any user is under.

    *Proceed after max retries* is no rule that gates, and stays off.
    """
    if account is None:
        return NEVER_ASKED
    active = [user.rules for user in users if user.active]
    gating = set(RULE_NAMES) - {"proceed_after_max_retries"}
    rules = CodeRules(**{name: any(getattr(one, name) for one in active) for name in gating})
    return EffectiveSettings(bool(active), account.code_length, account.max_retries, rules)


def lets_through(choice: Unasked, classification: Classification) -> bool:
    """Whether a call that needs a code goes on although nobody could be asked for it."""
    if choice is Unasked.REFUSE_COSTLY:
        return not classification.types & COSTLY
    return choice is Unasked.LET_THROUGH


@value_class
class CodeRequirement:
    """Whether a call needs a code, and the reason in a sentence for the administrator."""

    required: bool
    why: str


# Premium is named before international (reference section 3).
_GATING = sorted(
    (rule for rule in RULES if rule.gates is not None),
    key=lambda rule: rule.gates is not CallType.PREMIUM,
)


def code_requirement(
    settings: EffectiveSettings,
    classification: Classification,
    listed: ListedNumber | None = None,
) -> CodeRequirement:
    """Whether this call needs a code; a number of several types needs one for any of them.

    ``listed`` is the entry of the account's list of numbers that decides instead of the types
    (:meth:`~callmark.policy.number_list.NumberList.deciding`).
    """
    if classification.call_type is CallType.EMERGENCY:
        return CodeRequirement(False, Text("no code: emergency calls are never asked for anything"))
    if not settings.active:
        return CodeRequirement(False, Text("no code: account codes are off for this user"))
    if listed is not None:
        return CodeRequirement(listed.need is CodeNeed.ALWAYS, listed.reason)
    whose = (
        Text("this user's own settings") if settings.customised else Text("the account's settings")
    )
    for rule in _GATING:
        if rule.gates in classification.types and getattr(settings.rules, rule.name):
            return CodeRequirement(
                True,
                Text(
                    "code required because '{label}' is on in {whose}",
                    label=rule.label,
                    whose=whose,
                ),
            )
    return CodeRequirement(
        False, Text("no code: {whose} do not require one for this call type", whose=whose)
    )


def may_validate(active_codes: int) -> bool:
    """*Validate account codes when dialed* needs at least one active code to check against."""
    return active_codes > 0
