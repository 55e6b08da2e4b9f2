"""Make Callmark's voice prompts, in one language.

Two sources, one finish:

* ``make_prompts.py speak --model DIR --voices DIR`` speaks the texts with Kokoro-82M;
* ``make_prompts.py record --from DIR`` takes an operator's own recordings (``NAME.wav``, any rate).

Either way every prompt is band-limited, trimmed, brought to the same loudness and written at 8 and
16 kHz, and ``prompts.json`` is written anew. ``sox`` and ``ffmpeg`` must be installed. README.md
tells where the voice comes from and how to install what ``speak`` needs.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import math
import re
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from voices import MODEL_RATE, VOICES, Samples, Speaker

from callmark.policy.prompt_words import DIGITS
from callmark.policy.prompts import Prompt, PromptLanguage, Wording, prompt_file, prompt_text

HERE = Path(__file__).resolve().parent

SPLASH = "splash"
SPLASH_TEXT = "(two-note confirmation tone)"


def prompt_texts(language: PromptLanguage) -> dict[str, str]:
    """Every spoken prompt's name and exact words."""
    wordings = [Wording(length, language) for length in DIGITS[language]]
    return {
        prompt_file(prompt, wording): prompt_text(prompt, wording)
        for prompt in Prompt
        if prompt is not Prompt.SPLASH
        for wording in wordings
    }


# --- the finish -----------------------------------------------------------------------------------

# Stock prompts of the telephone systems that ours are heard beside measure -17 to -22 LUFS.
LOUDNESS = -19.0
PEAK_DBFS = -3.5
SPLASH_PEAK_DBFS = -13.0
HEAD_SECONDS = 0.06
TAIL_SECONDS = 0.10
LONGEST_PAUSE = 0.30
# A 10 ms frame this far under the loudest one is silence.
SILENCE_DB = -42.0
FRAME_SECONDS = 0.010
# Under this level it is at most a breath; before the words, only so many frames of it are kept.
BREATH_DB = -35.0
LONGEST_BREATH = 7
# sox's sinc filter: high-pass corner and transition, low-pass corner and transition (Hz).
BANDS = {8_000: ("100", "80", "3450", "200"), 16_000: ("80", "60", "7200", "400")}


