"""Where a code's name is written in the switch's own CDR: the operator's choice.

A column of our own by default: an endpoint's account code is often what an operator bills by, and
with ``accountlogs`` of cdr.conf each value of it gets a file.
"""

import re

from callmark.policy.values import value_class

DEFAULT = "callmark"

ACCOUNT_CODE, USER_FIELD, NONE = "accountcode", "userfield", "none"

_LONGEST_BYTES = {ACCOUNT_CODE: 79, USER_FIELD: 200}
"""AST_MAX_ACCOUNT_CODE less its end; and room for a mark of the dialplan in 255 bytes."""

_OTHERS_BYTES = 79
_TAKEN = frozenset(
    {"clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "start"}
    | {"answer", "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "linkedid"}
    | {"peeraccount", "sequence"}
)


@value_class
class CdrField:
    """One field of Asterisk's CDR."""

    name: str

    @classmethod
    def parse(cls, text: str) -> "CdrField":
        """``accountcode``, ``userfield``, ``none`` or a column of the operator's own.

        Raises ``ValueError`` for a name that Asterisk fills itself or that is not a name.
        """
        name = text.strip()
        if name.lower() in {ACCOUNT_CODE, USER_FIELD, NONE}:
            return cls(name.lower())
        if name.lower() in _TAKEN:
            raise ValueError(f"{name!r} is a field that Asterisk fills itself")
        if not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]{0,39}", name):
            raise ValueError(
                f"{name!r} is neither accountcode, userfield, none nor a column's name "
                "(letters, digits and _)"
            )
        return cls(name)

    @property
    def variable(self) -> str | None:
        """The dialplan's name for it, to be set on the channel; None: nothing is written."""
        if self.name == NONE:
            return None
        return "CHANNEL(accountcode)" if self.name == ACCOUNT_CODE else f"CDR({self.name})"

    def value(self, code_name: str) -> str:
        """The name of a code as it is written there: one line, as long as there is room."""
        text = "".join(one if one.isprintable() else " " for one in code_name)
        if self.name == USER_FIELD:
            # The dialplan's marks stand there: no name may look like one, or hide one.
            text = text.replace(":", " ").replace(";", " ")
        longest = _LONGEST_BYTES.get(self.name, _OTHERS_BYTES)
        return text.strip().encode()[:longest].decode("utf-8", "ignore")


OWN_COLUMN = CdrField(DEFAULT)
