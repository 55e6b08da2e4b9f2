"""How much of the storm runs: a sample in ``make test``, the whole in ``make storm``.

``scripts/storm`` sets the variables; figures are printed at the end of each part.
"""

import logging
import os
from pathlib import Path

WHOLE = "CALLMARK_STORM" in os.environ
SEED = int(os.environ.get("CALLMARK_STORM_SEED", "7"))


def amount(name: str, whole: int, sample: int) -> int:
    """How many of something: ``CALLMARK_STORM_<NAME>`` when the storm runs."""
    return int(os.environ.get(f"CALLMARK_STORM_{name}", whole)) if WHOLE else sample


def tell(figures: str) -> None:
    """A line of the storm's report, kept where ``scripts/storm`` says."""
    logging.getLogger("storm").warning(figures)
    if path := os.environ.get("CALLMARK_STORM_REPORT"):
        with Path(path).open("a") as file:
            file.write(figures + "\n")
