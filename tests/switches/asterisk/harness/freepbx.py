"""A line whose switch has a dialplan of FreePBX's shape: its context names, its order of includes.

The dialplan is ours. What it does where Callmark's hooks are, and the variables it leaves, is what
was seen on the dialplan that FreePBX 17 generates.
"""

import socket
from pathlib import Path

from callmark.switches.alone.account import AccountDialplan
from callmark.switches.asterisk.dialplan import write_configuration
from callmark.switches.asterisk.dialplan.agi import Agi
from callmark.switches.asterisk.freepbx import PLACES, FreePbx, remove_freepbx, write_freepbx
from tests.ports import free_port

from .accounts import OFFICE
from .gate import GateProcess
from .instance import Instance
from .line import Line

FOLLOW_ME, GROUP, INSIDE_GROUP, MENU = "204", "600", "601", "7777"
FOLLOWED_TO = "92125550706"
IN_THE_GROUP = "92125550707"
PIN = "4711"
DELETED = "299"
"""An extension that Callmark's files still name and FreePBX no longer has."""


class FreePbxLine(Line):
    """Its hooks are written as the command writes them; tests may take them away."""

    def __init__(self, switch: Instance, gate: GateProcess) -> None:
        super().__init__(switch, OFFICE)
        self._gate = gate
        self.folder: Path = switch.etc / "callmark-office"

    def _transfers_to(self) -> str:
        return "from-internal-xfer"

    def configure(self) -> None:
        etc = self._switch.etc
        custom = {
            "extensions.conf": _DIALPLAN.format(
                includes=f"#include {PLACES['freepbx_extensions.conf']}",
                first=self.trunks[0],
                second=self.trunks[1],
            ),
            "features.conf": "[applicationmap]\n#include features_applicationmap_custom.conf\n"
            "[featuremap]\nblindxfer => ##\natxfer => *2\n",
            "pjsip.conf": f"{self._pjsip()}\n#include pjsip.endpoint_custom_post.conf\n",
        }
        for name, text in custom.items():
            with (etc / name).open("a") as file:
                file.write(text)
        for ours, theirs in PLACES.items():
            (etc / theirs).write_text(f"#tryinclude callmark-office/{ours}\n")
        self.write()

    def write(self, *, inside: bool = False, dead: bool = False) -> None:
        """Write Callmark's files; ``dead``: for a gate and a relay that do not run."""
        ports = self._gate.port, self._gate.relay_port
        if dead:
            ports = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_STREAM)
        agi = Agi(f"agi://127.0.0.1:{ports[0]}", f"agi://127.0.0.1:{ports[1]}", "main")
        plan = AccountDialplan(
            slug=OFFICE.slug,
            country="US",
            outside_prefix=OFFICE.outside_prefix,
            extensions=tuple(self._extensions()),
            own_numbers=(GROUP, MENU),
        )
        write_configuration(self.folder, [plan], agi.gate_url, agi.switch, agi.relay_url)
        endpoints = (*self._extensions(), DELETED)
        etc, system = self._switch.etc, FreePbx()
        write_freepbx(self.folder, etc, plan, endpoints, system, inside=inside)

    def remove(self) -> None:
        """Undo it all."""
        remove_freepbx(self.folder)

    def _pjsip(self) -> str:
        return (
            super()
            ._pjsip()
            .replace(f"context=from-{OFFICE.slug}\n", "context=from-internal\n")
            .replace(f"context={OFFICE.slug}-did\n", "context=from-pstn\n")
        )


