"""FreePBX (15 to 17): Callmark in the places that it leaves to its customers.

Belongs here: the hooks and what they do (`contexts`), the files and where they go (`files`), what
an installation tells about itself (`reading`). Does not belong here: the question itself, which is
`dialplan`'s for every Asterisk.
"""

from callmark.switches.asterisk.freepbx.contexts import OUTSIDE, FreePbx
from callmark.switches.asterisk.freepbx.files import (
    PLACES,
    RELOAD,
    remove_freepbx,
    where,
    write_freepbx,
)
from callmark.switches.asterisk.freepbx.reading import (
    GENERATED,
    includes_custom_contexts,
    is_freepbx,
    read_freepbx,
    routes_past_the_hook,
)

__all__ = [
    "GENERATED",
    "OUTSIDE",
    "PLACES",
    "RELOAD",
    "FreePbx",
    "includes_custom_contexts",
    "is_freepbx",
    "read_freepbx",
    "remove_freepbx",
    "routes_past_the_hook",
    "where",
    "write_freepbx",
]
