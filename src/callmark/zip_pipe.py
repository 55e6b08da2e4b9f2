"""What a ZIP is written to that is sent while it is made: nobody can go back in it."""

import io
from typing import Any


class ZipPipe(io.RawIOBase):
    """A file that can only be written; what was written is taken away."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401 (whatever has bytes)
        """Keep it until it is taken."""
        part = bytes(memoryview(data))
        self._written.append(part)
        return len(part)

    def taken(self) -> bytes:
        """What was written since the last time."""
        data = b"".join(self._written)
        self._written.clear()
        return data
