"""Changes to account-code settings and codes: every rule of who needs what, each all or nothing.

The portal, the API and the command line call these. ``actor`` is who asks, for the audit; None:
the one the origin names. A code's digits never go into the audit.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import EllipsisType

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from callmark.accounts.changes import change
from callmark.accounts.locks import lock_account
from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.accounts.versions import refuse_if_changed, version_of
from callmark.audit.actions import Action
from callmark.codes.checking import Checker
from callmark.codes.default_codes import usable_default
from callmark.codes.files import NewCode
from callmark.codes.models import (
    CODE_IDS,
    USE_COLUMNS,
    AccountCode,
    AccountCodeSettings,
    UserCodeSettings,
)
from callmark.codes.names import checked_ids, checked_label, checked_name
from callmark.codes.stored_settings import settings_of
from callmark.codes.use import StoredUse, keeps_the_last_code, usable_code_count
from callmark.policy.guessing import is_guessable, lucky_guess_chance
from callmark.policy.prompt_options import PromptOptions
from callmark.policy.rules import RULE_NAMES, CodeRules
from callmark.policy.settings import (
    CODE_LENGTHS,
    MAX_RETRIES,
    Unasked,
    may_validate,
)
from callmark.policy.values import value_class


@value_class
class SaveCounts:
    """How many users each choice of the save dialog touches."""

    follow_defaults: int
    customised: int
    not_enabled: int

    @property
    def enabled(self) -> int:
        """All users who have account codes enabled, with custom settings or without."""
        return self.follow_defaults + self.customised


@value_class
class SettingsChange:
    """What *Save* on the account's settings page sends, without the code length. None: as it is."""

    max_retries: int
    rules: CodeRules
    unasked: Unasked | None = None
    options: PromptOptions | None = None


def enable_account_codes(
    account: Account, *, code_length: int, max_retries: int, actor: User | None
) -> AccountCodeSettings:
    """The very first *Save*: fixes the code length for good. *Allow* stays off."""
    if AccountCodeSettings.objects.of(account).exists():
        raise Refused(
            gettext(
                "Account Codes is already set up on this account. The code length cannot be "
                "changed."
            ),
            code="already_set_up",
        )
    if code_length not in CODE_LENGTHS:
        raise Refused(gettext("Choose an account code length of 3 to 7 digits."), "code_length")
    _check_max_retries(max_retries)
    settings = AccountCodeSettings(
        account=account, code_length=code_length, max_retries=max_retries
    )
    entered = ("code_length", "max_retries")
    with change(account, Action.CODES_SET_UP, settings, actor=actor, only=entered):
        return settings


def save_counts(account: Account) -> SaveCounts:
    """Count the users that the save dialog speaks of."""
    users = User.objects.of(account).filter(is_active=True)
    enabled = users.filter(code_settings__enabled=True)
    customised = enabled.filter(code_settings__override=True).count()
    return SaveCounts(
        follow_defaults=enabled.count() - customised,
        customised=customised,
        not_enabled=users.count() - enabled.count(),
    )


def save_account_settings(
    account: Account,
    wanted: SettingsChange,
    *,
    enable_everyone: bool,
    expected_version: int,
    actor: User | None,
) -> AccountCodeSettings:
    """The second *Save*, in the dialog: allow the feature with these defaults.

    ``enable_everyone`` also turns on users who were turned off on purpose. Raises :class:`Refused`
    when somebody else saved after ``expected_version``, and then changes nothing.
    """
    settings = settings_of(account)
    with change(account, Action.SETTINGS_SAVED, settings, actor=actor) as saved:
        _next_version(settings, expected_version)
        _check_max_retries(wanted.max_retries)
        if wanted.rules.validate:
            _require_a_code_to_validate(account)
        settings.allowed = True
        settings.max_retries = wanted.max_retries
        settings.rules = wanted.rules
        settings.unasked = wanted.unasked.value if wanted.unasked else settings.unasked
        settings.options = wanted.options or settings.options
        if enable_everyone:
            saved.after["users_turned_on"] = _enable_everyone(account)
    return settings


