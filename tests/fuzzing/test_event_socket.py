"""Streams that look like FreeSWITCH's, with blocks missing, doubled, torn or made up."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmark.switches.freeswitch.ends import inbound_call, leg_ends
from callmark.switches.freeswitch.event_socket import (
    Disconnect,
    Event,
    EventSocket,
    PasswordWanted,
    ProtocolError,
    Rejected,
    Reply,
    plain,
)
from callmark.switches.freeswitch.identity import leg_request, tag_request
from callmark.switches.freeswitch.legs import Legs
from callmark.switches.freeswitch.origin import Origin
from tests.examples import ANY_INPUT
from tests.fuzzing.pieces import received
from tests.switches.freeswitch.wire import api_reply, channel_data, disconnect, event, reply

pytestmark = pytest.mark.sqlite

NAMES = st.sampled_from(
    [
        "Unique-ID",
        "Answer-State",
        "Call-Direction",
        "Event-Name",
        "Event-Subclass",
        "Content-Length",
        "Content-Type",
        "Reply-Text",
        "variable_sip_authorized",
        "variable_sip_auth_username",
        "variable_sip_auth_realm",
        "variable_dialed_user",
        "variable_dialed_domain",
        "variable_last_bridge_to",
        "variable_transfer_source",
        "variable_callmark_call",
        "variable_callmark_of",
        "variable_callmark_inbound",
        "variable_loopback_leg",
        "variable_signal_bond",
        "variable_originating_leg_uuid",
        "variable_answer_uepoch",
        "variable_end_epoch",
        "variable_billsec",
    ]
)
VALUES = st.one_of(
    st.sampled_from(["", "true", "A", "none", "outbound", "inbound", "B", "a\nb: c"]),
    st.sampled_from(["A/1/A/101@acme.test", "A/0/A/", "text/event-plain"]),
    st.sampled_from(["0", "1764142000", "9" * 17, "-1", "1e9", "\u0661"]),
    st.text(max_size=30),
)
FIELDS = st.dictionaries(NAMES, VALUES, max_size=12)
EVENT_NAMES = st.sampled_from(
    ["", "CHANNEL_CREATE", "CHANNEL_HANGUP_COMPLETE", "CHANNEL_EXECUTE_COMPLETE", "CUSTOM"]
)
BLOCKS = st.one_of(
    st.builds(event, EVENT_NAMES, FIELDS),
    st.builds(channel_data, FIELDS),
    st.sampled_from(
        [
            reply("+OK"),
            reply("-ERR no"),
            api_reply("+OK Added: 18\n"),
            api_reply(""),
            disconnect(),
            disconnect("linger"),
            b"Content-Type: auth/request\n\n",
            b"Content-Type: text/rude-rejection\nContent-Length: 3\n\nno\n",
            b"Content-Length: 99999999999\n\n",
            b"Content-Length: -1\n\n",
            b"Content-Length: 5\nContent-Length: 0\n\n",
            b"\n",
            b"\r\n\r\n",
            b": \n\n",
        ]
    ),
    st.binary(max_size=60),
    st.binary(max_size=40).map(lambda noise: b"Content-Type: " + noise + b"\n\n"),
)


def messages(pieces: list[bytes]) -> list[object]:
    """What the parser makes of it; an error ends it."""
    return received(EventSocket(), pieces, ProtocolError)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    """The stream in pieces, cut where told."""
    at = sorted({place % (len(stream) + 1) for place in places} | {0, len(stream)})
    return [stream[start:end] for start, end in pairwise(at)]


@given(st.lists(BLOCKS, max_size=12), st.lists(st.integers(0, 10_000), max_size=12))
@ANY_INPUT
def test_any_order_of_blocks_cut_anywhere_gives_the_same_messages(
    blocks: list[bytes], places: list[int]
) -> None:
    stream = b"".join(blocks)
    whole = messages([stream])
    in_pieces = messages(cut(stream, places))
    # Before an error, a piece of its own may have been understood already.
    assert in_pieces == whole or (whole[-1:] == [ProtocolError] == in_pieces[-1:])
    kinds = [one for one in in_pieces if one is not ProtocolError]
    known = Reply | Event | PasswordWanted | Disconnect | Rejected
    assert all(isinstance(one, known) for one in kinds)


@given(st.lists(st.tuples(EVENT_NAMES, FIELDS), max_size=8))
@ANY_INPUT
def test_nothing_that_an_event_says_breaks_what_is_known_of_legs(
    said: list[tuple[str, dict[str, str]]],
) -> None:
    legs = Legs()
    for name, fields in said:
        one = Event(name, fields)
        known = legs.learn(one)
        leg_ends(one, "main", known)
        inbound_call(one, "main", legs)
        tag_request(one, "main", legs)
        request = leg_request(one, "main", legs)
        assert request.leg >= 1


@given(st.text(max_size=300))
@ANY_INPUT
def test_a_value_of_ours_is_one_line_that_the_switch_expands_nothing_of(text: str) -> None:
    value = plain(text)
    assert value.isprintable() or not value
    assert not set(value) & set("$\\\n\r\0")
    assert len(value.encode()) <= 200
    assert Origin.parse(text) is None or str(Origin.parse(text)).isprintable()
