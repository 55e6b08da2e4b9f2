"""An authenticator app as on a phone: RFC 6238, written here apart from what is tested."""

import base64
import hmac
import re
import struct
import time


def code_of(key: str, at: float | None = None) -> str:
    """The six digits that the app shows for this key, now or at some time."""
    counter = struct.pack(">Q", int(time.time() if at is None else at) // 30)
    digest = hmac.digest(base64.b32decode(key), counter, "sha1")
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def key_on(page: str) -> str:
    """The key that a page shows to those who cannot scan."""
    found = re.search(r'class="totp-key">([A-Z2-7]+)<', page)
    assert found, page
    return found[1]


def recovery_codes_on(page: str) -> list[str]:
    """The recovery codes that a page shows."""
    return re.findall(r"<li><code>(\d{8})</code></li>", page)
