"""How many digits the codes of a list have: what the very first *Save* fixes for good."""

from collections import Counter

from callmark.accounts.refused import Refused
from callmark.codes.files import read_csv
from callmark.codes.lines import UnreadableFile
from callmark.policy.settings import CODE_LENGTHS
from callmark.policy.values import value_class


@value_class
class ProposedLength:
    """``fitting`` of ``codes`` codes have ``length`` digits; None: the list has none that fit."""

    length: int | None
    fitting: int
    codes: int


def proposed_length(data: bytes) -> ProposedLength:
    """The length that most codes of a list have, among those that an account may choose.

    Raises :class:`Refused` for what is no list.
    """
    lengths: Counter[int] = Counter()
    try:
        for row in read_csv(data):
            digits = row.code.code if row.code else ""
            lengths[len(digits) if digits.isascii() and digits.isdigit() else 0] += 1
    except UnreadableFile as unreadable:
        raise Refused(unreadable.message, "text") from None
    possible = [one for one in CODE_LENGTHS if lengths[one]]
    length = max(possible, key=lambda one: lengths[one], default=None)
    return ProposedLength(length, lengths[length] if length else 0, lengths.total())
