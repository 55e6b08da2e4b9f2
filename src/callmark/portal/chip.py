"""What is asked of a list, one thing at a time: a page shows each, and takes it away alone."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing asked. ``rest`` is the question without it."""

    label: str
    value: str
    rest: str
