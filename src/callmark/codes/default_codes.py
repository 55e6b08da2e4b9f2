"""A user's default code: what stands in where a call needs a code and nobody can be asked."""

from django.utils.translation import gettext

from callmark.accounts.models import Account
from callmark.accounts.refused import Refused
from callmark.codes.models import AccountCode, UserCodeSettings
from callmark.keys.installed import keyring


def usable_default(stored: UserCodeSettings, code: AccountCode | None) -> AccountCode | None:
    """The code, if it may be this user's default; raises :class:`Refused` if not.

    One that became inactive meanwhile may stay: it counts again once it is active.
    """
    if code is None or code.pk == stored.default_code_id:
        return code
    if code.account_id != stored.user.account_id or not code.active:
        raise Refused(gettext("Choose one of the account's active codes."), "default_code")
    return code


def active_code_called(account: Account, text: str) -> AccountCode:
    """The account's one active code with these digits or this name (in any case of letters)."""
    codes = AccountCode.objects.of(account).filter(active=True)
    by_digits = codes.filter(code_lookup__in=keyring().lookups(account.pk, text)).first()
    if by_digits is not None:
        return by_digits
    named = list(codes.filter(name__iexact=text)[:2])
    if len(named) > 1:
        raise Refused(
            gettext("Several codes have this name: enter the digits instead."), "default_code"
        )
    if not named:
        raise Refused(
            gettext(
                "No active code has this name or these digits. Write the name as in the list "
                "of codes."
            ),
            "default_code",
        )
    return named[0]
