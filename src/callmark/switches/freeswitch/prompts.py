"""Installing the prompts where a FreeSWITCH finds them: one folder for each sampling rate.

``FOLDER/8000/enter-code.wav`` is what the switch plays for ``FOLDER/enter-code.wav`` on a channel
of 8 kHz: mod_sndfile looks in a folder named by the rate first.
"""

import shutil
from pathlib import Path

from callmark.policy.prompts import all_prompt_files

_RATES = {"8k": "8000", "16k": "16000"}
"""Our folder for a sampling rate, and FreeSWITCH's."""


def install_prompts(prompts: Path, folder: Path) -> list[Path]:
    """Copy the prompts; returns the files written, each whole or not at all.

    A file that is there and the same is left alone.
    """
    written = []
    for ours, theirs in _RATES.items():
        target = folder / theirs
        target.mkdir(parents=True, exist_ok=True)
        for name in all_prompt_files():
            source, destination = prompts / ours / f"{name}.wav", target / f"{name}.wav"
            data = source.read_bytes()
            if destination.exists() and destination.read_bytes() == data:
                continue
            unfinished = target / f".{name}.new"
            unfinished.write_bytes(data)
            shutil.copymode(source, unfinished)
            unfinished.replace(destination)
            written.append(destination)
    return written


def missing_prompts(folder: Path) -> list[str]:
    """Prompts that a folder has in no rate, and not beside them either."""
    places = [folder, *(folder / rate for rate in _RATES.values())]
    return [
        name
        for name in all_prompt_files()
        if not any((place / f"{name}.wav").is_file() for place in places)
    ]
