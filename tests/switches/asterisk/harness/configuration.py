"""What the two Asterisks are configured with: the switch as an operator would, and its outside."""

from collections.abc import Iterable

from .accounts import ACCOUNTS
from .instance import Instance

DEMO_PHONES = ("demo-100", "demo-101", "demo-102", "demo-103", "school-200", "school-201")
STRANGER = "acme-law-199"
"""A phone of the switch that nobody entered in Callmark."""

VOUCHED_FOR = "acme-law-door"
"""A phone whose endpoint, in pjsip.conf, says as whom it calls."""

DEMO_ACCOUNTS = ("demo", "school")


def all_phones() -> list[str]:
    ours = [account.phone(one.extension) for account in ACCOUNTS for one in account.people]
    return [*ours, *DEMO_PHONES, STRANGER, VOUCHED_FOR]


def configure_switch(pbx: Instance, phones_port: int, include_folders: Iterable[str]) -> None:
    """The operator's own part: endpoints, a trunk, and the three lines before Dial."""
    pbx.write("pjsip.conf", _switch_pjsip(pbx.sip_port, phones_port))
    includes = [f'#include "{folder}/extensions_callmark.conf"' for folder in include_folders]
    contexts = [_from_phones(slug) for slug in (*(a.slug for a in ACCOUNTS), *DEMO_ACCOUNTS)]
    pbx.write("extensions.conf", "\n".join([*includes, *contexts, _FROM_CARRIER]))
    features = [f'#include "{folder}/features_callmark.conf"' for folder in include_folders]
    pbx.write("features.conf", "\n".join(["[general]", *features, ""]))


def configure_phones(phones: Instance, pbx_port: int) -> None:
    """Every phone of every account, and everybody who can be called outside."""
    phones.write("pjsip.conf", _phones_pjsip(phones.sip_port, pbx_port))
    phones.write("extensions.conf", _PHONES_DIALPLAN)


def account_of(phone: str) -> str:
    return phone.rpartition("-")[0]


def _transport(port: int) -> str:
    # Several phones share one address here: the user name in From tells which, the password proves.
    return (
        "[global]\ntype=global\nendpoint_identifier_order=username,ip\n"
        f"[udp]\ntype=transport\nprotocol=udp\nbind=127.0.0.1:{port}\n"
    )


MEDIA = (
    "disallow=all\nallow=ulaw\ndtmf_mode=rfc4733\ndirect_media=no\nrtp_symmetric=yes\n"
    "media_address=127.0.0.1\n"
)


def _switch_pjsip(port: int, phones_port: int) -> str:
    parts = [_transport(port)]
    for phone in all_phones():
        parts.append(
            f"[{phone}]\ntype=endpoint\ncontext=from-{account_of(phone)}\nauth={phone}\n"
            f"aors={phone}\ncallerid={phone} <{phone.rpartition('-')[2]}>\ntrust_id_inbound=yes\n"
            f"{'set_var=CALLMARK_ENDPOINT=acme-law-120' if phone == VOUCHED_FOR else ''}\n"
            f"{MEDIA}[{phone}]\ntype=auth\nusername={phone}\npassword=secret-{phone}\n"
            f"[{phone}]\ntype=aor\ncontact=sip:{phone}@127.0.0.1:{phones_port}\n"
        )
    parts.append(
        f"[carrier]\ntype=endpoint\ncontext=from-carrier\nauth=carrier\naors=carrier\n{MEDIA}"
        "[carrier]\ntype=auth\nusername=carrier\npassword=secret-carrier\n"
        f"[carrier]\ntype=aor\ncontact=sip:127.0.0.1:{phones_port}\n"
    )
    return "\n".join(parts)


