"""The switch under load: one Asterisk that knows every way to ask, and what they ask of.

A call's first letter says which: ``p`` plain Dial, ``r`` prompt and digits without a check, ``d``
FreePBX's PIN set in AstDB, ``a`` Authenticate with hashed PINs, ``g`` Callmark; ``c`` refuses at
once.
"""

import hashlib
import sqlite3
from pathlib import Path

from callmark.switches.alone.account import AccountDialplan
from callmark.switches.asterisk.dialplan import write_configuration
from callmark.switches.asterisk.sounds import install_prompts
from tests.switches.asterisk.harness.instance import Instance

USERS = 200
SLUG = "load"
REPOSITORY = Path(__file__).resolve().parents[2]
_MEDIA = "disallow=all\nallow=ulaw\ndirect_media=no\ndtmf_mode=auto_info\nrtp_symmetric=yes\n"


def endpoint(number: int) -> str:
    """The endpoint of a user."""
    return f"load-{100 + number}"


def configure(pbx: Instance, carrier_port: int, agi_port: int, codes: list[str]) -> None:
    """Everything before the start; ``codes`` are what each way of asking accepts."""
    _write_settings(pbx, carrier_port)
    extensions = tuple(str(100 + number) for number in range(USERS))
    account = AccountDialplan(SLUG, "US", extensions=extensions)
    gate, relay = (f"agi://127.0.0.1:{port}" for port in (agi_port, agi_port + 1))
    write_configuration(pbx.etc / "callmark", [account], gate, relay_url=relay)
    pins = pbx.etc / "pins"
    # The format of Authenticate's option m: account code and hash.
    hashed = (f"{n}:{hashlib.md5(code.encode()).hexdigest()}\n" for n, code in enumerate(codes))
    pins.write_text("".join(hashed))
    _fill_astdb(pbx.home / "db" / "astdb.sqlite3", codes)
    pbx.write("extensions.conf", _dialplan(pbx.inside(pins)))
    # Authenticate says thanks before it goes on: for 20 ms here, as it is not what is compared.
    for sound in pbx.sounds.glob("auth-thankyou.*"):
        sound.unlink()
    (pbx.sounds / "auth-thankyou.ulaw").write_bytes(b"\xff" * 160)
    install_prompts(REPOSITORY / "prompts", pbx.sounds)


def _write_settings(pbx: Instance, carrier_port: int) -> None:
    # As Debian ships it: nothing is traced, and there is no manager that makes events of all.
    pbx.write("logger.conf", "[general]\n[logfiles]\nfull.log => notice,warning,error\n")
    pbx.write("manager.conf", "[general]\nenabled=no\n")
    pbx.write("cdr_manager.conf", "[general]\nenabled=no\n")
    modules = (pbx.etc / "modules.conf").read_text()
    pbx.write("modules.conf", f"{modules}load=app_authenticate.so\n")
    rtp = (pbx.etc / "rtp.conf").read_text().split("rtpend")[0]
    begin = int(rtp.split("rtpstart=")[1])
    pbx.write("rtp.conf", f"{rtp}rtpend={begin + 9000}\nicesupport=no\n")
    pbx.write("features.conf", '[general]\n#include "callmark/features_callmark.conf"\n')
    phones = "".join(
        f"[{endpoint(n)}]\ntype=endpoint\ncontext=load\naors={endpoint(n)}\n{_MEDIA}"
        f"[{endpoint(n)}]\ntype=aor\nmax_contacts=1\n"
        for n in range(USERS)
    )
    pbx.write(
        "pjsip.conf",
        "[global]\ntype=global\nendpoint_identifier_order=username,ip\n"
        f"[udp]\ntype=transport\nprotocol=udp\nbind=127.0.0.1:{pbx.sip_port}\n"
        f"[carrier]\ntype=endpoint\ncontext=nowhere\naors=carrier\n{_MEDIA}"
        f"[carrier]\ntype=aor\ncontact=sip:127.0.0.1:{carrier_port}\n{phones}",
    )


def _fill_astdb(path: Path, codes: list[str]) -> None:
    with sqlite3.connect(path) as database:
        columns = "key VARCHAR(256), value VARCHAR(256), PRIMARY KEY(key)"
        database.execute(f"CREATE TABLE astdb ({columns})")
        rows = ((f"/PINSETS/1/{code}", "1") for code in codes)
        database.executemany("INSERT INTO astdb VALUES (?, ?)", rows)
    database.close()


def _dialplan(pins: str) -> str:
    asked = """Progress()
 same => n,Read(dtmf,callmark/enter-code,6,n,1,10)"""
    dialed = "Dial(PJSIP/${EXTEN:1}@carrier)"
    return f"""#include "callmark/extensions_callmark.conf"
[nowhere]
[load]
exten => _p.,1,{dialed}
exten => _r.,1,{asked}
 same => n,{dialed}
exten => _d.,1,{asked}
 same => n,GotoIf($["${{DB(PINSETS/1/${{dtmf}})}}" = ""]?wrong)
 same => n,{dialed}
 same => n(wrong),Hangup(21)
exten => _a.,1,Authenticate({pins},m,6,callmark/enter-code)
 same => n,{dialed}
exten => _c.,1,Congestion(0)
exten => _g.,1,Gosub(callmark-{SLUG},s,1(${{EXTEN:1}}))
 same => n,Dial(PJSIP/${{CALLMARK_NUMBER}}@carrier,,${{CALLMARK_DIAL_OPTIONS}})
"""
