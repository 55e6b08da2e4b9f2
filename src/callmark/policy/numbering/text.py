"""From what a phone, a softphone or a contact list sends, to the digits a switch would dial."""

import re
import unicodedata
from dataclasses import dataclass

# Asterisk's longest extension is 80 characters and no telephone number has more than 15 digits;
# 256 leaves room for punctuation and addresses. What is longer is not read any further.
MAX_LENGTH = 256

_SCHEME = re.compile(r"(?:tel|sips?|callto|phone):(?://)?")
# RFC 5031: the emergency service as an address, with an optional kind (sos.fire, sos.police).
_EMERGENCY_ADDRESS = re.compile(r"urn:service:sos[a-z]{0,40}")
_ESCAPED = {"%2b": "+", "%23": "#", "%2a": "*"}
# The tilde is how Russian numbers are written (8~10 ...).
_SEPARATORS = str.maketrans("", "", " \t\r\n\v\f\0-.()/[]<>_~'\u2010\u2011\u2012\u2013\u2014\u2212")
_EXTENSION_WORD = re.compile(r"(?<=\d)(?:extension|extn|ext)(?=\d+$)")
_PAUSES = ",;pwx"
_PAUSE_RUN = re.compile(r"[,;pwx#*]+")
_DIGIT = re.compile(r"\d")
_LETTERS = re.compile(r"[a-z]")
_NOT_DIALED = re.compile(r"[^0-9+*#]")
_NOT_DIGIT_OR_PLUS = re.compile(r"[^0-9+]")
_STAR_BEHIND_LINE = re.compile(r"(\d{1,2})([*#].*\d.*)")
_KEYPAD = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")


@dataclass(frozen=True, slots=True)
class DialedText:
    """How a dialled string can be read. More than one reading means: gate for all of them."""

    readings: tuple[str, ...]
    """Strings of 0-9, +, * and #; the most natural one first."""
    junk: bool = False
    """Characters were found that no telephone can dial."""
    too_long: bool = False
    emergency_address: bool = False
    letters: int = 0
    """How many keypad letters were turned into digits in the first reading."""
    first_is_part: bool = False
    """The first reading leaves digits out: those behind a pause."""
    extension_name: str = ""
    """The string as an extension's name would be written: user part, without separators."""


def read_text(dialed: str) -> DialedText:
    """All the ways to read a dialled string; never raises."""
    if len(dialed) > MAX_LENGTH:
        return DialedText((_dialable(_without_decoration(dialed[:MAX_LENGTH])),), too_long=True)
    text = _without_decoration(dialed)
    if _EMERGENCY_ADDRESS.fullmatch(text):
        return DialedText(("",), emergency_address=True)
    name = text
    text = _EXTENSION_WORD.sub(",", text)
    # A final # ends dialling on most phones, and a pause with nothing after it does nothing.
    if text[:1] not in "*#":
        text = text.rstrip("#,;")
    letters = len(_LETTERS.findall(text))
    if letters and not _only_pauses(text):
        return _with_letters(text, letters, name)
    junk = _has_junk(text)
    behind_line = _STAR_BEHIND_LINE.fullmatch(text)
    if behind_line:  # 9 *67 ...: a line, then a star code
        both = (_dialable(behind_line[2]), _digits_and_plus(text))
        return DialedText(both, junk=junk, extension_name=name)
    readings = _around_pauses(text)
    return DialedText(readings, junk=junk, first_is_part=len(readings) > 1, extension_name=name)


def _without_decoration(dialed: str) -> str:
    """The user part in lower-case ASCII, without scheme, host, parameters and separators."""
    text = dialed if dialed.isascii() else _to_ascii(dialed)
    text = text.strip(" \t\r\n<").lower()
    scheme = _SCHEME.match(text)
    if scheme:
        text = text[scheme.end() :].split("?", 1)[0]
        for escaped, character in _ESCAPED.items():
            text = text.replace(escaped, character)
    text = text.split("@", 1)[0]
    number, semicolon, parameters = text.partition(";")
    # ";lr" or ";phone-context=..." is an address parameter; ";123" is a pause and more digits,
    # which must not be lost.
    is_parameter = "=" in parameters or not _DIGIT.search(parameters)
    if semicolon and parameters[:1].isalpha() and is_parameter:
        text = number
    return text.translate(_SEPARATORS)


def _to_ascii(text: str) -> str:
    """Full-width, Arabic, Devanagari ... digits as 0-9; invisible direction marks removed."""
    out = []
    for character in unicodedata.normalize("NFKC", text)[: 2 * MAX_LENGTH]:
        decimal = unicodedata.decimal(character, None)
        if decimal is not None:
            out.append(str(decimal))
        elif unicodedata.category(character) == "Zs":
            out.append(" ")
        elif unicodedata.category(character) != "Cf":
            out.append(character)
    return "".join(out)


def _only_pauses(text: str) -> bool:
    """Letters are only p, w and x between digits: pauses, as speed dials store them."""
    return not set(_LETTERS.findall(text)) - set(_PAUSES)


def _has_junk(text: str) -> bool:
    return any(character not in _PAUSES for character in _NOT_DIALED.findall(text))


def _dialable(text: str) -> str:
    return _NOT_DIALED.sub("", text)


def _digits_and_plus(text: str) -> str:
    return _NOT_DIGIT_OR_PLUS.sub("", text)


def _around_pauses(text: str) -> tuple[str, ...]:
    """The part before a pause, and everything together.

    After a pause a phone sends tones into the call, but a switch may also run the digits together:
    a pause must not hide where the call goes.
    """
    if text[:1] in ("*", "#"):
        return (_dialable(text),)
    spoken = text.rstrip(_PAUSES + "#")
    head = _PAUSE_RUN.split(spoken, maxsplit=1)[0]
    joined = _digits_and_plus(spoken)
    readings = [_dialable(head)]
    if joined != readings[0]:
        readings.append(joined)
    letters = set(_LETTERS.findall(text))
    if letters:  # 1-800-WWW-PPPP is also a word
        readings.append(_dialable(text.translate(_KEYPAD)))
    return tuple(readings)


def _with_letters(text: str, letters: int, name: str) -> DialedText:
    """1-800-FLOWERS has a number in front of its word; "hello", "s" and "abc911" do not."""
    if text[0] in "+0123456789" and not _has_junk(_LETTERS.sub("", text)):
        readings = (_dialable(text.translate(_KEYPAD)), _dialable(text))
        return DialedText(readings, letters=letters, extension_name=name)
    return DialedText((_dialable(text),), junk=True, extension_name=name)
