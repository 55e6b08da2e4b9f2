"""An account whose phones and trunks are scripted: ``tests.switches.phones`` against the switch.

The operator's part is here as the documentation tells it: one Gosub, then Dial of the number that
it hands back, on a second trunk when the first is full.
"""

import socket

from tests.switches.phones import Behaviour, Carrier, Phone
from tests.switches.phones import ring as ring_only

from .accounts import HARBOR
from .configuration import MEDIA
from .instance import Instance, free_port

TRUNKS = ("harbor-trunk", "harbor-second-trunk")
BY_INFO = "107"
"""The extension whose phone sends its keys by SIP INFO."""

FORWARDED = "150"
"""An extension that the switch itself forwards to :data:`FORWARDED_TO`, in the caller's channel."""
FORWARDED_TO = "9011442079460150"

LINES_OF_A_DID = "212555{}"


class Line:
    """Makes phones and carriers of the account HARBOR; they exist inside ``async with``."""

    def __init__(self, switch: Instance) -> None:
        self._switch = switch
        self._ports = {trunk: free_port(socket.SOCK_DGRAM) for trunk in TRUNKS}

    def phone(self, extension: str, behaviour: Behaviour = ring_only) -> Phone:
        name = HARBOR.phone(extension)
        return Phone(name, f"secret-{name}", self._address, behaviour=behaviour)

    def trunk(self, behaviour: Behaviour | None = None, *, second: bool = False) -> Carrier:
        """The carrier behind the first or the second trunk."""
        name = TRUNKS[second]
        password = f"secret-{name}"
        return Carrier(
            name, self._address, self._ports[name], password=password, behaviour=behaviour
        )

    @staticmethod
    def did(extension: str) -> str:
        """What the carrier dials to reach an extension from outside."""
        return LINES_OF_A_DID.format(extension.rjust(4, "0"))

    @property
    def _address(self) -> tuple[str, int]:
        return "127.0.0.1", self._switch.sip_port

    def configure(self) -> None:
        """Add to what the switch is configured with already."""
        with (self._switch.etc / "pjsip.conf").open("a") as file:
            file.write(self._pjsip())
        with (self._switch.etc / "extensions.conf").open("a") as file:
            file.write(_dialplan(contract=self._hands_a_number_back()))

    def _hands_a_number_back(self) -> bool:
        generated = self._switch.etc / f"callmark-{HARBOR.gate}" / "extensions_callmark.conf"
        return "CALLMARK_NUMBER" in generated.read_text()

    def _pjsip(self) -> str:
        parts = [""]
        for person in HARBOR.people:
            name = HARBOR.phone(person.extension)
            media = MEDIA
            if person.extension == BY_INFO:
                media = MEDIA.replace("dtmf_mode=rfc4733", "dtmf_mode=info")
            parts.append(
                f"[{name}]\ntype=endpoint\ncontext=from-harbor\nauth={name}\naors={name}\n"
                f"callerid=Harbor {person.extension} <{person.extension}>\n{media}"
                f"[{name}]\ntype=auth\nusername={name}\npassword=secret-{name}\n"
                f"[{name}]\ntype=aor\nmax_contacts=1\nremove_existing=yes\n"
            )
        for name, port in self._ports.items():
            parts.append(
                f"[{name}]\ntype=endpoint\ncontext=from-harbor-trunk\nauth={name}\naors={name}\n"
                f"{MEDIA}[{name}]\ntype=auth\nusername={name}\npassword=secret-{name}\n"
                f"[{name}]\ntype=aor\ncontact=sip:127.0.0.1:{port}\n"
            )
        return "\n".join(parts)


def _dialplan(*, contract: bool) -> str:
    inside = "\n".join(
        f"exten => {person.extension},1,Dial(PJSIP/{HARBOR.phone(person.extension)},30,"
        "b(callmark-harbor.called^s^1))"
        for person in HARBOR.people
    )
    dids = "\n".join(
        f"exten => {Line.did(person.extension)},1,Dial(PJSIP/{HARBOR.phone(person.extension)},30,"
        "b(callmark-harbor.called^s^1))"
        for person in HARBOR.people
    )
    return _DIALPLAN.format(
        # Letters need a second character: a lone h, i, s or t is the dialplan's own.
        whatever="\n".join(_ENTRY.format(pattern=one) for one in ("_[*+#0-9]!", "_[a-zA-Z].")),
        number="${CALLMARK_NUMBER}" if contract else "${IF($[${EXTEN:0:1}=9]?${EXTEN:1}:${EXTEN})}",
        options="${CALLMARK_DIAL_OPTIONS}",
        first=TRUNKS[0],
        second=TRUNKS[1],
        inside=inside,
        dids=dids,
        forwarded=FORWARDED,
        forwarded_to=FORWARDED_TO,
    )


_ENTRY = """exten => {pattern},1,Gosub(callmark-harbor,s,1(${{EXTEN}}))
 same => n,GotoIf(${{DIALPLAN_EXISTS(inside-harbor,${{EXTEN}},1)}}?inside-harbor,${{EXTEN}},1)
 same => n,Goto(outside-harbor,${{EXTEN}},1)"""

_DIALPLAN = """
[from-harbor]
{whatever}
[inside-harbor]
{inside}
exten => {forwarded},1,Goto(from-harbor,{forwarded_to},1)
[outside-harbor]
exten => _[*+#0-9a-zA-Z]!,1,Dial(PJSIP/{number}@{first},,{options})
 same => n,GotoIf($["${{DIALSTATUS}}" = "CONGESTION" | "${{DIALSTATUS}}" = "CHANUNAVAIL"]?next:end)
 same => n(next),Dial(PJSIP/{number}@{second},,{options})
 same => n(end),Hangup()
[from-harbor-trunk]
{dids}
"""
