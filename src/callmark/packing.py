"""A list as one line of text, as short as it gets: to be kept by a browser or until it is read."""

import base64
import bz2


def packed(data: bytes) -> str:
    """Compressed, in characters that any column and any form can hold."""
    return base64.b85encode(bz2.compress(data)).decode()


def unpacked(text: str) -> bytes:
    """The list again. Raises ``ValueError`` for anything else."""
    try:
        return bz2.decompress(base64.b85decode(text))
    except OSError as damaged:
        raise ValueError("not a packed list") from damaged
