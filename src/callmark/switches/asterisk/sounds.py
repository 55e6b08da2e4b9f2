"""The prompts as Asterisk names them, what it plays where one is missing, and installing them."""

from collections.abc import Iterator
from pathlib import Path

from callmark.policy.prompts import Prompt, all_prompt_files, prompt_file
from callmark.switches.alone.files import copy_files

FOLDER = "callmark"
"""The folder of our prompts among the switch's sounds."""

_RATES = (("8k", ".wav"), ("16k", ".wav16"))
"""Our folder for a sampling rate, and Asterisk's ending for a WAV file of that rate."""

# Sounds that come with every Asterisk. Not our words, but a caller knows what to do.
_STAND_INS = {
    Prompt.ENTER_CODE: ("agent-pass",),
    Prompt.INVALID_ENTRY: ("auth-incorrect", "digits/{digits}"),
    Prompt.WRONG_LENGTH: ("auth-incorrect", "digits/{digits}"),
    Prompt.MAX_ATTEMPTS: ("auth-incorrect",),
    Prompt.LOCKED_OUT: ("auth-incorrect",),
    Prompt.CALL_REFUSED: ("cannot-complete-as-dialed",),
    Prompt.NUMBER_REFUSED: ("cannot-complete-as-dialed",),
    Prompt.LIMIT_REACHED: ("cannot-complete-as-dialed",),
    Prompt.GOODBYE: ("goodbye",),
    Prompt.SPLASH: ("beep",),
}


def sound_of(prompt: Prompt, code_length: int) -> str:
    """Our own sound, by the name Asterisk knows it by."""
    return f"{FOLDER}/{prompt_file(prompt, code_length)}"


def stand_ins(prompt: Prompt, code_length: int) -> tuple[str, ...]:
    """Asterisk's own sounds to play one after the other where ours is missing."""
    return tuple(name.format(digits=code_length) for name in _STAND_INS[prompt])


def install_prompts(prompts: Path, sounds: Path) -> list[Path]:
    """Copy the prompts into a switch's folder of sounds (such as ``.../sounds/en``).

    Returns the files written. A file that is already there and the same is left alone; no file is
    ever seen half-written.
    """
    target = sounds / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    return copy_files(_files(prompts, target))


def missing_prompts(sounds: Path) -> list[str]:
    """Prompts that a switch's folder of sounds does not have at 8 kHz."""
    folder = sounds / FOLDER
    return [name for name in all_prompt_files() if not list(folder.glob(f"{name}.*"))]


def _files(prompts: Path, target: Path) -> Iterator[tuple[Path, Path]]:
    for name in all_prompt_files():
        for rate, ending in _RATES:
            yield prompts / rate / f"{name}.wav", target / f"{name}{ending}"
