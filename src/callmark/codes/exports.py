"""Which columns an account's list of codes needs when it is exported."""

from typing import Any

from callmark.accounts.models import Account
from callmark.codes.services import have_ids
from callmark.codes.use import have_rules
from callmark.codes.use_in_lists import UseInLists


def columns_of(account: Account) -> dict[str, Any]:
    """The options of :func:`~callmark.codes.files.write_csv`: no column that would be empty."""
    written_use = UseInLists(account).written if have_rules(account) else None
    return {"with_ids": have_ids(account), "written_use": written_use}