def _phones_pjsip(port: int, pbx_port: int) -> str:
    parts = [_transport(port)]
    for phone in (*all_phones(), "carrier"):
        parts.append(
            f"[{phone}]\ntype=endpoint\ncontext=nowhere\noutbound_auth={phone}\naors={phone}\n"
            f"from_user={phone}\nsend_pai=yes\nsend_rpid=yes\n{MEDIA}"
            f"[{phone}]\ntype=auth\nusername={phone}\npassword=secret-{phone}\n"
            f"[{phone}]\ntype=aor\ncontact=sip:127.0.0.1:{pbx_port}\n"
        )
    parts.append(
        # A thief: presents another phone's name, but has only its own password.
        "[thief]\ntype=endpoint\ncontext=nowhere\noutbound_auth=thief\naors=thief\n"
        f"from_user=acme-law-102\n{MEDIA}"
        "[thief]\ntype=auth\nusername=acme-law-101\npassword=secret-acme-law-101\n"
        f"[thief]\ntype=aor\ncontact=sip:127.0.0.1:{pbx_port}\n"
        f"[pbx]\ntype=endpoint\ncontext=outside\naors=pbx\n{MEDIA}"
        f"[pbx]\ntype=aor\ncontact=sip:127.0.0.1:{pbx_port}\n"
        f"[pbx]\ntype=identify\nendpoint=pbx\nmatch=127.0.0.1\n"
    )
    return "\n".join(parts)


def _from_phones(slug: str) -> str:
    extensions = "\n".join(
        f"exten => {person.extension},1,"
        f"Dial(PJSIP/{account.phone(person.extension)},30,b(callmark-{slug}.called^s^1))"
        for account in ACCOUNTS
        if account.slug == slug
        for person in account.people
    )
    return f"""
[from-{slug}]
exten => h,1,Hangup()
exten => _[*+#0-9a-zA-Z]!,1,Gosub(callmark-{slug},s,1(${{EXTEN}}))
 same => n,Set(N=${{CALLMARK_NUMBER}})
 same => n,GotoIf(${{DIALPLAN_EXISTS(inside-{slug},${{N}},1)}}?inside-{slug},${{N}},1)
 same => n,Dial(PJSIP/${{N}}@carrier,30,${{CALLMARK_DIAL_OPTIONS}})
 same => n,GotoIf($["${{DIALSTATUS}}" != "CONGESTION"]?over)
 same => n,Gosub(callmark-{slug},s,1(${{EXTEN}}))
 same => n,Dial(PJSIP/${{CALLMARK_NUMBER}}@carrier,30,${{CALLMARK_DIAL_OPTIONS}})
 same => n(over),Hangup()
[inside-{slug}]
{extensions}
"""


# What comes in names account and extension, and the number called if the trunk's context tells it:
# acme-law*101*2125550199.
_FROM_CARRIER = """
[operators-own]
exten => s,1,UserEvent(ConnectedLine,With: ${ARG1})
 same => n,Return()
[from-carrier]
exten => _[a-z].,1,Set(CALLERID(all)=Somebody <2125559999>)
 same => n,Set(ACCOUNT=${CUT(EXTEN,*,1)})
 same => n,Set(PHONE=${ACCOUNT}-${CUT(EXTEN,*,2)})
 same => n,Set(DID=${CUT(EXTEN,*,3)})
 same => n,ExecIf($["${DID}" != ""]?Gosub(callmark-${ACCOUNT}.inbound,s,1(${DID})))
 same => n,Dial(PJSIP/${PHONE},30,b(callmark-${ACCOUNT}.called^s^1))
"""

# A phone's call is a Local channel, so that a test can speak for the phone; what the phone really
# received is recorded on its SIP channel.
_PHONES_DIALPLAN = """
[phone]
exten => call,1,ExecIf($["${FORGED}" != ""]?Set(CALLERID(all)=${FORGED}))
 same => n,Dial(PJSIP/${NUMBER}@${PHONE},120,b(record^s^1)D(${AFTER_ANSWER}::${DIGITS}))
 same => n,Hangup(${HANGUPCAUSE})
[record]
exten => s,1,ExecIf($["${RECORDING}" != ""]?MixMonitor(${RECORDING}.wav,r(${RECORDING}-heard.wav)))
 same => n,Return()

[nowhere]
exten => _.,1,Hangup(21)

[outside]
; The last two digits say how the called party behaves.
exten => _[a-z+*0-9].,1,Goto(behaviour,${EXTEN:-2},1)
exten => _[*0-9],1,Goto(behaviour,answer,1)
[behaviour]
exten => 77,1,Wait(1)
 same => n,Progress()
 same => n,Playtones(1000/10000)
 same => n,Wait(4)
 same => n,Goto(answer,1)
exten => 78,1,Ringing()
 same => n,Wait(3)
 same => n,Goto(answer,1)
exten => 79,1,Busy(1)
exten => 80,1,Hangup(34)
exten => _X!,1,Goto(answer,1)
exten => answer,1,Answer()
 same => n,Wait(300)
"""
