"""Which question led to a leg: one line that the switch carries from the asking channel on.

It is written by the gate alone, and stays what it is in every CDR.
"""

import re

from callmark.policy.values import value_class

_WRITTEN = re.compile(
    r"(?P<call>[0-9A-Za-z-]{1,64})/(?P<leg>[1-9][0-9]{0,3})/(?P<conversation>[0-9A-Za-z-]{1,64})"
    r"/(?P<asker>[^/;]{0,160})",
    re.ASCII,
)
_PHONE = re.compile(r"[A-Za-z0-9_.!~*()+-]{1,64}@[A-Za-z0-9_.:-]{1,90}", re.ASCII)
"""User and domain as they may stand in an argument: nothing that FreeSWITCH reads as its own."""


@value_class
class Origin:
    """A question: the UUID of the channel that asked, its how manieth, and the conversation.

    ``asker`` is the phone that asked, ``user@domain``, '' where the switch authenticated none.
    """

    call: str
    leg: int
    conversation: str
    asker: str = ""

    def __str__(self) -> str:
        asker = self.asker if _PHONE.fullmatch(self.asker) else ""
        return f"{self.call}/{self.leg}/{self.conversation}/{asker}"

    @classmethod
    def parse(cls, text: str) -> "Origin | None":
        """As it was written; None for anything else, such as ``none``."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            return None
        return cls(found["call"], int(found["leg"]), found["conversation"], found["asker"])
