"""The FastAGI protocol layer by itself: no Asterisk, no sockets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmark.switches.asterisk.protocol import (
    MAX_HEADER_LINES,
    MAX_LINE,
    MAX_USAGE_LINES,
    AgiProtocol,
    AgiRequest,
    Event,
    HangUp,
    ProtocolError,
    Reply,
    command,
)

HEADER = (
    b"agi_network: yes\n"
    b"agi_request: agi://127.0.0.1:4573/gate?switch=main\n"
    b"agi_channel: PJSIP/acme-101-0000001a\n"
    b"agi_uniqueid: 1700000000.1\n"
    b"agi_callerid: 101\n"
    b"agi_calleridname: \n"
    b"agi_arg_1: %2B442079460000\n"
    b"agi_arg_2: 1700000000.1\n"
    b"\n"
)


def after_header() -> AgiProtocol:
    protocol = AgiProtocol()
    protocol.receive(HEADER)
    return protocol


def test_the_header_says_who_calls_whom() -> None:
    (request,) = AgiProtocol().receive(HEADER)
    assert isinstance(request, AgiRequest)
    assert request.script == "gate"
    assert request.query == {"switch": "main"}
    assert request.channel == "PJSIP/acme-101-0000001a"
    assert request.arguments == ("+442079460000", "1700000000.1")
    assert request.argument(5) == ""


def test_a_half_sent_header_is_no_request_yet() -> None:
    assert AgiProtocol().receive(HEADER[:-1]) == []


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"200 result=0\n", Reply(200, "0")),
        (b"200 result=\n", Reply(200, "")),
        (b"200 result= (timeout)\n", Reply(200, "", "timeout")),
        (b"200 result=1234\n", Reply(200, "1234")),
        (b"200 result=12 (timeout)\n", Reply(200, "12", "timeout")),
        (b"200 result=0 endpos=8000\n", Reply(200, "0")),
        (b"200 result=1 (a value) endpos=1\r\n", Reply(200, "1", "a value")),
        (b"510 Invalid or unknown command\n", Reply(510)),
        (b"511 Command Not Permitted on a dead channel\n", Reply(511)),
        (b"520 Invalid command syntax.  Proper usage not available.\n", Reply(520)),
        (b"HANGUP\n", HangUp()),
    ],
)
def test_each_kind_of_reply(line: bytes, reply: Event) -> None:
    assert after_header().receive(line) == [reply]


def test_help_text_is_dropped_whatever_is_in_it() -> None:
    text = b"520-Invalid command syntax.  Proper usage follows:\n200 result=1\nHANGUP\n520 End.\n"
    assert after_header().receive(text + b"HANGUP\n") == [Reply(520), HangUp()]


def test_a_provisional_reply_is_not_the_reply() -> None:
    assert after_header().receive(b"100 result=0 Trying...\n200 result=1\n") == [Reply(200, "1")]


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        b"agi_noise" + b"x" * MAX_LINE,
        b"".join(b"agi_%d: x\n" % number for number in range(MAX_HEADER_LINES + 1)),
        b"agi_request: agi://[half\n\n",
    ],
)
def test_what_is_no_header_is_an_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        AgiProtocol().receive(data)


@pytest.mark.parametrize(
    "data",
    [b"nonsense\n", b"\n", b"2\n", b"200 " + b"x" * MAX_LINE, b"520-\n" + b"x\n" * 999],
)
def test_what_is_no_reply_is_an_error(data: bytes) -> None:
    assert MAX_USAGE_LINES < 999
    with pytest.raises(ProtocolError):
        after_header().receive(data)


def test_digits_are_not_shown_by_anything_that_may_be_logged() -> None:
    (reply,) = after_header().receive(b"200 result=4711 (4711)\n")
    assert "4711" not in repr(reply)
    with pytest.raises(ProtocolError) as error:
        after_header().receive(b"x4711\n")
    assert "4711" not in str(error.value)


@given(st.lists(st.binary(max_size=300)), st.booleans())
def test_any_bytes_give_events_or_an_error(pieces: list[bytes], headed: bool) -> None:
    protocol = after_header() if headed else AgiProtocol()
    try:
        for piece in pieces:
            for event in protocol.receive(piece):
                assert isinstance(event, AgiRequest | Reply | HangUp)
    except ProtocolError:
        pass


@given(st.data())
def test_how_bytes_are_cut_into_pieces_does_not_matter(data: st.DataObject) -> None:
    stream = HEADER + b"200 result=1\nHANGUP\n520-usage\nmore\n520 End\n200 result=12 (timeout)\n"
    whole = AgiProtocol().receive(stream)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    protocol, events, start = AgiProtocol(), [], 0
    for cut in [*cuts, len(stream)]:
        events += protocol.receive(stream[start:cut])
        start = cut
    assert events == whole


def parse_like_asterisk(line: str) -> list[str]:
    """The rules of Asterisk's own parse_args()."""
    words: list[str] = []
    word, quoted, escaped, started = "", False, False, False
    for character in line:
        if character == '"' and not escaped:
            quoted = not quoted
            started = started or quoted
        elif character in " \t" and not quoted and not escaped:
            if started:
                words.append(word)
            word, started = "", False
        elif character == "\\" and not escaped:
            escaped = True
            continue
        else:
            word, started = word + character, True
        escaped = False
    return [*words, word] if started else words


@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_an_argument_arrives_as_it_was_or_is_refused(arguments: list[str]) -> None:
    try:
        line = command("EXEC", *arguments)
    except ValueError:
        assert any(ord(c) < 32 or ord(c) == 127 for text in arguments for c in text) or any(
            0xD800 <= ord(c) < 0xE000 for text in arguments for c in text
        )
        return
    assert line.count(b"\n") == 1
    assert parse_like_asterisk(line.decode().removesuffix("\n")) == ["EXEC", *arguments]


def test_a_name_with_a_line_break_cannot_become_a_second_command() -> None:
    with pytest.raises(ValueError, match="control characters"):
        command("SET VARIABLE", "CHANNEL(accountcode)", 'x"\nEXEC System "rm')
