"""``callmark gate``, but no pause of its own makes it doubt what it heard.

A gate that is late to listen asks again without a word of blame, for digits may be lost. Fractions
of a second decide that, and a busy machine takes them at any time: a test that waits for *invalid
entry* would fail by speed alone. The phones here type once the switch plays the prompt, so nothing
of theirs is lost. What a late gate does is tested with the clock held: ``test_server.py`` beside
this folder, ``tests/policy/test_overload.py``.
"""

import math
import sys

from callmark.cli import main
from callmark.ops import supervisor
from callmark.policy import overload
from callmark.switches import lateness

if __name__ == "__main__":
    overload.GAP_SECONDS = math.inf
    lateness.LATE_SECONDS = math.inf
    supervisor.GATE = [sys.executable, __file__, "gate"]
    main()
