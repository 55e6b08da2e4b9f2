"""One connection by which a relay brings its reports (``end``, ``inbound``) to a gate.

A report by a connection of its own costs both sides more than what is in it. Here the relay says
``reports`` as the script of an AGI header and is greeted; then it sends frames and is told of each,
in any order, whether it is on the gate's disk:

    report 17 812               its number, and how many bytes follow
    agi_network: yes            the header as the switch sent it, with its empty line
    ...

    200 result=1 (secret)       what the switch answered to the question for the secret

    kept 17                     or: failed 17
"""

from dataclasses import field

from callmark.policy.values import value_class

SCRIPT = "reports"
HELLO = f"agi_network: yes\nagi_network_script: {SCRIPT}\nagi_request: agi://relay/{SCRIPT}\n\n"
GREETING = b"reports 1\n"
"""A gate that does not know this answers otherwise, or closes: update gates before relays."""

MOST_UNDER_WAY = 256
"""Reports on a line of which the relay has not heard. A gate takes no more at once."""

_LONGEST_REPORT = 40_000
_LONGEST_LINE = 60

_REPORT, _KEPT, _FAILED = b"report", b"kept", b"failed"


class NotAReportLine(Exception):
    """Bytes that are no frame or no answer. The connection is of no use any more."""


@value_class
class Frame:
    """A report, and the number by which this line calls it."""

    number: int
    header: bytes = field(repr=False)
    secret: bytes = field(repr=False)
    """A line: the switch's reply. Not the relay's to vouch for."""

    def __bytes__(self) -> bytes:
        size = len(self.header) + len(self.secret)
        return b"%b %d %d\n%b%b" % (_REPORT, self.number, size, self.header, self.secret)


class FrameReader:
    """Reads one line's bytes, in any pieces."""

    def __init__(self) -> None:
        self._begun = b""

    def receive(self, data: bytes) -> list[Frame]:
        """The reports that are whole now. Raises :class:`NotAReportLine`."""
        self._begun += data
        frames = []
        while (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def _next(self) -> Frame | None:
        first, ended, rest = self._begun.partition(b"\n")
        if not ended:
            if len(first) > _LONGEST_LINE:
                raise NotAReportLine("a frame does not begin with its number")
            return None
        number, size = _numbers(first, _REPORT, 2)
        if size > _LONGEST_REPORT:
            raise NotAReportLine("a report is too long")
        if len(rest) < size:
            return None
        self._begun = rest[size:]
        header, empty_line, secret = rest[:size].partition(b"\n\n")
        return Frame(number, header + empty_line, secret)


def answer(number: int, *, kept: bool) -> bytes:
    """What the gate says of a report."""
    return b"%b %d\n" % (_KEPT if kept else _FAILED, number)


def read_answer(line: bytes) -> tuple[int, bool]:
    """The report's number, and whether it is kept. Raises :class:`NotAReportLine`."""
    kept = line.startswith(_KEPT)
    (number,) = _numbers(line, _KEPT if kept else _FAILED, 1)
    return number, kept


def _numbers(line: bytes, word: bytes, count: int) -> list[int]:
    said, *numbers = line.split(b" ")
    if said != word or len(numbers) != count or not all(map(_is_number, numbers)):
        raise NotAReportLine(f"a line is not {word.decode()!r} and a number")
    return [int(number) for number in numbers]


def _is_number(text: bytes) -> bool:
    return text.isdigit() and len(text) < 19
