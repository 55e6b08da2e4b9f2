"""Installing the prompts where a FreeSWITCH finds them: one folder for each sampling rate.

``FOLDER/8000/enter-code.wav`` is what the switch plays for ``FOLDER/enter-code.wav`` on a channel
of 8 kHz: mod_sndfile looks in a folder named by the rate first. Spanish is in ``FOLDER/es/8000``.
"""

from pathlib import Path

from callmark.policy.prompts import PromptLanguage, all_prompt_files
from callmark.switches.alone.files import copy_files

_RATES = {"8k": "8000", "16k": "16000"}
"""Our folder for a sampling rate, and FreeSWITCH's."""


def install_prompts(prompts: Path, folder: Path) -> list[Path]:
    """Copy the prompts; returns the files written, each whole or not at all.

    A file that is there and the same is left alone.
    """
    pairs = []
    for language in PromptLanguage:
        for ours, theirs in _RATES.items():
            target = folder_of(folder, language) / theirs
            target.mkdir(parents=True, exist_ok=True)
            pairs += [
                (prompts / language / ours / f"{name}.wav", target / f"{name}.wav")
                for name in all_prompt_files()
            ]
    return copy_files(pairs)


def folder_of(folder: Path, language: PromptLanguage) -> Path:
    """Where the prompts of a language are."""
    return folder if language is PromptLanguage.ENGLISH else folder / language


def missing_prompts(folder: Path, language: PromptLanguage) -> list[str]:
    """Prompts of a language that a folder has in no rate, and not beside them either."""
    here = folder_of(folder, language)
    places = [here, *(here / rate for rate in _RATES.values())]
    return [
        name
        for name in all_prompt_files()
        if not any((place / f"{name}.wav").is_file() for place in places)
    ]
