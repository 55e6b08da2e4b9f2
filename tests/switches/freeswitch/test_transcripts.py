"""Dialogues of real calls on FreeSWITCH 1.10.12, as they came, split at any byte."""

import pytest

from callmark.switches.freeswitch.ends import leg_ends
from callmark.switches.freeswitch.event_socket import Disconnect, Event, EventSocket, Message, Reply
from callmark.switches.freeswitch.identity import leg_request, tag_request
from callmark.switches.freeswitch.legs import Legs
from callmark.switches.freeswitch.port import has_listened
from tests.switches.freeswitch.test_event_socket import OPENED


def said(*lines: str) -> bytes:
    """An event, as the socket sends it."""
    body = "".join(f"{line}\n" for line in lines) + "\n"
    return f"Content-Length: {len(body)}\nContent-Type: text/event-plain\n\n{body}".encode()


def notice(*lines: str) -> bytes:
    body = "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"
    head = "".join(f"{line}\n" for line in ("Content-Type: text/disconnect-notice", *lines))
    return f"{head}Content-Length: {len(body)}\n\n{body}".encode()


OK = b"Content-Type: command/reply\nReply-Text: +OK\n\n"
READ = ("Application: read", "Application-UUID: 6d948001", "Unique-ID: A")
ENTRY = b"".join(
    [
        OK,
        said("Event-Name: CHANNEL_EXECUTE", *READ),
        said(
            "Event-Name: CHANNEL_EXECUTE_COMPLETE",
            *READ,
            "Answer-State: early",
            "variable_read_result: success",
            "variable_callmark_entry: 1234",
        ),
    ]
)
CONNECT = b"".join(
    [
        OK,
        said("Event-Name: CHANNEL_EXECUTE", "Application: set", "Unique-ID: A"),
        said(
            "Event-Name: CHANNEL_EXECUTE_COMPLETE",
            "Application: set",
            "Unique-ID: A",
            "variable_callmark_result: connect",
        ),
        OK,
        b"Content-Type: command/reply\nReply-Text: +OK bye\n\n",
        notice("Content-Disposition: disconnect"),
    ]
)
HUNG_UP = ("Unique-ID: A", "Answer-State: hangup", "Hangup-Cause: ORIGINATOR_CANCEL")
HANG_UP = b"".join(
    [
        said("Event-Name: CHANNEL_HANGUP", *HUNG_UP),
        said("Event-Name: CHANNEL_EXECUTE_COMPLETE", "Application: read", *HUNG_UP),
        said("Event-Name: CHANNEL_UNPARK", *HUNG_UP),
        said("Event-Name: CHANNEL_EXECUTE_COMPLETE", "Application: socket", *HUNG_UP),
        said("Event-Name: CHANNEL_STATE", *HUNG_UP),
        said("Event-Name: CHANNEL_STATE", *HUNG_UP),
        said(
            "Event-Name: CHANNEL_HANGUP_COMPLETE",
            *HUNG_UP,
            "variable_answer_epoch: 0",
            "variable_billsec: 0",
            "variable_sip_hangup_disposition: recv_cancel",
        ),
        notice("Content-Disposition: linger", "Linger-Time: 10"),
        OK,
    ]
)
STAR = b"".join(
    [
        said(
            "Event-Name: CUSTOM",
            "Event-Subclass: callmark%3A%3Astar",
            "Unique-ID: A",
            "Other-Leg-Unique-ID: T",
            "Answer-State: answered",
            "variable_sip_authorized: true",
            "variable_sip_auth_username: 101",
            "variable_sip_auth_realm: acme.test",
            "variable_domain_name: acme.test",
            "variable_signal_bond: T",
            "variable_last_matching_digits: *50",
        ),
        OK,
        said(
            "Event-Name: CHANNEL_HANGUP_COMPLETE",
            "Unique-ID: T",
            "Call-Direction: outbound",
            "variable_originating_leg_uuid: A",
            "variable_callmark_of: A/1/A/101%40acme.test",
            "variable_start_uepoch: 1764142000000000",
            "variable_answer_uepoch: 1764142002000000",
            "variable_end_uepoch: 1764142005000000",
            "variable_billsec: 3",
        ),
        b"Content-Type: command/reply\nReply-Text: -ERR invalid session id [A]\n\n",
    ]
)
SECOND_QUESTION = b"""\
Event-Name: CHANNEL_DATA
Unique-ID: T
Channel-Name: sofia/external/0111
Call-Direction: outbound
Answer-State: answered
Caller-Destination-Number: 0112
Caller-RDNIS: 0111
Caller-Context: acme.test
variable_originating_leg_uuid: A
variable_last_bridge_to: A
variable_bridge_uuid: A
variable_sip_refer_to: %3Csip%3A0112%40acme.test%3E
variable_sip_h_Referred-By: %3Csip%3A102%40acme.test%3E
variable_transfer_source: 1764142003%3A9f%3Abl_xfer%3A0112/acme.test/XML
Content-Type: command/reply
Reply-Text: %2BOK%0A
Socket-Mode: async
Control: full

"""


def understood(stream: bytes) -> list[Message]:
    return EventSocket().receive(stream)


@pytest.mark.parametrize(
    "stream", [OPENED, ENTRY, CONNECT, HANG_UP, STAR, SECOND_QUESTION], ids="ABCDEF"
)
def test_wherever_it_is_split_it_says_the_same(stream: bytes) -> None:
    whole = understood(stream)
    assert whole
    one_by_one = EventSocket()
    assert [one for byte in stream for one in one_by_one.receive(bytes([byte]))] == whole
    for at in range(0, len(stream), 7):
        halves = EventSocket()
        assert halves.receive(stream[:at]) + halves.receive(stream[at:]) == whole


def test_an_entry_has_been_heard_and_the_call_is_given_back() -> None:
    *_, end = understood(ENTRY)
    assert isinstance(end, Event)
    assert has_listened(end)
    *_, bye, left = understood(CONNECT)
    assert (bye, left) == (Reply("+OK bye"), Disconnect())


def test_the_trunks_leg_ends_the_question_that_led_to_it() -> None:
    legs = Legs()
    star, _, end, gone = understood(STAR)
    assert isinstance(star, Event)
    assert isinstance(end, Event)
    asked = tag_request(star, "main", legs)
    assert (asked.asked_by.line, asked.call_id) == ("101@acme.test", "A")
    ((ended),) = leg_ends(end, "main", legs.learn(end))
    assert ended.call_id == "A"
    assert isinstance(gone, Reply)
    assert gone.refused


def test_who_transferred_pays_and_not_whom_the_header_names() -> None:
    legs = Legs()
    for stream in (OPENED, SECOND_QUESTION):
        (reply,) = understood(stream)
        assert isinstance(reply, Reply)
        request = leg_request(Event("CHANNEL_DATA", reply.fields), "main", legs)
    assert request.asked_by.line == ""
    assert request.asked_by.transferred_blind == "101@acme.test"
