# ruff: noqa: RUF001  (the marks of stress are phonetic on purpose)
"""Let a speech recognizer listen to the prompts as a caller on a telephone hears them.

Each 8 kHz prompt goes through G.711 mu-law and back, with a second of silence around it as on a
line, then to Whisper (``pip install faster-whisper``, and a model folder it can open). What was
heard is compared with ``prompts.json`` by its sound, not its spelling: both texts are given to
``espeak-ng``, and must be pronounced alike (*valide* and *valident*, *4* and *four* are).
"""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

SPELLED_BY = {"en": "en-us", "es": "es-419", "fr": "fr-fr"}
"""espeak-ng's names of the languages."""


def sound(text: str, language: str) -> str:
    """How the text's words are pronounced one by one, without stress and the width of an o."""
    words = "\n".join(re.findall(r"\w+", text.lower()))
    command = ["espeak-ng", "-q", "--ipa", "-v", SPELLED_BY[language], words]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return re.sub(r"[\sˈˌː‍-]", "", said).replace("ɔ", "o")


def main(model: str, folder: Path) -> int:
    """Print what was heard in each prompt of a language; return how many were heard wrong."""
    whisper: Any = importlib.import_module("faster_whisper")
    recognizer = whisper.WhisperModel(model, device="cpu", compute_type="int8", cpu_threads=1)
    prompts = json.loads((folder / "prompts.json").read_text())
    wrong = 0
    with tempfile.TemporaryDirectory() as temporary:
        telephone, wide = Path(temporary) / "telephone.wav", Path(temporary) / "wide.wav"
        for name, prompt in prompts.items():
            if name == "splash":
                continue
            source = folder / "8k" / f"{name}.wav"
            subprocess.run(["sox", source, "-e", "mu-law", "-b", "8", telephone], check=True)
            wanted = ["-r", "16000", "-e", "signed", "-b", "16"]
            subprocess.run(["sox", telephone, *wanted, wide, "pad", "1", "1"], check=True)
            segments, _ = recognizer.transcribe(str(wide), language=folder.name, beam_size=5)
            heard = " ".join(segment.text.strip() for segment in segments)
            right = sound(heard, folder.name) == sound(prompt["text"], folder.name)
            wrong += not right
            print(f"{'ok   ' if right else 'WRONG'} {name:18} {heard}", flush=True)
    print(f"{wrong} heard wrong")
    return wrong


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1], Path(sys.argv[2]).resolve()) else 0)
