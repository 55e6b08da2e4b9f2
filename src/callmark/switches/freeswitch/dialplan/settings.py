"""What the operator says of their switch, apart from the accounts."""

import re

from callmark.policy.values import value_class
from callmark.switches.freeswitch.variables import DEFAULT_PORT, REALM

_HOST = r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:]{2,39}\]):[0-9]{1,5}"
LOOPBACK = re.compile(r"(?:127\.[0-9.]+|localhost|\[::1\]):[0-9]+")


@value_class
class Settings:
    """Values that cannot be written raise ``ValueError``.

    ``gate``: host and port, several separated by ``|``: the next one is tried when one refuses.
    ``emergency``: where emergency calls are bridged, such as ``sofia/gateway/carrier``, one after
    the other; without any they go to the operator's own route for the plain number. ``sounds``:
    the folder of the prompts, if not ``callmark`` among the switch's own. ``context``: that of all
    accounts' phones, where it is not the domain of their endpoints.
    """

    gate: str = f"127.0.0.1:{DEFAULT_PORT}"
    switch: str = "main"
    realm: str = REALM
    emergency: tuple[str, ...] = ()
    sounds: str = ""
    context: str = ""

    def __post_init__(self) -> None:
        _require(rf"{_HOST}(?:\|{_HOST})*", "gate's address", self.gate)
        _require(r"[a-zA-Z0-9_-]{1,40}", "switch name", self.switch)
        _require(r"[a-zA-Z0-9_-]{1,40}", "realm", self.realm)
        _require(r"[a-zA-Z0-9_./-]{0,200}", "folder of sounds", self.sounds)
        _require(r"[a-zA-Z0-9_.@-]{0,100}", "context", self.context)
        for route in self.emergency:
            _require(r"[a-zA-Z0-9_.-]+(?:/[a-zA-Z0-9_.-]+)+", "route for emergencies", route)

    @property
    def gate_is_here(self) -> bool:
        """Whether the gate is on the switch's own machine: only there a connect cannot hang."""
        return all(LOOPBACK.fullmatch(one) for one in self.gate.split("|"))


def _require(pattern: str, what: str, value: str) -> None:
    if not re.fullmatch(pattern, value):
        raise ValueError(f"the {what} {value!r} cannot be written into a dialplan")