def run(command: list[str], data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run a program on the data; stop with its own words if it fails."""
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} failed: {done.stderr.decode(errors='replace')}")
    return done


def resample(samples: Samples, rate: int, target: int) -> Samples:
    """Take away what the target rate (or a telephone) cannot carry, then resample."""
    high_corner, high_width, low_corner, low_width = BANDS[target]
    raw = ["-t", "f32", "-c", "1"]
    # Half scale on the way through: sox must not clip what is brought to loudness afterwards.
    done = run(
        ["sox", "-D", *raw, "-r", str(rate), "-", *raw, "-r", str(target), "-",
         "sinc", "-a", "90", "-t", high_width, high_corner,
         "sinc", "-a", "90", "-t", low_width, f"-{low_corner}",
         "rate", "-v", str(target)],
        (samples * 0.5).astype("<f4").tobytes(),
    )  # fmt: skip
    return np.frombuffer(done.stdout, dtype="<f4").astype(np.float64) * 2.0


def frame_levels(samples: Samples, rate: int) -> Samples:
    """RMS of each 10 ms frame, in dB under the loudest."""
    size = round(rate * FRAME_SECONDS)
    count = max(1, len(samples) // size)
    padded = np.zeros(count * size)
    padded[: min(len(samples), len(padded))] = samples[: len(padded)]
    rms = np.sqrt(np.mean(padded.reshape(count, size) ** 2, axis=1))
    return np.asarray(20.0 * np.log10(np.maximum(rms, 1e-9) / max(float(rms.max()), 1e-9)))


def tighten(samples: Samples, rate: int) -> Samples:
    """Trim silence at both ends, shorten long pauses inside, and fade the edges."""
    size = round(rate * FRAME_SECONDS)
    levels = frame_levels(samples, rate)
    spoken = np.flatnonzero(levels > SILENCE_DB)
    # A breath before the first sound is not waited for.
    sounding = int(np.flatnonzero(levels > BREATH_DB)[0]) - LONGEST_BREATH
    spoken = spoken[spoken >= sounding]
    first, last = int(spoken[0]), int(spoken[-1]) + 1
    keep = math.ceil(LONGEST_PAUSE / FRAME_SECONDS)
    pieces: list[Samples] = []
    start = first
    for before, after in itertools.pairwise(spoken):
        if after - before - 1 > keep:
            cut = int(before) + 1 + keep // 2
            pieces.append(samples[start * size : cut * size])
            start = int(after) - keep // 2
    pieces.append(samples[start * size : last * size])

    head, tail = round(HEAD_SECONDS * rate), round(TAIL_SECONDS * rate)
    before_speech = samples[max(0, first * size - head) : first * size]
    after_speech = samples[last * size : last * size + tail]
    before_speech = np.concatenate([np.zeros(head - len(before_speech)), before_speech])
    after_speech = np.concatenate([after_speech, np.zeros(tail - len(after_speech))])
    ramp = 0.5 - 0.5 * np.cos(np.linspace(0.0, math.pi, head))
    before_speech *= ramp
    after_speech *= 0.5 + 0.5 * np.cos(np.linspace(0.0, math.pi, tail))

    joined = pieces[0]
    fade = round(0.010 * rate)
    for piece in pieces[1:]:
        mix = np.linspace(1.0, 0.0, fade)
        overlap = joined[-fade:] * mix + piece[:fade] * (1.0 - mix)
        joined = np.concatenate([joined[:-fade], overlap, piece[fade:]])
    return np.concatenate([before_speech, joined, after_speech])


def limit(samples: Samples, rate: int, peak: float) -> Samples:
    """Turn down, smoothly and 4 ms ahead, whatever would pass the peak."""
    need = np.minimum(1.0, peak / np.maximum(np.abs(samples), 1e-9))
    if float(need.min()) >= 1.0:
        return samples
    reach = round(0.004 * rate)
    padded = np.pad(need, 2 * reach, constant_values=1.0)
    lowest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).min(axis=1)
    window = np.hanning(2 * reach + 3)[1:-1]
    gain = np.convolve(lowest, window / window.sum(), mode="valid")
    return samples * gain


def pcm(samples: Samples) -> NDArray[np.int16]:
    """Samples as 16-bit integers."""
    return np.asarray(np.clip(np.rint(samples * 32767.0), -32768, 32767), dtype="<i2")


def measure_loudness(samples: Samples, rate: int) -> float:
    """Integrated loudness (EBU R 128) in LUFS."""
    if len(samples) < rate:  # the meter's window is 0.4 s: let it hear a short sound over and over
        samples = np.tile(samples, math.ceil(2 * rate / len(samples)))
    done = run(
        ["ffmpeg", "-hide_banner", "-nostats", "-f", "s16le", "-ar", str(rate), "-ac", "1",
         "-i", "-", "-af", "ebur128", "-f", "null", "-"],
        pcm(samples).tobytes(),
    )  # fmt: skip
    found = re.findall(r"I:\s+(-?[0-9.]+) LUFS", done.stderr.decode())
    return float(found[-1])


def finish(samples: Samples, rate: int, target: int) -> Samples:
    """A prompt at the target rate, ready to be written."""
    peak = 10.0 ** (PEAK_DBFS / 20.0)
    samples = tighten(resample(samples - float(np.mean(samples)), rate, target), target)
    for _ in range(3):
        gain_db = LOUDNESS - measure_loudness(samples, target)
        samples = limit(samples * 10.0 ** (gain_db / 20.0), target, peak)
    return samples


def splash_tone(rate: int) -> Samples:
    """Two soft notes, E flat and the C above, 200 ms in all.

    622 Hz lies under the telephone keypad's low group (697 to 941 Hz) and 1047 Hz between its low
    and its high group (1209 to 1633 Hz), so no detector can take them for a digit.
    """
    total = round(0.200 * rate)
    tone = np.zeros(total)
    for frequency, begin, seconds, level in ((622.25, 0.0, 0.105, 0.9), (1046.5, 0.08, 0.12, 1.0)):
        start = round(begin * rate)
        count = min(round(seconds * rate), total - start)
        time = np.arange(count) / rate
        attack = 0.5 - 0.5 * np.cos(np.pi * np.minimum(time / 0.015, 1.0))
        left = (count - 1) / rate - time
        release = 0.5 - 0.5 * np.cos(np.pi * np.minimum(left / 0.050, 1.0))
        note = np.sin(2.0 * np.pi * frequency * time) * attack * release
        tone[start : start + count] += level * note
    level_now = float(np.abs(tone).max())
    return np.asarray(tone * (float(10.0 ** (SPLASH_PEAK_DBFS / 20.0)) / level_now))


def write_wav(path: Path, samples: Samples, rate: int) -> None:
    """Write mono 16-bit."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(pcm(samples).tobytes())


def read_any(path: Path) -> tuple[Samples, int]:
    """A recording in any format that sox knows, as mono."""
    rate = int(run(["soxi", "-r", str(path)]).stdout)
    done = run(["sox", str(path), "-t", "f32", "-c", "1", "-"])
    return np.frombuffer(done.stdout, dtype="<f4").astype(np.float64), rate


def write_set(sources: dict[str, tuple[Samples, int]], texts: dict[str, str], out: Path) -> None:
    """Finish and write every prompt, and the list of them."""
    manifest: dict[str, dict[str, str | float]] = {}
    for name, text in {**texts, SPLASH: SPLASH_TEXT}.items():
        entry: dict[str, str | float] = {"text": text}
        for folder, rate in (("8k", 8_000), ("16k", 16_000)):
            if name in sources:
                source, source_rate = sources[name]
                samples = finish(source, source_rate, rate)
            else:
                samples = splash_tone(rate)
            path = out / folder / f"{name}.wav"
            write_wav(path, samples, rate)
            entry[f"sha256_{folder}"] = hashlib.sha256(path.read_bytes()).hexdigest()
            if folder == "8k":
                entry["seconds_8k"] = round(len(samples) / rate, 3)
                entry["loudness"] = round(measure_loudness(samples, rate), 1)
                peak = 20.0 * math.log10(float(np.abs(samples).max()))
                print(f"{name:18} {entry['seconds_8k']:6} s {entry['loudness']:6} LUFS {peak:6.1f}")
        manifest[name] = entry
    listed = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False)
    (out / "prompts.json").write_text(listed + "\n")


