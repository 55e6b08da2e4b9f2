"""Let a speech recognizer listen to the prompts as a caller on a telephone hears them.

Each 8 kHz prompt goes through G.711 mu-law and back, then to Whisper (``pip install
faster-whisper``, and a model folder it can open). What was heard is compared with ``prompts.json``,
letter by letter: spacing and figures for numbers are a matter of spelling, not of sound.
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

FIGURES = {"3": "three", "4": "four", "5": "five", "6": "six", "7": "seven"}


def letters(text: str) -> str:
    """The text's letters alone, figures spelled out."""
    spelled = re.sub(r"[3-7]", lambda found: FIGURES[found.group()], text)
    return re.sub(r"[^a-z]", "", spelled.lower())


def main(model: str, language_dir: Path) -> int:
    """Print what was heard in each prompt; return how many were heard wrong."""
    whisper: Any = importlib.import_module("faster_whisper")
    recognizer = whisper.WhisperModel(model, device="cpu", compute_type="int8", cpu_threads=2)
    prompts = json.loads((language_dir / "prompts.json").read_text())
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        telephone, wide = Path(folder) / "telephone.wav", Path(folder) / "wide.wav"
        for name, prompt in prompts.items():
            if name == "splash":
                continue
            source = language_dir / "8k" / f"{name}.wav"
            subprocess.run(["sox", source, "-e", "mu-law", "-b", "8", telephone], check=True)
            subprocess.run(
                ["sox", telephone, "-r", "16000", "-e", "signed", "-b", "16", wide], check=True
            )
            segments, _ = recognizer.transcribe(str(wide), language="en", beam_size=5)
            heard = " ".join(segment.text.strip() for segment in segments)
            right = letters(heard) == letters(prompt["text"])
            wrong += not right
            print(f"{'ok   ' if right else 'WRONG'} {name:18} {heard}")
    print(f"{wrong} heard wrong")
    return wrong


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1], Path(__file__).resolve().parent / "en") else 0)
