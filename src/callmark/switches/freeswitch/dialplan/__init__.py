"""Writes the dialplan of an installation, for a FreeSWITCH to include.

An operator includes one file first in the context of an account's phones. Everything that must work
while the gate does not is in it: emergency calls go on before anything else happens, and the fail
policy needs no gate.
"""

from callmark.switches.freeswitch.dialplan.files import (
    CONTEXTS_FILE,
    INBOUND_FILE,
    README_FILE,
    hook_file,
    write_configuration,
    written_files,
)
from callmark.switches.freeswitch.dialplan.settings import Settings

__all__ = [
    "CONTEXTS_FILE",
    "INBOUND_FILE",
    "README_FILE",
    "Settings",
    "hook_file",
    "write_configuration",
    "written_files",
]