def turn_off(
    account: Account, *, delete_custom_settings: bool, expected_version: int, actor: User | None
) -> AccountCodeSettings:
    """Turn *Allow account codes* off and disable it for every user. Codes are kept.

    Custom settings are deleted, or kept to come back when the feature does for their users.
    """
    settings, users = settings_of(account), UserCodeSettings.objects.of(account)
    with change(account, Action.CODES_TURNED_OFF, settings, actor=actor) as turned_off:
        _next_version(settings, expected_version)
        settings.allowed = False
        turned_off.after["users_turned_off"] = users.filter(enabled=True).update(enabled=False)
        if delete_custom_settings:
            own = users.filter(override=True)
            turned_off.after["custom_settings_deleted"] = own.count()
            users.update(override=False, **dict.fromkeys(RULE_NAMES, False))
    return settings


@transaction.atomic
def save_user_settings(
    user: User,
    *,
    enabled: bool,
    override: CodeRules | None,
    default_code: AccountCode | EllipsisType | None = ...,
    expected_version: str | None = None,
    actor: User | None,
) -> UserCodeSettings:
    """A user's Settings tab. ``override`` None: the account's defaults apply.

    The user's *proceed after max retries* can change only while the account's is on.
    ``default_code`` stands in where nobody can be asked for a code; None: none does, ...: as it is.
    ``expected_version`` is compared with :func:`user_settings_version`; None: changed in any case.
    """
    account = _account_of(user)
    defaults = settings_of(account)
    if enabled:
        refuse_while_off(defaults)
    stored, _ = UserCodeSettings.objects.of(user).get_or_create(user=user)
    with change(account, Action.USER_SETTINGS_SAVED, stored, actor=actor, about=user):
        refuse_if_changed(expected_version, user_settings_version(stored))
        if override is not None:
            if override.validate:
                _require_a_code_to_validate(account)
            stored.rules = _with_allowed_proceed(defaults, stored, override)
        stored.enabled = enabled
        stored.override = override is not None
        if not isinstance(default_code, EllipsisType):
            stored.default_code = usable_default(stored, default_code)
    return stored


def refuse_while_off(settings: AccountCodeSettings) -> None:
    """Raise :class:`Refused` where nobody can have account codes."""
    if not settings.allowed:
        raise Refused(
            gettext(
                "Account Codes is off for this account. Turn on Allow account codes under "
                "Account > Account Codes first."
            ),
            "enabled",
            code="account_codes_off",
        )


def user_settings_version(stored: UserCodeSettings) -> str:
    """What changes whenever somebody changes a user's settings."""
    return version_of(stored, ("enabled", "override", "default_code_id", *RULE_NAMES))


def _with_allowed_proceed(
    defaults: AccountCodeSettings, stored: UserCodeSettings, override: CodeRules
) -> CodeRules:
    """While the account's *proceed* is off, the user's own value waits unchanged."""
    if defaults.rules.proceed_after_max_retries:
        return override
    kept = stored.override and stored.rules.proceed_after_max_retries
    if override.proceed_after_max_retries and not kept:
        raise Refused(
            gettext(
                "Allow call to proceed after max retries can be turned on for a user only "
                "while it is on for the account."
            ),
            "proceed_after_max_retries",
            code="proceed_off_at_account",
        )
    return replace(override, proceed_after_max_retries=kept)


def guess_warning(
    account: Account, max_retries: int | None = None, codes: int | None = None
) -> float | None:
    """The chance (0-1) of a lucky guess in one call, if high enough to warn of; else None."""
    settings = settings_of(account)
    tries = max_retries or settings.max_retries
    codes = usable_code_count(account) if codes is None else codes
    if not is_guessable(codes, settings.code_length, tries):
        return None
    return lucky_guess_chance(codes, settings.code_length, tries)


@transaction.atomic
def add_code(
    account: Account,
    *,
    name: str,
    code: str,
    actor: User | None,
    ids: Mapping[str, str] | None = None,
    use: StoredUse | None = None,
    label: str = "",
) -> AccountCode:
    """Add a code: exactly the account's number of digits, leading zeros count, once per account.

    ``ids``: what other systems call it, by the names of :data:`CODE_IDS`. ``use``: its own rules.
    """
    settings = settings_of(account, lock=True)
    for problem in Checker(settings, only=code).problems_of(NewCode(0, name, code)):
        raise Refused(problem.message, problem.column, code=problem.reason)
    added = new_code(account, name.strip(), code)
    added.label = checked_label(label)
    for column, text in checked_ids(ids or {}).items():
        setattr(added, column, text)
    (use or StoredUse()).checked(account).put_on(added)
    with change(account, Action.CODE_ADDED, added, actor=actor):
        return added


