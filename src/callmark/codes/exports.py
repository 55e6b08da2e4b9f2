"""Which columns an account's list of codes needs when it is exported."""

from typing import Any

from callmark.accounts.models import Account
from callmark.codes.models import CODE_IDS, AccountCode
from callmark.codes.use import have_rules
from callmark.codes.use_in_lists import UseInLists


def columns_of(account: Account) -> dict[str, Any]:
    """The options of :func:`~callmark.codes.files.write_csv`: no column that would be empty."""
    written_use = UseInLists(account).written if have_rules(account) else None
    return {"with_ids": have_ids(account), "written_use": written_use}


def have_ids(account: Account) -> bool:
    """Whether a code of the account has an id of another system."""
    without = dict.fromkeys(CODE_IDS, "")
    return AccountCode.objects.of(account).exclude(**without).exists()
