"""``python -m bench``: every comparison; with a name (``load``, say) that one alone.

Each is a process of its own: what one has set up or filled must not be another's.
"""

import subprocess
import sys

EVERY = ("decisions", "starting", "draining", "load")

for name in sys.argv[1:] or EVERY:
    subprocess.run([sys.executable, "-m", f"bench.{name}"], check=True)
