"""``callmark manage ...``."""
