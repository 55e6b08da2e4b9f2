"""What an agent sent and received, to be shown with a failure; digits typed are not in it."""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from .message import Message

_KEPT = 200


class Trace:
    """The last messages in order, each with its second since the agent started."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._start = time.monotonic()
        self._lines: deque[str] = deque(maxlen=_KEPT)

    def add(self, arrow: str, message: Message) -> None:
        second = time.monotonic() - self._start
        text = _without_digits(message).to_bytes().decode("utf-8", "backslashreplace")
        indented = "\n    ".join(text.rstrip().splitlines())
        self._lines.append(f"{second:8.3f} {self._name} {arrow}\n    {indented}")

    def remark(self, text: str) -> None:
        self._lines.append(f"{time.monotonic() - self._start:8.3f} {self._name} {text}")

    def __str__(self) -> str:
        return "\n".join(self._lines)

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Show the trace with whatever fails inside."""
        try:
            yield
        except BaseException as error:
            error.add_note(f"SIP of {self._name}:\n{self}")
            raise


def _without_digits(message: Message) -> Message:
    if b"dtmf" not in message["content-type"].lower():
        return message
    return Message(message.start, message.headers, b"(digits)")
