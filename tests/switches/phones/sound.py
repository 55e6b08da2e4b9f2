"""What was heard: u-law samples with the moment they came, and the tones found in them."""

import math
from dataclasses import dataclass, field

RATE = 8000
PACKET = 160
"""Samples in 20 ms."""

SILENCE = b"\xff" * PACKET
SPLASH = (880.0, 1320.0)
"""The tone after an accepted code."""


def _linear(byte: int) -> int:
    # ITU-T G.711, u-law.
    value = ~byte & 0xFF
    magnitude = (((value & 0x0F) << 3) + 0x84 << ((value & 0x70) >> 4)) - 0x84
    return -magnitude if value & 0x80 else magnitude


_LINEAR = tuple(_linear(byte) for byte in range(256))
_ULAW = {value: byte for byte, value in enumerate(_LINEAR)}
_LEVELS = sorted(_ULAW)


def encode(samples: list[float]) -> bytes:
    """U-law of samples between -32,768 and 32,767, to the nearest level."""
    from bisect import bisect_left

    found = bytearray()
    for sample in samples:
        index = bisect_left(_LEVELS, sample)
        near = _LEVELS[max(index - 1, 0) : index + 1]
        found.append(_ULAW[min(near, key=lambda level: abs(level - sample))])
    return bytes(found)


def tone(frequency: float, seconds: float, amplitude: float = 8000) -> bytes:
    """U-law of a sine."""
    angle = 2 * math.pi * frequency / RATE
    return encode([amplitude * math.sin(angle * index) for index in range(int(RATE * seconds))])


@dataclass(frozen=True)
class Heard:
    """A stretch of a tone. ``at`` is a time.monotonic() of arrival, ``seconds`` its length."""

    at: float
    seconds: float


@dataclass
class Recording:
    """Audio of one call in the order it came, 20 ms a packet."""

    packets: list[tuple[float, bytes]] = field(default_factory=list)

    def add(self, at: float, payload: bytes) -> None:
        self.packets.append((at, payload))

    def seconds(self, since: float = 0) -> float:
        """How much audio came, silence included."""
        return sum(len(payload) for at, payload in self.packets if at >= since) / RATE

    def level(self, since: float = 0, until: float = math.inf) -> float:
        """Root mean square of the samples; 0 to 32,768."""
        total = count = 0
        for at, payload in self.packets:
            if since <= at < until:
                total += sum(_LINEAR[byte] ** 2 for byte in payload)
                count += len(payload)
        return math.sqrt(total / count) if count else 0.0

    def tones(self, *frequencies: float, since: float = 0, share: float = 0.5) -> list[Heard]:
        """Where these frequencies together are at least ``share`` of the energy.

        Each of several must be there by itself, too: a lone 880 Hz is no splash. Stretches less
        than 60 ms apart are one.
        """
        stretches: list[Heard] = []
        end = -math.inf  # in samples since the first: arrival times are too uneven to join by
        position = 0
        for at, payload in self.packets:
            begin, position = position, position + len(payload)
            if at < since or not _has(payload, frequencies, share):
                continue
            length = len(payload) / RATE
            if stretches and (begin - end) / RATE < 0.06:
                last = stretches[-1]
                stretches[-1] = Heard(last.at, last.seconds + length + (begin - end) / RATE)
            else:
                stretches.append(Heard(at, length))
            end = position
        return stretches


def _has(payload: bytes, frequencies: tuple[float, ...], share: float) -> bool:
    samples = [_LINEAR[byte] for byte in payload]
    total = sum(sample * sample for sample in samples)
    if total < 1000 * len(samples):
        return False
    powers = [_goertzel(samples, frequency) for frequency in frequencies]
    return sum(powers) > share * total and min(powers) > share * total / len(powers) / 4


def _goertzel(samples: list[int], frequency: float) -> float:
    """The energy at one frequency, in the measure of the sum of squares."""
    turn = 2 * math.cos(2 * math.pi * frequency / RATE)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + turn * last - before
    power = before * before + last * last - turn * before * last
    return 2 * power / len(samples)
