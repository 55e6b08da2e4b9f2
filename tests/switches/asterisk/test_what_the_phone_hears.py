"""What really reaches the phone: the prompt in early media, the splash, then the far end."""

import time
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from .harness.world import REPOSITORY, World

pytestmark = pytest.mark.asterisk

Samples = npt.NDArray[np.float64]
RATE = 8000


def test_the_prompt_is_heard_before_the_call_is_answered(world: World) -> None:
    """Whole in one of three calls: a machine that stands still leaves a gap in what is heard."""
    assert any(_prompt_is_heard(world) for _ in range(3))


def _prompt_is_heard(world: World) -> bool:
    call = world.call("acme-law-116", "011442079460116", record=True)
    call.wait_heard("enter-code")
    # Without its last moment, which may wait to be written until more is heard.
    prompt = _samples(REPOSITORY / "prompts" / "en" / "8k" / "enter-code.wav")[: -RATE // 4]
    time.sleep(len(prompt) / RATE + 0.5)  # it has to be listened to, and nothing follows for 10 s
    call.hang_up()
    call.wait_over()

    assert call.record()["answered_at"] is None
    likeness, _ = _find(prompt, _samples(call.recording))
    return bool(likeness > 0.9)


def test_the_splash_sounds_while_the_call_is_placed_and_then_the_far_end(world: World) -> None:
    call = world.call("acme-law-117", "011442079460177", digits="1234", record=True)
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    heard = _samples(call.recording)
    splash, far_end = _where(heard, 880.0), _where(heard, 1000.0)
    assert len(splash) * _WINDOW / RATE >= 0.15
    assert far_end[0] > splash[-1]
    assert len(far_end) * _WINDOW / RATE > 0.5


def test_ringing_is_heard_after_the_prompt(world: World) -> None:
    call = world.call("acme-law-118", "011442079460178", digits="1234", record=True)
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    ringing = _where(_samples(call.recording), 480.0)
    assert len(ringing) * _WINDOW / RATE > 0.5


_WINDOW = 160


def _samples(path: Path) -> Samples:
    with wave.open(str(path)) as file:
        assert file.getframerate() == RATE
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(float)


def _find(wanted: Samples, heard: Samples) -> tuple[float, int]:
    """The greatest normalised cross-correlation, and where."""
    size = 1 << (len(wanted) + len(heard)).bit_length()
    product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(wanted, size))
    correlation = np.fft.irfft(product, size)[: len(heard) - len(wanted) + 1]
    energy = np.cumsum(np.concatenate(([0.0], heard**2)))
    windows = np.sqrt(energy[len(wanted) :] - energy[: -len(wanted)]) * np.sqrt(np.sum(wanted**2))
    likeness = correlation / np.maximum(windows, 1.0)
    best = int(np.argmax(likeness))
    return float(likeness[best]), best


def _where(heard: Samples, frequency: float) -> list[int]:
    """The windows of 20 ms in which this tone is most of what is heard."""
    angle = 2j * np.pi * frequency * np.arange(_WINDOW) / RATE
    found = []
    for index in range(len(heard) // _WINDOW):
        window = heard[index * _WINDOW : (index + 1) * _WINDOW]
        total = float(np.sum(window**2))
        if total < 1e5:
            continue
        power = abs(np.sum(window * np.exp(-angle))) ** 2 * 2 / _WINDOW
        if power > 0.3 * total:
            found.append(index)
    return found
