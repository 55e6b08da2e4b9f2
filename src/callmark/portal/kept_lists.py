"""A list of codes between its preview and its import: the browser keeps it, encrypted.

So nothing of it lies on the server, and what is imported is what was previewed. It is good for the
same person and account, for an hour, and is checked again when it comes back.
"""

import time

from callmark.accounts.refused import Refused
from callmark.keys.installed import keyring
from callmark.keys.keyring import KeyProblem
from callmark.packing import packed, unpacked
from callmark.portal.pages import Here
from callmark.portal.rates_place import Place

GOOD_FOR_SECONDS = 3600
MOST_CHARACTERS = 2_300_000
"""Of a kept list. Django reads 2.5 MB of a form's fields; 100,000 usual codes take 1.5 MB."""

_AGAIN = "Choose the file or paste the list again."


def keep(here: Here | Place, data: bytes) -> str:
    """The list as the browser keeps it; '' if it is too long for that."""
    kept = keyring().encrypt(f"{_whose(here)} {int(time.time())} {packed(data)}")
    return kept if len(kept) <= MOST_CHARACTERS else ""


def kept_list(here: Here | Place, kept: str) -> bytes:
    """The list again. Raises :class:`Refused`."""
    try:
        whose, since, text = keyring().decrypt(kept).split(" ")
    except (KeyProblem, ValueError):
        whose, since, text = "", "0", ""
    if whose != _whose(here):
        raise Refused(f"This list cannot be used here. {_AGAIN}", code="list_not_kept")
    if time.time() - int(since) > GOOD_FOR_SECONDS:
        raise Refused(f"The preview is more than an hour old. {_AGAIN}", code="list_not_kept")
    return unpacked(text)


def _whose(here: Here | Place) -> str:
    whose = here.account.pk if here.account else "all"
    return f"list-of-codes:{whose}:{here.person.pk}"
