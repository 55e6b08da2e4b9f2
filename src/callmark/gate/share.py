"""Which of several gate processes on a machine has an account's calls.

What a process remembers (codes of conversations, guesses, what is used of limits, last codes) is
right where one process hears all of an account's calls.
"""

from zlib import crc32

from callmark.policy.values import value_class

MOST_PROCESSES = 16


def owner_of(account_id: str, processes: int) -> int:
    """The process that has this account, from 1: the same wherever and whenever it is asked."""
    return crc32(account_id.encode()) % processes + 1


@value_class
class Share:
    """Of one process: which it is, from 1, and how many there are."""

    process: int = 1
    processes: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process does what only one of them may."""
        return self.process == 1

    def has(self, what: str) -> bool:
        """Whether this process has the account with this id, or anything else by its name."""
        return owner_of(what, self.processes) == self.process
