"""How the dialplan asks: the AGI application, its address and its named arguments."""

import re
from urllib.parse import urlsplit

from callmark.policy.values import value_class
from callmark.switches.alone.account import require
from callmark.switches.asterisk.report_file import report_folder

FASTAGI_PORT = 4573
LINKED = "${CHANNEL(linkedid)}"
NOW = "${STRFTIME(,,%s.%3q)}"
MILLISECONDS = "${STRFTIME(,,%s%3q)}"


@value_class
class Agi:
    """Where the switch reaches the gate, and the relay beside it. Raises ``ValueError``."""

    gate_url: str
    relay_url: str
    switch: str

    def __post_init__(self) -> None:
        _check_url(self.gate_url)
        _check_url(self.relay_url)
        require(r"[a-zA-Z0-9_-]{1,40}", "switch name", self.switch)

    def by_relay(self, script: str, account: str, **values: str) -> str:
        """The application that asks through the relay, which bounds how long it takes."""
        return self._call(self.relay_url, script, account, values)

    def directly(self, script: str, account: str, **values: str) -> str:
        """The application that asks the gate itself; the dialplan must bound it."""
        return self._call(self.gate_url, script, account, values)

    def reporting(self, account: str) -> str:
        """The application by which the relay is told ``ARG2``, as the script ``ARG1``."""
        return f"AGI({self.relay_url}/${{ARG1}}?switch={self.switch}&account={account},${{ARG2}})"

    @property
    def report_folder(self) -> str:
        """Where the relay of this port takes reports from a file, as the dialplan names it."""
        return f"${{ASTSPOOLDIR}}/{report_folder(self.relay_port)}"

    @property
    def relay_port(self) -> int:
        """The port of the relay; FastAGI's own, where none is named."""
        return urlsplit(self.relay_url).port or FASTAGI_PORT

    def _call(self, url: str, script: str, account: str, values: dict[str, str]) -> str:
        # One argument for all: the switch writes a line for each, and we read it.
        return f"AGI({url}/{script}?switch={self.switch}&account={account},{joined(values)})"


def joined(values: dict[str, str]) -> str:
    """Named values as one argument. They must be encoded where they come from outside."""
    return "&".join(f"{name}={value}" for name, value in values.items())


def encoded(expression: str) -> str:
    """A value from outside: encoded, it can neither end an argument nor start a new one."""
    return f"${{URIENCODE({expression})}}"


def plain(expression: str) -> str:
    """The same without parentheses, which are not encoded and would hide the next comma."""
    return f"${{FILTER(0-9A-Za-z%*_.~!,{encoded(expression)})}}"


SYSTEM = encoded("${SYSTEMNAME}")
ENTITY = encoded("${ENTITYID}")
ENDPOINT = encoded("${CALLMARK_ENDPOINT}")


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    host = rf"{parts.scheme}://[a-zA-Z0-9_.:\[\]-]+"
    if parts.scheme not in {"agi", "hagi"} or not re.fullmatch(host, url):
        raise ValueError(f"{url!r} is not agi://host:port (nothing may follow the port)")
