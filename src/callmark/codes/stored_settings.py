"""An account's own settings of account codes."""

from django.utils.translation import gettext

from callmark.accounts.models import Account
from callmark.accounts.refused import Refused
from callmark.codes.models import AccountCodeSettings


def settings_of(account: Account, *, lock: bool = False) -> AccountCodeSettings:
    """The account's settings. Raises :class:`Refused` before the very first *Save*."""
    query = AccountCodeSettings.objects.of(account)
    settings = (query.select_for_update(no_key=True) if lock else query).first()
    if settings is None:
        raise Refused(
            gettext(
                "Set up Account Codes first: choose the account code length under Account > "
                "Account Codes."
            ),
            code="not_set_up",
        )
    return settings
