"""Streams that look like Asterisk's, with lines missing, doubled, torn or made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmark.switches.asterisk.protocol import (
    AgiProtocol,
    AgiRequest,
    HangUp,
    ProtocolError,
    Reply,
)
from tests.examples import ANY_INPUT
from tests.fuzzing.pieces import received

pytestmark = pytest.mark.sqlite

LINES = st.one_of(
    st.sampled_from(
        [
            b"agi_request: agi://127.0.0.1/gate?secret=%ff&secret=b\n",
            b"agi_channel: PJSIP/acme-101-0000001a\n",
            b"agi_arg_1: 911\n",
            b"agi_arg_999: x\n",
            b"agi_: \n",
            b"\n",
            b"\r\n",
            b"200 result=1 (timeout) endpos=1\n",
            b"200 result=\n",
            b"520-usage\n",
            b"520 End\n",
            b"100 \n",
            b"HANGUP\n",
        ]
    ),
    st.binary(max_size=40).map(lambda noise: b"agi_" + noise + b"\n"),
    st.binary(max_size=40).map(lambda noise: b"200 result=" + noise + b"\n"),
    st.binary(max_size=40),
)


def events(pieces: list[bytes]) -> list[object]:
    """What the parser makes of it; an error ends it."""
    return received(AgiProtocol(), pieces, ProtocolError)


@given(st.lists(LINES, max_size=40))
@ANY_INPUT
def test_any_order_of_lines_gives_events_or_an_error(lines: list[bytes]) -> None:
    found = events(lines)
    kinds = [one for one in found if one is not ProtocolError]
    assert all(isinstance(one, AgiRequest | Reply | HangUp) for one in kinds)
    # One header and only at the beginning.
    assert [index for index, one in enumerate(kinds) if isinstance(one, AgiRequest)] in ([], [0])