def new_code(account: Account, name: str, digits: str) -> AccountCode:
    """An unsaved row; callers have checked the digits."""
    code = AccountCode(account=account, name=name)
    code.code = digits
    return code


def rename_code(
    code: AccountCode, *, name: str, expected_version: str | None = None, actor: User | None
) -> AccountCode:
    """Change the name. Digits never change: add a new code and delete the old one.

    ``expected_version`` is compared with :func:`code_version`; None: changed in any case.
    """
    with change(code.account, Action.CODE_RENAMED, code, actor=actor):
        refuse_if_changed(expected_version, code_version(code))
        code.name = checked_name(name, settings_of(code.account).code_length)
    return code


@transaction.atomic
def change_code(
    code: AccountCode,
    *,
    name: str,
    ids: Mapping[str, str],
    use: StoredUse | None = None,
    label: str | None = None,
    expected_version: str | None = None,
    actor: User | None,
) -> AccountCode:
    """Change the name, these of the ids, and its own rules. With the name alone it is renamed.

    ``use``, ``label`` None: as they are. The last usable code stays usable while it is needed.
    """
    ids, use = dict(checked_ids(ids)), use or StoredUse.of(code)
    ids |= {"label": code.label if label is None else checked_label(label)}
    if use == StoredUse.of(code) and all(getattr(code, one) == ids[one] for one in ids):
        return rename_code(code, name=name, expected_version=expected_version, actor=actor)
    settings = settings_of(code.account, lock=True)
    with change(code.account, Action.CODE_CHANGED, code, actor=actor):
        refuse_if_changed(expected_version, code_version(code))
        code.name = checked_name(name, settings.code_length)
        for column, text in ids.items():
            setattr(code, column, text)
        with keeps_the_last_code(code, "given such dates"):
            use.checked(code.account, kept=code.user_ids).put_on(code)
    return code


def code_version(code: AccountCode) -> str:
    """What changes whenever somebody renames a code, or changes its label, ids or rules."""
    return version_of(code, ("name", "label", *CODE_IDS, *USE_COLUMNS))


@transaction.atomic
def set_code_active(code: AccountCode, *, active: bool, actor: User | None) -> AccountCode:
    """Activate or deactivate a code; the last active one stays while it is needed."""
    settings_of(code.account, lock=True)
    action = Action.CODE_ACTIVATED if active else Action.CODE_DEACTIVATED
    changing = change(code.account, action, code, actor=actor)
    with changing, keeps_the_last_code(code, "deactivated"):
        code.active = active
    return code


@transaction.atomic
def delete_code(code: AccountCode, *, actor: User | None) -> None:
    """Delete a code; old call records keep its digits and name."""
    # A call with it that is being stored is seen, or finds it gone.
    lock_account(code.account_id)
    settings_of(code.account, lock=True)
    with change(code.account, Action.CODE_DELETED, code, actor=actor):
        with keeps_the_last_code(code, "deleted"):
            code.active = False
        code.delete()


def _require_a_code_to_validate(account: Account) -> None:
    if not may_validate(usable_code_count(account, at_most=1)):
        raise Refused(
            gettext(
                "Add at least one account code before you turn on Validate account codes "
                "when dialed."
            ),
            "validate",
            code="no_active_code",
        )


def _enable_everyone(account: Account) -> int:
    """Turn every active user on; return for how many that was a change."""
    users = User.objects.of(account).filter(is_active=True)
    off = UserCodeSettings.objects.of(account).filter(user__in=users, enabled=False)
    turned_on = off.update(enabled=True)
    missing = users.filter(Q(code_settings__isnull=True))
    added = UserCodeSettings.objects.bulk_create(
        [UserCodeSettings(user=user, enabled=True) for user in missing]
    )
    return turned_on + len(added)


def _next_version(settings: AccountCodeSettings, expected: int) -> None:
    refuse_if_changed(expected, settings.version)
    settings.version += 1


def _check_max_retries(max_retries: int) -> None:
    if max_retries not in MAX_RETRIES:
        raise Refused(gettext("Choose 1 to 9 retries; 3 to 5 is usual."), "max_retries")


def _account_of(user: User) -> Account:
    if user.account is None:
        raise Refused(
            gettext("An operator belongs to no account and has no account code settings.")
        )
    return user.account
