"""An account whose phones and trunks are scripted: ``tests.switches.phones`` against the switch.

The operator's part is here as the documentation tells it: one Gosub, then Dial of the number that
it hands back, on a second trunk when the first is full.
"""

import socket

from tests.ports import free_port
from tests.switches.phones import Behaviour, Carrier, Phone
from tests.switches.phones import ring as ring_only

from .accounts import SCRIPTED, TestAccount
from .configuration import MEDIA
from .instance import Instance
from .office import dialplan

BY_INFO = "107"
"""The extension whose phone sends its keys by SIP INFO."""

UNLISTED = "199"
"""A phone of the switch that nobody entered in Callmark."""

FORWARDED = "150"
"""An extension that the switch itself forwards to :data:`FORWARDED_TO`, in the caller's channel."""
FORWARDED_TO = "9011442079460150"


class Line:
    """Makes phones and carriers of one account; they exist inside ``async with``."""

    def __init__(self, switch: Instance, account: TestAccount) -> None:
        self._switch = switch
        self.account = account
        self.trunks = (f"{account.slug}-trunk", f"{account.slug}-second")
        self._ports = {trunk: free_port(socket.SOCK_DGRAM) for trunk in self.trunks}

    def phone(self, extension: str, behaviour: Behaviour = ring_only) -> Phone:
        name = self.account.phone(extension)
        return Phone(name, f"secret-{name}", self._address, behaviour=behaviour)

    def trunk(self, behaviour: Behaviour | None = None, *, second: bool = False) -> Carrier:
        """The carrier behind the first or the second trunk."""
        name = self.trunks[second]
        port, password = self._ports[name], f"secret-{name}"
        return Carrier(name, self._address, port, password=password, behaviour=behaviour)

    @staticmethod
    def did(extension: str) -> str:
        """What the carrier dials to reach an extension from outside."""
        return f"212555{extension.rjust(4, '0')}"

    @property
    def _address(self) -> tuple[str, int]:
        return "127.0.0.1", self._switch.sip_port

    # --- what the switch is configured with

    def configure(self) -> None:
        """Add to what the switch is configured with already."""
        with (self._switch.etc / "pjsip.conf").open("a") as file:
            file.write(self._pjsip())
        with (self._switch.etc / "extensions.conf").open("a") as file:
            file.write(self._dialplan())

    def _transfers_to(self) -> str:
        """The context that transfers by the switch's keys look in."""
        return f"{self.account.slug}-keys"

    def _pjsip(self) -> str:
        parts = [""]
        for extension in self._extensions():
            name = self.account.phone(extension)
            media = MEDIA.replace("rfc4733", "info") if extension == BY_INFO else MEDIA
            parts.append(
                f"[{name}]\ntype=endpoint\ncontext=from-{self.account.slug}\nauth={name}\n"
                f"aors={name}\ncallerid={name} <{extension}>\n{media}"
                f"set_var=TRANSFER_CONTEXT={self._transfers_to()}\n"
                f"[{name}]\ntype=auth\nusername={name}\npassword=secret-{name}\n"
                f"[{name}]\ntype=aor\nmax_contacts=1\nremove_existing=yes\n"
            )
        for name, port in self._ports.items():
            parts.append(
                f"[{name}]\ntype=endpoint\ncontext={self.account.slug}-did\nauth={name}\n"
                f"aors={name}\n{MEDIA}[{name}]\ntype=auth\nusername={name}\n"
                f"password=secret-{name}\n[{name}]\ntype=aor\ncontact=sip:127.0.0.1:{port}\n"
            )
        return "\n".join(parts)

    def _dialplan(self) -> str:
        slug = self.account.slug
        first, second = self.trunks
        called = f"b(callmark-{slug}.called^s^1)"
        ring = f"1,Dial(PJSIP/{slug}-{{}},30,tT{called})"
        rings = {extension: ring.format(extension) for extension in self._extensions()}
        return "\n".join(
            (
                "",
                f"[from-{slug}]",
                *(
                    _ENTRY.format(pattern=pattern, slug=slug, first=first, second=second)
                    for pattern in _WHATEVER
                ),
                f"[{slug}-inside]",
                *(f"exten => {extension},{ring}" for extension, ring in rings.items()),
                f"exten => {FORWARDED},1,Goto(from-{slug},{FORWARDED_TO},1)",
                f"[{slug}-did]",
                *(f"exten => {self.did(extension)},{ring}" for extension, ring in rings.items()),
                "; Nobody's phone comes here: what a number that is more than one tries to reach.",
                f"[{slug}-out]",
                f"exten => _[*+0-9]!,1,Dial(PJSIP/${{EXTEN}}@{first})",
                *dialplan(slug, called),
                "",
            )
        )

    def _extensions(self) -> list[str]:
        return [*(person.extension for person in self.account.people), UNLISTED]


def lines_of(switch: Instance) -> dict[str, Line]:
    """One for each account with scripted phones, by slug."""
    return {account.slug: Line(switch, account) for account in SCRIPTED}


_WHATEVER = ("_[*+#0-9]!", "_[a-zA-Z].")
"""What phones may dial. Letters need a second character: a lone h, i, s or t is the dialplan's."""

_ENTRY = """exten => {pattern},1,Gosub(callmark-{slug},s,1(${{EXTEN}}))
 same => n,GotoIf(${{DIALPLAN_EXISTS({slug}-inside,${{CALLMARK_NUMBER}},1)}}?inside)
 same => n,Dial(PJSIP/${{CALLMARK_NUMBER}}@{first},,tT${{CALLMARK_DIAL_OPTIONS}})
 same => n,GotoIf($["${{DIALSTATUS}}" = "CONGESTION" | "${{DIALSTATUS}}" = "CHANUNAVAIL"]?:end)
 same => n,Dial(PJSIP/${{CALLMARK_NUMBER}}@{second},,tT${{CALLMARK_DIAL_OPTIONS}})
 same => n(end),Hangup()
 same => n(inside),Goto({slug}-inside,${{CALLMARK_NUMBER}},1)"""
