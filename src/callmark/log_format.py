"""How log lines look: one event a line whatever is in it, the time in UTC, no address."""

import logging
import re
from datetime import UTC, datetime

# Also what ends a line for some readers, and what turns text around on a screen.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class OneLineFormatter(logging.Formatter):
    """Escapes control characters in messages: a number somebody dialed cannot forge a line.

    Tracebacks, which follow the message, keep their lines; each is indented, so that none looks
    like the beginning of an event.
    """

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002
        """ISO 8601 in UTC, whatever the machine's zone is."""
        moment = datetime.fromtimestamp(record.created, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line of the event."""
        return _CONTROLS.sub(_escaped, super().formatMessage(record))

    def formatException(self, ei: object) -> str:
        """The traceback, indented."""
        return _indented(super().formatException(ei))  # type: ignore[arg-type]

    def formatStack(self, stack_info: str) -> str:
        """The stack, indented."""
        return _indented(stack_info)


class NameInsteadOfAddress(logging.Filter):
    """Names the page in Django's line about a failure: its address may hold a link's token."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record through, its second argument (the path) replaced."""
        request = getattr(record, "request", None)
        if request is not None and isinstance(record.args, tuple) and len(record.args) == 2:
            match = getattr(request, "resolver_match", None)
            record.args = (record.args[0], match.view_name if match else "an unknown address")
        return True


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def _indented(text: str) -> str:
    return "\n".join(f"    {_CONTROLS.sub(_escaped, line)}" for line in text.split("\n"))
