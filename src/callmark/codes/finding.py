"""Codes by their digits, their names and their labels."""

from django.db.models import Q, QuerySet

from callmark.accounts.models import Account
from callmark.codes.models import AccountCode
from callmark.containing import containing
from callmark.keys.installed import keyring


def find_code(account: Account, digits: str) -> AccountCode | None:
    """The account's code with exactly these digits, active or not."""
    lookups = keyring().lookups(account.pk, digits)
    return AccountCode.objects.of(account).filter(code_lookup__in=lookups).first()


def search_codes(
    account: Account, text: str, *, label: str = "", active: bool | None = None
) -> QuerySet[AccountCode]:
    """Codes whose name has the text in it, or whose digits are exactly the text.

    ``label``, ``active``: only those; '' and None: whatever they are.
    """
    codes = AccountCode.objects.of(account)
    if label:
        codes = codes.filter(label=label)
    if active is not None:
        codes = codes.filter(active=active)
    has_it = containing("name", text) | Q(code_lookup__in=keyring().lookups(account.pk, text))
    return codes.filter(has_it) if text else codes
