"""``callmark gate``, but no pause of its own makes it doubt what it heard.

A gate that is late to listen asks again without a word of blame, for digits may be lost. Fractions
of a second decide that, and a busy machine takes them at any time: a test that waits for *invalid
entry* would fail by speed alone. The phones here type once the switch plays the prompt, so nothing
of theirs is lost. What a late gate does is tested with the clock held: ``test_server.py`` beside
this folder, ``tests/policy/test_overload.py``. Nor does one of several processes answer a call that
the one which has the account is late to take: ``tests/ops/test_several_gate_processes.py``.
"""

import math
import os
import sys
from contextlib import suppress
from pathlib import Path

from callmark.cli import main
from callmark.ops import supervisor
from callmark.policy import overload
from callmark.switches import lateness, siblings


def come_first() -> None:
    """Have the processors before what gives way to phones (the Makefile), as root.

    Linux gives each session an equal part, and in its part alone one program gives way to another.
    Each of several gate processes has a session of its own.
    """
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text("-20")


if __name__ == "__main__":
    come_first()
    overload.GAP_SECONDS = math.inf
    lateness.LATE_SECONDS = math.inf
    siblings.PATIENCE_SECONDS = 10.0
    supervisor.GATE = [sys.executable, __file__, "gate"]
    main()
