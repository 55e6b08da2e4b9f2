"""Who may use the FastAGI port: certain addresses, and switches that know the secret.

Anyone who can speak to the port can ask for any user's calls and write records, so it listens on
loopback unless told otherwise. The secret is in a file beside the switch's own configuration. The
gate asks the switch to read it there: in the dialplan, Asterisk would write it to its log.
"""

import hmac
import re
import secrets
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import field
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

from callmark.policy.values import value_class
from callmark.switches.asterisk.protocol import Reply, command
from callmark.switches.asterisk.session import AgiSession

SECRET_FILE = "callmark_secret.conf"  # noqa: S105 (a name, no secret)
_SECRET_EXPRESSION = f"${{AST_CONFIG(callmark/{SECRET_FILE},gate,secret)}}"
SECRET_QUESTION = command("GET FULL VARIABLE", _SECRET_EXPRESSION)
"""How a switch is asked for what it knows: the gate's question, and the relay's in its place."""
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,100}")


@value_class
class Access:
    """The networks that may connect, and the secret; '' asks for none.

    While it is being changed there are two, separated by a comma: switches may have either.
    """

    networks: tuple[IPv4Network | IPv6Network, ...]
    secret: str = field(default="", repr=False)

    @classmethod
    def of(cls, networks: Iterable[str], secret: str = "") -> "Access":
        """From text such as ``127.0.0.0/8``. Raises ``ValueError`` that says what is wrong."""
        if secret and not all(_SECRET.fullmatch(one) for one in secret.split(",")):
            raise ValueError("the AGI secret must be 16 to 100 letters, digits, '-' or '_'")
        return cls(tuple(ip_network(network.strip()) for network in networks), secret)

    def admits(self, address: str) -> bool:
        """Whether this address may connect; an IPv4 address may come written as IPv6."""
        return _is_in(self.networks, address)

    async def is_known_to(self, session: AgiSession) -> bool:
        """Whether the switch behind this connection has the secret in its configuration."""
        if not self.secret:
            return True
        reply = await session.run("GET FULL VARIABLE", _SECRET_EXPRESSION)
        return self.is_shown_by(reply)

    def is_shown_by(self, reply: Reply) -> bool:
        """Whether this is what a switch with the secret answers to :data:`SECRET_QUESTION`."""
        known = [one.encode() for one in self.secret.split(",")]
        return not self.secret or any(
            hmac.compare_digest(reply.note.encode(), one) for one in known
        )


@lru_cache(maxsize=256)
def _is_in(networks: tuple[IPv4Network | IPv6Network, ...], address: str) -> bool:
    """Remembered: a switch connects for each call, always from the same address."""
    came_from = ip_address(address.partition("%")[0])
    came_from = getattr(came_from, "ipv4_mapped", None) or came_from
    return any(came_from in network for network in networks)


LOOPBACK = Access.of(("127.0.0.0/8", "::1/128"))


def write_secret(directory: Path, secret: str) -> Path:
    """Write the file that the switch reads, for its own eyes, into ``.../callmark``.

    Of several secrets it gets the first: the new one.
    """
    path = directory / SECRET_FILE
    path.touch(mode=0o640)
    path.write_text(f"[gate]\nsecret = {secret.partition(',')[0]}\n")
    with suppress(LookupError, PermissionError):
        # Asterisk reads it as its own user, which has this group on Debian, FreePBX and Issabel.
        shutil.chown(path, group="asterisk")
    return path


def make_secret(path: Path) -> str:
    """A new secret, kept for the gate in a file that only its own user can read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600, exist_ok=False)
    secret = secrets.token_urlsafe(32)
    path.write_text(secret)
    return secret
