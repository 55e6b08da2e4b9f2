"""The voice files that callers hear: all there, well formed, equally loud, and listed rightly."""

from __future__ import annotations

import hashlib
import json
import math
import re
import wave
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from callmark.languages import LANGUAGES
from callmark.policy.prompts import Prompt, PromptLanguage, Wording, prompt_file, prompt_text

Samples = NDArray[np.float64]

PROMPTS = Path(__file__).resolve().parents[2] / "prompts"
RATES = {"8k": 8_000, "16k": 16_000}
SPLASH = "splash"

WORDS = {3: "three", 4: "four", 5: "five", 6: "six", 7: "seven"}
REFERENCE = {
    "enter-code": "Please enter a valid account code.",
    "max-attempts": "You have reached the maximum number of attempts.",
    "goodbye": "Goodbye.",
    "locked-out": (
        "Too many incorrect codes have been entered from this phone. "
        "Please try again later, or ask your administrator."
    ),
    "call-refused": (
        "This call needs an account code, and codes cannot be checked right now. "
        "Please try again later."
    ),
    "number-refused": "This number cannot be dialed. Please check it, and try again.",
    "limit-reached": (
        "This call cannot be made, because a limit has been reached. Please ask your administrator."
    ),
    **{
        f"invalid-entry-{n}": f"Invalid entry. Please enter a {word}-digit account code."
        for n, word in WORDS.items()
    },
    **{
        f"wrong-length-{n}": (
            f"Account codes must be {word} digits. Please re-enter your {word}-digit account code."
        )
        for n, word in WORDS.items()
    },
}
NAMES = sorted([*REFERENCE, SPLASH])
LONGEST = {
    PromptLanguage.ENGLISH: (2.3, 6.0),
    PromptLanguage.SPANISH: (2.6, 7.0),
    PromptLanguage.FRENCH: (2.5, 6.5),
}
"""Seconds of ``enter-code``, which is heard on every gated call, and of any other."""

ROWS = (697.0, 770.0, 852.0, 941.0)
COLUMNS = (1209.0, 1336.0, 1477.0, 1633.0)
DIGIT_WINDOW = 0.0256

FOLDERS = [f"{language}/{rate}" for language in PromptLanguage for rate in RATES]
every_folder = pytest.mark.parametrize("folder", FOLDERS)
every_file = pytest.mark.parametrize(
    ("folder", "name"), [(folder, name) for folder in FOLDERS for name in NAMES]
)
every_spoken_file = pytest.mark.parametrize(
    ("folder", "name"), [(folder, name) for folder in FOLDERS for name in REFERENCE]
)
every_language = pytest.mark.parametrize("language", PromptLanguage)


def texts(language: PromptLanguage) -> dict[str, str]:
    """The words of each prompt, by its file's name."""
    wordings = [Wording(length, language) for length in WORDS]
    spoken = set(Prompt) - {Prompt.SPLASH}
    return {prompt_file(one, how): prompt_text(one, how) for one in spoken for how in wordings}


def rate_of(folder: str) -> int:
    return RATES[Path(folder).name]


@cache
def load(folder: str, name: str) -> tuple[Samples, int]:
    with wave.open(str(PROMPTS / folder / f"{name}.wav"), "rb") as source:
        rate = source.getframerate()
        data = np.frombuffer(source.readframes(source.getnframes()), dtype="<i2")
    return data.astype(np.float64) / 32768.0, rate


def frames(samples: Samples, size: int) -> Samples:
    count = len(samples) // size
    return samples[: count * size].reshape(count, size)


