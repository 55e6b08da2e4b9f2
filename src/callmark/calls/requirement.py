"""Whether a call that the switch let through by itself should have had a code."""

from callmark.accounts.models import User
from callmark.codes.models import AccountCodeSettings, UserCodeSettings
from callmark.policy.numbering import CallType, Classification
from callmark.policy.settings import EffectiveSettings, code_requirement


def would_need_a_code(account_id: object, user: User | None, call_type: str) -> bool:
    """Whether the payer's rules, as they are now, want a code of this type of call.

    Of a call of nobody known, the account's own rules.
    """
    account = AccountCodeSettings.objects.of(account_id).first()
    if account is None or not account.allowed or call_type not in set(CallType):
        return False
    rules, enabled = account.rules, True
    if user is not None:
        own = UserCodeSettings.objects.of(user).first()
        enabled = own is not None and own.enabled
        rules = own.rules if own is not None and own.override else rules
    effective = EffectiveSettings(
        active=enabled,
        code_length=account.code_length,
        max_retries=account.max_retries,
        rules=rules,
    )
    kind = CallType(call_type)
    classification = Classification("", None, kind, frozenset({kind}), None, ())
    return code_requirement(effective, classification).required
