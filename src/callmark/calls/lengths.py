"""How a length of talk, and how many calls, are written: on pages, in reports and statements."""

from datetime import timedelta

from django.utils.translation import ngettext

from callmark.local_formats import number


def clock(seconds: int) -> str:
    """Seconds as h:mm:ss; below zero, as an adjustment may be, with a sign."""
    minutes, left = divmod(abs(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{'-' if seconds < 0 else ''}{hours}:{minutes:02}:{left:02}"


def calls_in_words(count: int) -> str:
    """'1 call', '12,345 calls'."""
    return ngettext("{count} call", "{count} calls", count).format(count=number(count))


def in_minutes(seconds: int) -> str:
    """A length as the form reads it."""
    return str(timedelta(seconds=seconds)).removeprefix("0:")