def speech_level(samples: Samples, rate: int) -> float:
    """RMS in dBFS over the 20 ms frames that hold speech."""
    power = np.mean(frames(samples, rate // 50) ** 2, axis=1)
    spoken = power[power > power.max() / 10**3.5]
    return 10.0 * math.log10(float(spoken.mean()))


def goertzel(samples: Samples, rate: int, frequency: float) -> float:
    """The share (0 to about 1) of the samples' energy that lies at the frequency."""
    energy = float(np.sum(samples**2))
    if energy == 0.0:
        return 0.0
    coefficient = 2.0 * math.cos(2.0 * math.pi * frequency / rate)
    last = before_last = 0.0
    for sample in samples:
        last, before_last = float(sample) + coefficient * last - before_last, last
    power = last**2 + before_last**2 - coefficient * last * before_last
    return power / (energy * len(samples) / 2.0)


def strongest_digit_pair(samples: Samples, rate: int) -> float:
    """The most that any short stretch resembles a digit: the weaker of its row and column."""
    size = round(DIGIT_WINDOW * rate)
    worst = 0.0
    for start in range(0, len(samples) - size + 1, size // 4):
        stretch = samples[start : start + size]
        row = max(goertzel(stretch, rate, frequency) for frequency in ROWS)
        column = max(goertzel(stretch, rate, frequency) for frequency in COLUMNS)
        worst = max(worst, min(row, column))
    return worst


def manifest(language: PromptLanguage) -> dict[str, dict[str, Any]]:
    listed = (PROMPTS / language / "prompts.json").read_text()
    loaded: dict[str, dict[str, Any]] = json.loads(listed)
    return loaded


@every_file
def test_is_mono_16_bit_at_its_rate(folder: str, name: str) -> None:
    with wave.open(str(PROMPTS / folder / f"{name}.wav"), "rb") as source:
        assert source.getnchannels() == 1
        assert source.getsampwidth() == 2
        assert source.getframerate() == rate_of(folder)
        assert source.getcomptype() == "NONE"


@every_folder
def test_no_stray_files(folder: str) -> None:
    assert sorted(path.name for path in (PROMPTS / folder).iterdir()) == [
        f"{name}.wav" for name in NAMES
    ]


def test_whole_set_is_small() -> None:
    for language in PromptLanguage:
        files = (PROMPTS / language).rglob("*.wav")
        assert sum(path.stat().st_size for path in files) < 4_000_000


@every_spoken_file
def test_length_suits_the_words(folder: str, name: str) -> None:
    samples, rate = load(folder, name)
    seconds = len(samples) / rate
    language = PromptLanguage(Path(folder).parent.name)
    words = len(re.findall(r"\w+", texts(language)[name]))
    asks, longest = LONGEST[language]
    assert seconds < (asks if name == "enter-code" else longest)
    assert 1.8 < words / (seconds - 0.16) < 5.0 or name == "goodbye"
    assert seconds > 0.5


@every_language
@pytest.mark.parametrize("name", NAMES)
def test_both_rates_last_equally_long(language: PromptLanguage, name: str) -> None:
    both = [load(f"{language}/{rate}", name) for rate in RATES]
    lengths = [len(samples) / rate for samples, rate in both]
    assert lengths[0] == pytest.approx(lengths[1], abs=0.15), (
        "pauses are shortened at each rate by itself"
    )


@every_file
def test_no_clipping_and_no_offset(folder: str, name: str) -> None:
    samples, _ = load(folder, name)
    assert 20.0 * math.log10(float(np.abs(samples).max())) < -3.0
    assert abs(float(samples.mean())) < 1e-4


@pytest.mark.parametrize("rate", RATES)
def test_all_prompts_are_equally_loud_in_every_language(rate: str) -> None:
    levels = {
        f"{language}/{name}": speech_level(*load(f"{language}/{rate}", name))
        for language in PromptLanguage
        for name in REFERENCE
    }
    assert max(levels.values()) - min(levels.values()) < 2.0, levels
    assert all(-22.0 < level < -15.0 for level in levels.values()), levels


@every_spoken_file
def test_speech_starts_at_once_and_ends_cleanly(folder: str, name: str) -> None:
    samples, rate = load(folder, name)
    power = np.mean(frames(samples, rate // 100) ** 2, axis=1)
    spoken = np.flatnonzero(power > power.max() / 10**3.5)
    assert spoken[0] * 0.010 < 0.150
    assert len(samples) / rate - (spoken[-1] + 1) * 0.010 < 0.350
    edge = rate // 500
    assert float(np.abs(samples[:edge]).max()) < 0.01
    assert float(np.abs(samples[-edge:]).max()) < 0.01


@every_language
@pytest.mark.parametrize("name", NAMES)
def test_8k_stays_inside_the_telephone_band(language: PromptLanguage, name: str) -> None:
    samples, rate = load(f"{language}/8k", name)
    power = np.abs(np.fft.rfft(samples)) ** 2
    outside = np.fft.rfftfreq(len(samples), 1.0 / rate) > 3_700.0
    assert 10.0 * math.log10(float(power[outside].sum() / power.sum()) + 1e-20) < -60.0


@every_language
def test_list_matches_the_files(language: PromptLanguage) -> None:
    listed = manifest(language)
    assert sorted(listed) == NAMES
    for name, entry in listed.items():
        assert set(entry) == {"text", "seconds_8k", "sha256_8k", "sha256_16k", "loudness"}
        for folder in RATES:
            data = (PROMPTS / language / folder / f"{name}.wav").read_bytes()
            assert entry[f"sha256_{folder}"] == hashlib.sha256(data).hexdigest(), name
        samples, rate = load(f"{language}/8k", name)
        assert entry["seconds_8k"] == pytest.approx(len(samples) / rate, abs=0.001)
        assert entry["loudness"] == pytest.approx(-19.0, abs=1.0)


@every_language
def test_list_has_the_exact_words(language: PromptLanguage) -> None:
    listed = manifest(language)
    assert {name: listed[name]["text"] for name in REFERENCE} == texts(language)


def test_every_language_that_can_be_chosen_is_spoken() -> None:
    assert set(PromptLanguage) == set(LANGUAGES)


def test_english_is_the_references() -> None:
    assert texts(PromptLanguage.ENGLISH) == REFERENCE


@every_folder
def test_splash_is_short_and_soft(folder: str) -> None:
    samples, rate = load(folder, SPLASH)
    assert len(samples) / rate == pytest.approx(0.200, abs=0.001)
    assert float(np.abs(samples).max()) < 0.3
    assert float(np.abs(samples[: rate // 1000]).max()) < 0.01
    assert float(np.abs(samples[-rate // 1000 :]).max()) < 0.01


@every_folder
def test_splash_cannot_be_taken_for_a_digit(folder: str) -> None:
    samples, rate = load(folder, SPLASH)
    assert strongest_digit_pair(samples, rate) < 0.02


@pytest.mark.parametrize("rate", RATES.values())
def test_the_digit_check_does_see_digits(rate: int) -> None:
    time = np.arange(round(0.1 * rate)) / rate
    for row in ROWS:
        for column in COLUMNS:
            digit = np.sin(2 * np.pi * row * time) + np.sin(2 * np.pi * column * time)
            assert strongest_digit_pair(digit, rate) > 0.3
