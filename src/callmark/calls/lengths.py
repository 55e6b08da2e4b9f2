"""How a length of talk is written: on pages, in reports and on statements alike."""

from datetime import timedelta


def clock(seconds: int) -> str:
    """Seconds as h:mm:ss; below zero, as an adjustment may be, with a sign."""
    minutes, left = divmod(abs(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{'-' if seconds < 0 else ''}{hours}:{minutes:02}:{left:02}"


def in_minutes(seconds: int) -> str:
    """A length as the form reads it."""
    return str(timedelta(seconds=seconds)).removeprefix("0:")
