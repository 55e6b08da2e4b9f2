"""Whether a call that the switch let through by itself should have had a code."""

from callmark.accounts.models import User
from callmark.codes.listed_numbers import number_list
from callmark.codes.models import AccountCodeSettings, UserCodeSettings
from callmark.policy.numbering import CallType, Classification, NumberingPlan
from callmark.policy.settings import UserSettings, code_requirement, effective_settings


def would_need_a_code(account_id: object, user: User | None, call_type: str, e164: str) -> bool:
    """Whether the payer's rules, as they are now, want a code of this type of call.

    Of a call of nobody known, the account's own rules. ``e164`` is '' where it is not known: the
    list of numbers says nothing of it then.
    """
    account = AccountCodeSettings.objects.of(account_id).select_related("account").first()
    if account is None or call_type not in set(CallType):
        return False
    own = UserSettings(enabled=True)
    if user is not None:
        stored = UserCodeSettings.objects.of(user).first()
        own = stored.value if stored is not None else UserSettings()
    settings = effective_settings(account.value, own)
    kind = CallType(call_type)
    number = e164 or None
    classification = Classification("", number, kind, frozenset({kind}), number, ())
    country = account.account.country
    listed = number_list(account.account).deciding(classification, NumberingPlan(country))
    return code_requirement(settings, classification, listed).required
