"""What a parser that is fed piece by piece makes of them."""

from collections.abc import Iterable
from typing import Protocol


class Parser(Protocol):
    """A protocol of ours, without a socket."""

    def receive(self, data: bytes) -> Iterable[object]:
        """What is complete with this piece."""


def received(protocol: Parser, pieces: list[bytes], error: type[Exception]) -> list[object]:
    """What the parser makes of it; an error ends it."""
    found: list[object] = []
    for piece in pieces:
        try:
            found += protocol.receive(piece)
        except error:
            return [*found, error]
    return found
