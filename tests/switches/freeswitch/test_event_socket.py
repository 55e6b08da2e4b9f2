"""The event socket's protocol by itself: no FreeSWITCH, no sockets."""

import pytest

from callmark.switches.freeswitch.event_socket import (
    LONGEST_COMMAND,
    MAX_BODY_BYTES,
    MAX_HEADER_BYTES,
    MAX_LINES,
    Disconnect,
    Event,
    EventSocket,
    PasswordWanted,
    ProtocolError,
    Reply,
    assignments,
    command,
    execute,
    plain,
)
from callmark.switches.freeswitch.origin import Origin
from callmark.switches.freeswitch.variables import socket_path, star_binding
from tests.switches.freeswitch.wire import api_reply, channel_data, disconnect, event, reply

# Transcript A, as it came: the phone lied in From.
OPENED = b"""\
Event-Name: CHANNEL_DATA
Unique-ID: A
Answer-State: ringing
Call-Direction: inbound
Channel-Name: sofia/internal/102%40acme.test
Caller-Username: 102
Caller-Destination-Number: 0114420
variable_sip_authorized: true
variable_sip_auth_username: 101
variable_sip_auth_realm: acme.test
variable_socket_path: gate%3Fswitch%3Dmain
Content-Type: command/reply
Reply-Text: %2BOK%0A
Socket-Mode: async
Control: full

"""


def test_the_answer_to_connect_is_a_reply_with_all_of_the_channels_data() -> None:
    (answer,) = EventSocket().receive(OPENED)
    assert isinstance(answer, Reply)
    assert answer.text == "+OK"
    assert answer.fields["Channel-Name"] == "sofia/internal/102@acme.test"
    assert answer.fields["variable_socket_path"] == "gate?switch=main"
    # Later replies are plain: what looks encoded there is not.
    assert EventSocket().receive(reply("%2BOK")) == [Reply("%2BOK")]


def test_each_kind_of_message() -> None:
    stream = b"".join(
        [
            b"Content-Type: auth/request\n\n",
            reply("+OK accepted"),
            reply("-ERR invalid session id [A]"),
            api_reply("+OK Added: 18\n"),
            event("CHANNEL_HANGUP", {"Unique-ID": "A", "variable_a b": "x\ny: z"}),
            event("", {"digits": "*50", "Unique-ID": "A"}),
            b"Content-Type: log/data\nContent-Length: 2\n\nhi",
            disconnect("linger"),
            disconnect(),
        ]
    )
    found = EventSocket().receive(stream)
    assert found == [
        PasswordWanted(),
        Reply("+OK accepted"),
        Reply("-ERR invalid session id [A]"),
        Reply("+OK Added: 18"),
        found[4],
        Disconnect(lingers=True),
        Disconnect(),
    ]
    hung_up = found[4]
    assert isinstance(hung_up, Event)
    assert (hung_up.name, hung_up.uuid) == ("CHANNEL_HANGUP", "A")
    assert hung_up.variable("a b") == "x\ny: z"
    assert [isinstance(one, Reply) and one.refused for one in found[1:3]] == [False, True]


def test_of_two_of_one_name_the_first_counts_as_it_does_for_the_switch() -> None:
    doubled = channel_data({"variable_sip_auth_username": "101"}).replace(
        b"Content-Type", b"variable_sip_auth_username: 102\nContent-Type", 1
    )
    (answer,) = EventSocket().receive(doubled)
    assert isinstance(answer, Reply)
    assert answer.fields["variable_sip_auth_username"] == "101"


@pytest.mark.parametrize(
    "stream",
    [
        b"Content-Length: x\n\n",
        b"Content-Length: -1\n\n",
        b"Content-Length: %d\n\n" % (MAX_BODY_BYTES + 1),
        b"a" * (MAX_HEADER_BYTES + 1),
        b"a: b\n" * (MAX_LINES + 2) + b"\n",
    ],
)
def test_what_is_beyond_the_limits_ends_the_connection(stream: bytes) -> None:
    with pytest.raises(ProtocolError) as problem:
        EventSocket().receive(stream)
    assert "a: b" not in str(problem.value)


def test_what_was_typed_is_in_no_representation() -> None:
    (found,) = EventSocket().receive(event("E", {"variable_callmark_entry": "4711"}))
    (reply_,) = EventSocket().receive(api_reply("4711"))
    assert "4711" not in repr(found) + repr(reply_)


def test_a_command_is_one_command_whatever_is_in_it() -> None:
    assert command("api", "uuid_setvar", "A", "b", "") == b"api uuid_setvar A b\n\n"
    assert execute("set", "a=b c", "r1") == (
        b"sendmsg\ncall-command: execute\nexecute-app-name: set\nEvent-UUID: r1\n"
        b"event-lock: true\nexecute-app-arg: a=b c\n\n"
    )
    assert execute("answer", "", "r1", "A").startswith(b"sendmsg A\n")
    for bad in ("a\nb", "a\r", "\0", "\u2028", "a" * (LONGEST_COMMAND + 1)):
        with pytest.raises(ValueError, match="a command"):
            command("api", bad)
        with pytest.raises(ValueError, match="a command"):
            execute("set", bad, "r1")


@pytest.mark.parametrize("value", ["a;b", "a'b", "a\\b", "${uuid}", ' a"b', "a "])
def test_a_value_that_would_become_another_is_not_set_with_others(value: str) -> None:
    with pytest.raises(ValueError, match="cannot be set"):
        assignments({"name": value})
    assert assignments({"a": "1", "b": ""}) == "^^;a=1;b="


def test_a_name_is_kept_as_far_as_the_switch_leaves_it_alone() -> None:
    assert plain("Größe \"&', {z} [1]") == "Größe \"&', {z} [1]"
    assert plain("${system rm}\\n\n\x85x") == "%{system rm}/n  x"
    assert plain("ä" * 150) == "ä" * 100


def test_the_question_that_led_to_a_leg_comes_back_as_it_was_written() -> None:
    asked = Origin("a-1", 2, "b-2", "101@acme.test")
    assert Origin.parse(str(asked)) == asked
    assert Origin.parse(str(Origin("a", 1, "a"))) == Origin("a", 1, "a")
    # Nothing that would end the value it stands in, or begin another.
    assert str(Origin("a", 1, "a", "x;y=z@acme.test")) == "a/1/a/"
    for text in ("none", "", "a/0/a/", "a/1/a", "a b/1/a/", "a/1/a/b/c"):
        assert Origin.parse(text) is None


def test_the_names_that_the_dialplan_is_written_with() -> None:
    assert socket_path("main") == "gate?switch=main"
    assert star_binding("*50") == (
        "^^;callmark;*50;exec[i]:event;Event-Subclass=callmark::star,Event-Name=CUSTOM;self;self"
    )
