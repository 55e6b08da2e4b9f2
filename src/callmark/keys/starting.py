"""What every process asks at its start, and the one place where a key file is made."""

import logging

from django.conf import settings
from django.db import DatabaseError

from callmark.keys import key_file
from callmark.keys.columns import one_of_each
from callmark.keys.installed import keyring, refresh
from callmark.keys.keyring import KeyProblem, missing

log = logging.getLogger("callmark.keys")


def require_keys() -> None:
    """Raise :class:`KeyProblem`, which says what to do, unless the file reads this database.

    A database that cannot be asked is another matter: the file alone is looked at then.
    """
    refresh()
    keys = keyring()
    try:
        for _, value in one_of_each():
            if not keys.knows(value):
                raise missing(value.partition(":")[0])
    except DatabaseError:
        log.warning("the database could not be asked whether the key file is the right one")


def create_keys() -> bool:
    """Make the key file of a new installation; whether it was made (it may be there already).

    Raises :class:`KeyProblem` when the database holds encrypted values: what is lost is not
    replaced by something that cannot read them.
    """
    path = settings.CODE_KEYS_FILE
    if path.exists():
        return False
    for column, _ in one_of_each():
        raise KeyProblem(
            f"the code key file {path} is missing, and the database holds values that it "
            f"encrypted ({column}): a new key could not read them. Put the file back from your "
            "back-up, or set CALLMARK_CODE_KEYS_FILE to where it is"
        )
    try:
        return key_file.create(path)
    except OSError as problem:
        raise KeyProblem(
            f"the code key file {path} cannot be written ({problem.strerror}): make its folder, "
            "and let the user that Callmark runs as write there"
        ) from None


def create_keys_after_migrating(**_: object) -> None:
    """For ``post_migrate``: a new database gets its keys; one that lacks them is left as it is."""
    try:
        if create_keys():
            path = settings.CODE_KEYS_FILE
            log.info("made the code key file %s: back it up, apart from the database", path)
    except KeyProblem as problem:
        log.error("%s", problem)
