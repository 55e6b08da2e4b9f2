"""The prompts as FreeSWITCH names them, and what it plays where one is missing."""

import logging
import re

from callmark.policy.prompts import Prompt, PromptLanguage, Wording, prompt_file

log = logging.getLogger("callmark.freeswitch")

FOLDER = "callmark"
"""Of our prompts among the switch's sounds, where the dialplan names no other."""

SILENCE = "silence_stream://20"
"""To listen without a word."""

_FOLDER = re.compile(r"[A-Za-z0-9_./-]{1,200}", re.ASCII)

_TONES = {
    Prompt.ENTER_CODE: "tone_stream://%(200,100,700);%(200,0,900)",
    Prompt.SPLASH: "tone_stream://%(150,0,1000)",
}
_REFUSED = "tone_stream://%(300,150,400);%(300,0,400)"

_missing: set[str] = set()
"""Sounds that were missing when last tried, so that the log says it once."""


def sounds_of(prompt: Prompt, wording: Wording, folder: str = "") -> tuple[str, ...]:
    """Our own sound's file, in the folder that the dialplan names, and in English, if it is not.

    English is in the folder itself, each other language in one of its own in it.
    """
    kept = (folder.rstrip("/") if _FOLDER.fullmatch(folder) else FOLDER) or FOLDER
    name = f"{prompt_file(prompt, wording)}.wav"
    english = f"{kept}/{name}"
    if wording.spoken is PromptLanguage.ENGLISH:
        return (english,)
    return (f"{kept}/{wording.spoken}/{name}", english)


def stand_in(prompt: Prompt) -> str:
    """Tones that every FreeSWITCH can make: no words, but a caller is not left in silence."""
    return _TONES.get(prompt, _REFUSED)


def note_missing(sound: str) -> None:
    """Say in the log that a prompt is not where the dialplan says, once until it is there again."""
    if sound not in _missing:
        _missing.add(sound)
        log.warning("the switch has no sound %r: run 'callmark freeswitch config --write'", sound)


def note_found(sound: str) -> None:
    """It is there."""
    _missing.discard(sound)
