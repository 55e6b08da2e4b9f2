"""The prompts as Asterisk names them, what it plays where one is missing, and installing them.

A set of prompts for each language is among the switch's own sounds of that language. A name that
begins with the language (``es/callmark/goodbye``) is found whatever a channel's own language is, so
that is left as it is: it is the operator's, and what the far end hears depends on it.
"""

from collections.abc import Iterator
from pathlib import Path

from callmark.policy.prompts import (
    Prompt,
    PromptLanguage,
    Wording,
    all_prompt_files,
    prompt_file,
)
from callmark.switches.alone.files import copy_files

FOLDER = "callmark"
"""The folder of our prompts among the switch's sounds of a language."""

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


def sounds_of(prompt: Prompt, wording: Wording) -> tuple[str, ...]:
    """Our own sound, by the name Asterisk knows it by, and what to play where it is missing.

    Without a language it is the channel's own, and English where there are none in that.
    """
    name = f"{FOLDER}/{prompt_file(prompt, wording)}"
    return (f"{wording.language}/{name}", name) if wording.language else (name,)


def stand_ins(prompt: Prompt, wording: Wording) -> tuple[str, ...]:
    """Asterisk's own sounds to play one after the other where ours is missing."""
    return tuple(name.format(digits=wording.code_length) for name in _STAND_INS[prompt])


def folder_of(sounds: Path, language: PromptLanguage) -> Path:
    """Where the prompts of a language are in a switch's folder of sounds.

    Versions before there were several languages were told the folder of English, ``.../sounds/en``.
    """
    every = sounds.parent if sounds.name in set(PromptLanguage) else sounds
    return every / language / FOLDER


def install_prompts(prompts: Path, sounds: Path) -> list[Path]:
    """Copy the prompts of each language into a switch's folder of sounds.

    Returns the files written. A file that is already there and the same is left alone; no file is
    ever seen half-written.
    """
    written = []
    for language in PromptLanguage:
        target = folder_of(sounds, language)
        target.mkdir(parents=True, exist_ok=True)
        written += copy_files(_files(prompts / language, target))
    return written


def missing_prompts(sounds: Path, language: PromptLanguage) -> list[str]:
    """Prompts of a language that a switch's folder of sounds does not have at 8 kHz."""
    folder = folder_of(sounds, language)
    return [name for name in all_prompt_files() if not list(folder.glob(f"{name}.*"))]


def _files(prompts: Path, target: Path) -> Iterator[tuple[Path, Path]]:
    for name in all_prompt_files():
        for rate, ending in _RATES:
            yield prompts / rate / f"{name}.wav", target / f"{name}{ending}"