_DIALPLAN = """
{includes}
[from-internal]
include => from-internal-noxfer
include => from-internal-xfer
include => bad-number
[from-internal-noxfer]
include => from-internal-noxfer-custom
[from-internal-xfer]
include => from-internal-custom
include => from-internal-additional
exten => h,1,Hangup()
[from-internal-additional]
include => app-cf-on
include => ext-group
include => ext-findmefollow
include => ext-local
include => outbound-allroutes
include => app-menu
exten => h,1,Hangup()

[app-cf-on]
exten => _*72X.,1,Gosub(macro-user-callerid,s,1())
 same => n,Set(DB(CF/${{AMPUSER}})=${{EXTEN:3}})
 same => n,Answer()
 same => n,Hangup()
[app-menu]
exten => 7777,1,NoOp()
 same => n,Answer()
 same => n,UserEvent(Menu,Caller: ${{CHANNEL}})
 same => n,Hangup()

[ext-local]
exten => _20X,1,Set(__RINGTIMER=15)
 same => n,Gosub(macro-exten-vm,s,1(novm,${{EXTEN}},0,0,0))
[ext-findmefollow]
exten => 204,1,Gosub(macro-user-callerid,s,1())
 same => n,Set(__NODEST=${{EXTEN}})
 same => n,Gosub(macro-dial,s,1(20,Tt,92125550706))
[ext-group]
exten => 600,1,Gosub(macro-user-callerid,s,1())
 same => n,Set(__NODEST=${{EXTEN}})
 same => n,Gosub(macro-dial,s,1(20,Tt,92125550707))

exten => 601,1,Gosub(macro-user-callerid,s,1())
 same => n,Set(__NODEST=${{EXTEN}})
 same => n,Gosub(macro-dial,s,1(20,Tt,202))

[outbound-allroutes]
include => outbound-allroutes-custom
include => outrt-1
include => outrt-2
include => outrt-3
exten => foo,1,NoOp(bar)
[outrt-1]
exten => 911,1,Gosub(macro-user-callerid,s,1(LIMIT,EXTERNAL,))
 same => n,Set(EMERGENCYROUTE=YES)
 same => n,Gosub(macro-dialout-trunk,s,1(1,${{EXTEN}},,off))
[outrt-2]
exten => _901133.,1,Gosub(macro-user-callerid,s,1(LIMIT,EXTERNAL,))
 same => n,Gosub(macro-pinsets,s,1(1,0))
 same => n,Gosub(macro-dialout-trunk,s,1(1,${{EXTEN:1}},,off))
[outrt-3]
exten => _9.,1,Gosub(macro-user-callerid,s,1(LIMIT,EXTERNAL,))
 same => n,Set(_NODEST=)
 same => n,Gosub(macro-dialout-trunk,s,1(1,${{EXTEN:1}},,off))
 same => n,Gosub(macro-dialout-trunk,s,1(2,${{EXTEN:1}},,off))
 same => n,Gosub(macro-outisbusy,s,1())
[macro-outisbusy]
exten => s,1,Congestion(1)
[macro-pinsets]
exten => s,1,Progress()
 same => n,Read(PIN,beep,4,n,1,10)
 same => n,GotoIf($["${{PIN}}" = "4711"]?:s,1)
 same => n,Return()

[macro-user-callerid]
exten => s,1,GotoIf($["${{CHANNEL(channeltype)}}" = "PJSIP"]?:other)
 same => n,Set(__AMPUSER=${{CUT(CUT(CHANNEL,-,1),/,2)}})
 same => n(other),ExecIf($["${{ARG2}}" = "EXTERNAL"]?Set(OUTSIDE_ID=2125550199))
 same => n,Return()

[macro-dialout-trunk]
exten => s,1,Set(DIAL_TRUNK=${{ARG1}})
 same => n,Set(OUTNUM=${{ARG2}})
 same => n,Set(DIAL_TRUNK_OPTIONS=T)
 same => n,Set(HEADERS=b(func-apply-sipheaders^s^1))
 same => n,GotoIf($["${{OUTSIDE_ID}}" = ""]?nobody)
 same => n,Set(TRUNK=${{IF($[${{ARG1}} = 1]?{first}:{second})}})
 same => n,Gosub(macro-dialout-trunk-predial-hook,s,1())
 same => n,Dial(PJSIP/${{OUTNUM}}@${{TRUNK}},300,${{DIAL_TRUNK_OPTIONS}}${{HEADERS}})
 same => n,GotoIf($["${{DIALSTATUS}}" = "CONGESTION" | "${{DIALSTATUS}}" = "CHANUNAVAIL"]?:over)
 same => n,Return()
 same => n(nobody),NoOp(the caller's outside ID was not set)
 same => n(over),Hangup()

[macro-exten-vm]
exten => s,1,Gosub(macro-user-callerid,s,1())
 same => n,Set(__EXTTOCALL=${{ARG2}})
 same => n,Gosub(macro-dial-one,s,1(15,Tt,${{EXTTOCALL}}))
 same => n,GotoIf($["${{DIALSTATUS}}" = "BUSY" & "${{DB(CFB/${{EXTTOCALL}})}}" != ""]?:over)
 same => n,Set(__DIVERSION_REASON=user-busy)
 same => n,Dial(Local/${{DB(CFB/${{EXTTOCALL}})}}@from-internal/n,15,Tt)
 same => n(over),Hangup()
[macro-dial-one]
exten => s,1,Set(DEXTEN=${{ARG3}})
 same => n,Set(D_OPTIONS=${{ARG2}})
 same => n,GotoIf($["${{DB(CF/${{DEXTEN}})}}" = ""]?ring)
 same => n,Set(__DIVERSION_REASON=unconditional)
 same => n,Goto(from-internal,${{DB(CF/${{DEXTEN}})}},1)
 same => n(ring),Gosub(macro-dialout-one-predial-hook,s,1())
 same => n,Set(__FORWARD_CONTEXT=from-internal)
 same => n,Set(__TRANSFER_CONTEXT=from-internal-xfer)
 same => n,Dial(PJSIP/${{DEXTEN}},${{ARG1}},${{D_OPTIONS}}b(func-apply-sipheaders^s^1))
 same => n,Return()
[macro-dial]
exten => s,1,Gosub(macro-dial-ringall-predial-hook,s,1())
 same => n,Set(__EXTTOCALL=${{IF($["${{NODEST}}" = "204"]?${{ARG3}}#)}})
 same => n,Dial(Local/${{ARG3}}@from-internal/n,${{ARG1}},${{ARG2}}b(func-apply-sipheaders^s^1))
 same => n,Hangup()
[func-apply-sipheaders]
exten => s,1,Return()

[from-pstn]
include => from-pstn-custom
include => ext-did
[ext-did]
exten => _212555XXXX,1,Set(__FROM_DID=${{EXTEN}})
 same => n,Set(__DIRECTION=INBOUND)
 same => n,Goto(from-did-direct,${{EXTEN:7}},1)
[from-did-direct]
include => ext-group
include => ext-findmefollow
include => ext-local

[macro-dialout-trunk-predial-hook]
exten => s,1,Return()
[macro-dialout-one-predial-hook]
exten => s,1,Return()
[macro-dial-ringall-predial-hook]
exten => s,1,Return()
[macro-dial-hunt-predial-hook]
exten => s,1,Return()

[bad-number]
exten => _X.,1,NoOp()
 same => n,UserEvent(BadNumber,Number: ${{EXTEN}})
 same => n,Hangup(1)
"""
