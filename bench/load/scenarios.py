"""The phones and the carrier as sipp scenarios.

Both write a line for each moment that matters, with microseconds: when a call was placed, heard its
early media, sent its last digit, and how it ended; and when the carrier got which number.
"""

_SDP = """
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
"""

CARRIER = f"""<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="carrier">
<recv request="INVITE">
 <action>
  <ereg regexp="sip:([0-9]+)@" search_in="msg" check_it="true" assign_to="1,2"/>
  <log message="[timestamp] [$2]"/>
 </action>
</recv>
<send><![CDATA[
SIP/2.0 180 Ringing
[last_Via:]
[last_From:]
[last_To:];tag=[pid]c[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Length: 0

]]></send>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[pid]c[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>{_SDP}
]]></send>
<recv request="ACK" optional="true"/>
<recv request="BYE"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
<Reference variables="1"/>
</scenario>
"""
"""Rings and answers at once, and waits for the BYE."""


def phones(
    *,
    digits: bool,
    answered: bool = False,
    gap_ms: int = 70,
    before_ms: int = 300,
    talk_ms: int = 400,
) -> str:
    """A phone: dials ``[field1]`` as ``[field0]``, types six digits of ``[field2]``, talks.

    ``before_ms`` go by from the early media to the first digit, ``gap_ms`` to the next ones.
    ``answered``: it is answered to be asked, and types then.
    """
    typed = _HEARD + _typed(gap_ms, before_ms) if digits and not answered else ""
    typed_later = _typed(gap_ms, before_ms, last="") if digits and answered else ""
    return f"""<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="phones">
<nop><action><log message="[timestamp] [field1] placed"/></action></nop>
<send retrans="500" start_txn="invite"><![CDATA[
INVITE sip:[field1]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]p[call_number]
To: <sip:[field1]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:[field0]@[local_ip]:[local_port]>
Max-Forwards: 70{_SDP}
]]></send>
<recv response="100" optional="true" response_txn="invite"/>
<recv response="403" optional="true" response_txn="invite" next="refused"/>
<recv response="503" optional="true" response_txn="invite" next="refused"/>
{typed}<recv response="180" optional="true" response_txn="invite"/>
<recv response="183" optional="true" response_txn="invite"/>
<recv response="403" optional="true" response_txn="invite" next="refused"/>
<recv response="503" optional="true" response_txn="invite" next="refused"/>
<recv response="200" response_txn="invite" rrs="true">
 <action><log message="[timestamp] [field1] answered"/></action>
</recv>
<send ack_txn="invite"><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]p[call_number]
To: <sip:[field1]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
{typed_later}<pause milliseconds="{talk_ms}"/>
<send retrans="500" start_txn="bye"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]p[call_number]
To: <sip:[field1]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 20 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200" response_txn="bye" next="over"/>
<label id="refused"/>
<nop><action><log message="[timestamp] [field1] refused"/></action></nop>
<send ack_txn="invite"><![CDATA[
ACK sip:[field1]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]p[call_number]
To: <sip:[field1]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
<label id="over"/>
</scenario>
"""


def _typed(gap_ms: int, before_ms: int, *, last: str = ' optional="true"') -> str:
    """Six digits by INFO: as cheap for the switch as digits can be.

    ``last``: whether the reply to the last one is waited for; the call's own may come before it.
    """
    parts = []
    for place in range(6):
        parts.append(f'<pause milliseconds="{gap_ms if place else before_ms}"/>\n')
        if place == 5:
            parts.append(
                '<nop><action><log message="[timestamp] [field1] typed"/></action></nop>\n'
            )
        parts.append(_info(place, last if place == 5 else ""))
    return "".join(parts)


_HEARD = (
    '<recv response="183" response_txn="invite" rrs="true">'
    '<action><log message="[timestamp] [field1] heard"/></action></recv>\n'
)


def _info(place: int, optional: str) -> str:
    return f"""<send retrans="500" start_txn="digit{place}"><![CDATA[
INFO [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]p[call_number]
To: <sip:[field1]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: {2 + place} INFO
Max-Forwards: 70
Content-Type: application/dtmf-relay
Content-Length: [len]

Signal=[field{2 + place}]
Duration=100
]]></send>
<recv response="200"{optional} response_txn="digit{place}"/>
"""
