"""An account's short name, which stands in addresses and in the switch's configuration for good."""

import re
import unicodedata

from callmark.accounts.models import Account

LONGEST = 40
RESERVED = frozenset({"add"})
"""Parts of the portal's own addresses, where an account's short name would be."""
_WHERE_THERE_IS_NO_LETTER = "account"
_COMPANY = re.compile(
    r"-(?:inc|llc|llp|ltd|limited|gmbh|corp|corporation|plc|pllc|pc|sa|sarl|ag|bv|pty)$"
)


def suggested_short_name(name: str) -> str:
    """A short name that no account has, made from the account's name.

    Letters lose their accents and others that have no Latin base are left out; what a company is
    (Ltd., LLC) goes without saying. ``Société Générale, Inc.`` gives ``societe-generale``, and
    ``societe-generale-2`` where that is taken.
    """
    latin = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    # An apostrophe or a period within a word is no gap: O'Brien, A.B.C.
    words = re.sub(r"(?<=[a-z])['.](?=[a-z])", "", latin)
    plain = re.sub(r"[^a-z0-9]+", "-", words).strip("-")
    plain = _COMPANY.sub("", plain)[:LONGEST].strip("-") or _WHERE_THERE_IS_NO_LETTER
    taken = set(Account.objects.filter(slug__startswith=plain[:30]).values_list("slug", flat=True))
    taken |= RESERVED
    if plain not in taken:
        return plain
    number = 2
    while (numbered := f"{plain[: LONGEST - 1 - len(str(number))]}-{number}") in taken:
        number += 1
    return numbered
