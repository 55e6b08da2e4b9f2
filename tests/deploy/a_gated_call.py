"""``python -m tests.deploy.a_gated_call PORT [SECRET]``: one call of the demo firm, with a code.

For installations that are tried from outside; the record in their database says how it went.
"""

import sys

from tests.upgrade.make_release_fixture import LONDON, Phones

if __name__ == "__main__":
    Phones(int(sys.argv[1]), "".join(sys.argv[2:])).call("try.1", "101", LONDON, "1234")
