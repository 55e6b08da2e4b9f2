"""What is asked of a list, one thing at a time: a page shows each, and takes it away alone."""

from callmark.policy.values import value_class


@value_class
class Chip:
    """One thing asked. ``rest`` is the question without it."""

    label: str
    value: str
    rest: str