def main(arguments: list[str]) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    languages = [one.value for one in PromptLanguage]
    parser.add_argument("--language", choices=languages, default="en")
    parser.add_argument("--out", type=Path, help="default: prompts/LANGUAGE")
    sub = parser.add_subparsers(dest="command", required=True)
    speak = sub.add_parser("speak", help="speak the texts with Kokoro-82M")
    speak.add_argument("--model", type=Path, required=True, help="folder of the model's packages")
    speak.add_argument("--voices", type=Path, required=True, help="folder of kokoro-js's voices")
    record = sub.add_parser("record", help="take your own recordings")
    record.add_argument(
        "--from", dest="folder", type=Path, required=True, help="NAME.wav, any rate"
    )
    options = parser.parse_args(arguments)

    sources: dict[str, tuple[Samples, int]] = {}
    language = PromptLanguage(options.language)
    texts = prompt_texts(language)
    if options.command == "speak":
        speaker = Speaker(options.model, options.voices, VOICES[language])
        for name, text in texts.items():
            sources[name] = (speaker.say(name, text), MODEL_RATE)
    else:
        missing = [name for name in texts if not (options.folder / f"{name}.wav").is_file()]
        if missing:
            raise SystemExit(f"missing in {options.folder}: {', '.join(missing)}")
        own_splash = (options.folder / f"{SPLASH}.wav").is_file()
        for name in [*texts, *([SPLASH] if own_splash else [])]:
            sources[name] = read_any(options.folder / f"{name}.wav")
    write_set(sources, texts, options.out or HERE / language)


if __name__ == "__main__":
    main(sys.argv[1:])
