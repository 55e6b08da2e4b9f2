"""What is shown of an account code. How codes are encrypted and found: :mod:`callmark.keys`."""


def masked(digits: str) -> str:
    """What somebody sees who may not see the code: its length only."""
    return "•" * len(digits)
