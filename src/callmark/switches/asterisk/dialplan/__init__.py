"""Writes the dialplan and features of an installation, for an Asterisk to include.

An operator calls ``Gosub(callmark-<account>,s,1(${EXTEN}))`` before ``Dial``. It returns when the
call may go on, and hangs up otherwise. Everything that must work while the gate does not, is here:
emergency numbers return before anything else happens, and the fail policy needs no gate.
"""

from callmark.switches.asterisk.dialplan.asking import ANSWER_SECONDS
from callmark.switches.asterisk.dialplan.fail_policy import CAUSE_REJECTED
from callmark.switches.asterisk.dialplan.files import (
    EXTENSIONS_FILE,
    FEATURES_FILE,
    README_FILE,
    write_configuration,
)
from callmark.switches.asterisk.dialplan.marks import (
    CONNECTED_WHILE_DOWN,
    EMERGENCY,
    REFUSED_WHILE_DOWN,
    USER_FIELD,
)

__all__ = [
    "ANSWER_SECONDS",
    "CAUSE_REJECTED",
    "CONNECTED_WHILE_DOWN",
    "EMERGENCY",
    "EXTENSIONS_FILE",
    "FEATURES_FILE",
    "README_FILE",
    "REFUSED_WHILE_DOWN",
    "USER_FIELD",
    "write_configuration",
]
