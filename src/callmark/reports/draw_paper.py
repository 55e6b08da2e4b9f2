"""Draws one paper as PDF: a program of its own, so that what it needed is free when it ends.

Reads JSON, writes PDF. Typst remembers what it laid out last, some hundred megabytes of it: a web
process must not.
"""

import resource
import sys
from pathlib import Path

MOST_CPU = 60
"""Seconds that a paper may take."""


def main() -> None:
    """From standard input to standard output."""
    import typst  # noqa: PLC0415 (who asks whether it is there reads this file, too)

    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU, MOST_CPU))
    template = Path(__file__).parent / "templates" / "reports" / "paper.typ"
    paper = sys.stdin.buffer.read().decode()
    made = typst.compile(template.read_bytes(), format="pdf", sys_inputs={"paper": paper})
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
