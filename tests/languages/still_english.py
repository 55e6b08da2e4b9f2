"""Pages that have not been translated yet, by their names: take one off when it is."""

STILL_ENGLISH: frozenset[str] = frozenset(
    {
    }
)
