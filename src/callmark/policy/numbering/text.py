"""From what a phone, a softphone or a contact list sends, to the clean number in it.

A clean number is digits with an optional ``+`` in front, or a star code: ``*`` and ``#`` with
digits, behind which a number may follow. Nothing else ever reaches a switch. Of a string that is
written in no way we know, no number is made: to guess would be to dial what nobody judged.
"""

import re
import unicodedata
from dataclasses import replace

from callmark.policy.texts import Text
from callmark.policy.values import value_class

# Asterisk's longest extension is 80 characters and no telephone number has more than 15 digits;
# 256 leaves room for punctuation and addresses. What is longer is not read any further.
MAX_LENGTH = 256
# 15 digits (E.164) behind a line, a star code, a carrier's code and an international prefix.
MAX_NUMBER = 32

_SCHEME = re.compile(r"(?:tel|sips?|callto|phone):(?://)?")
# RFC 5031: the emergency service as an address, with an optional kind (sos.fire, sos.police).
_EMERGENCY_ADDRESS = re.compile(r"urn:service:sos(?:\.[a-z][a-z.-]{0,40})?")
# RFC 3261 (token) and RFC 3966 (phone-context, ext, isub): a name, and a value of characters that
# mean nothing to a switch. A flag such as ;lr has two letters at least: ;p1 is a pause.
_VALUE = r"(?:[a-z0-9.+*_~:\[\]'`-]|%[0-9a-f]{2})+"
_PARAMETERS = rf"(?:;[a-z][a-z0-9-]*={_VALUE}|;[a-z][a-z-]+)*"
_ONLY_PARAMETERS = re.compile(_PARAMETERS)
_HEADERS = rf"(?:\?[a-z-]+={_VALUE}(?:&[a-z-]+={_VALUE})*)?"
_USER_AND_HEADERS = re.compile(rf"([^?]*){_HEADERS}")
_HOST = re.compile(
    rf"(?:[a-z0-9][a-z0-9.-]*|\[[0-9a-f:.]+\])(?::\d{{1,5}})?{_PARAMETERS}{_HEADERS}"
)
_ESCAPED = {"%2b": "+", "%23": "#", "%2a": "*"}
# RFC 3966's visual separators and the dashes of word processors; the tilde is how Russian numbers
# are written (8~10 ...).
_SEPARATORS = str.maketrans("", "", " -.~\u2010\u2011\u2012\u2013\u2014\u2212")
# RFC 3966 lets brackets separate; only around an area code, a trunk prefix or a country code.
_BRACKETS = re.compile(r"\((\+?\d{1,6})\)")
_EXTENSION_WORD = re.compile(r"(?<=\d)(?:extension|extn|ext)(?=\d+$)")

_PLAIN = re.compile(r"[0-9*#]+")
# What nearly every phone sends: there is nothing to read.
_AS_IT_IS = re.compile(rf"\+?[0-9]{{1,{MAX_NUMBER - 1}}}")
_STAR_CODE = re.compile(r"([*#][0-9*#]*(?:\+\d+)?)([,;pwx][0-9*#,;pwx]*)?")
# Digits before a plus or a star are for a line, or the habit of one: 9+44 ..., 9*67 ...
_BEHIND_LINE = re.compile(r"\d{1,3}(?=\+)|\d{1,2}(?=[*#].*\d)")
# After a pause a phone sends tones into the call; # ends what is dialed.
_NUMBER = re.compile(r"(\+?\d+)(?:[,;pwx*#]+([0-9*#,;pwx]*))?")
_WORD = re.compile(r"\A[+0-9][0-9]*[a-z][0-9a-z]*#?")
_ONLY_PAUSES = re.compile(r"[^a-oq-vyz]*")
_DIGIT = re.compile(r"\d")
_LETTERS = re.compile(r"[a-z]")
_KEYPAD = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
_NOT_READ = re.compile(r"[^0-9a-z+*#,;]")
_NOT_DIALED = re.compile(r"[^0-9+*#]")

NOTHING = Text("nothing was dialed")
TOO_LONG = Text("it is far too long to be dialed")
NO_NUMBER = Text("no number can be made of its characters")


@value_class
class DialedText:
    """How a dialed string is read."""

    number: str = ""
    """The clean number, with the digits for an outside line if there are any; empty if refused."""
    refused: str = ""
    """Why no number can be made of the string."""
    behind_pause: str = ""
    """What follows the number's first pause: digits and further pauses."""
    letters: int = 0
    """How many keypad letters were turned into digits."""
    as_word: str = ""
    """The other reading of a string whose letters may be pauses: 1-800-WWW-PPPP."""
    plain: str = ""
    """Everything that was dialed, if it is digits, ``*`` and ``#`` alone (with separators)."""
    remains: str = ""
    """Of a refused string: the digits, with letters and pauses, that it has beside the rest."""
    name: str = ""
    """The user part exactly as it came, for an extension that has a name."""
    emergency_address: bool = False


def read_text(dialed: str) -> DialedText:
    """The clean number in a dialed string, or why there is none; never raises."""
    if _AS_IT_IS.fullmatch(dialed):
        return DialedText(dialed, plain="" if dialed[0] == "+" else dialed, name=dialed)
    if len(dialed) > MAX_LENGTH:
        return DialedText(refused=TOO_LONG)
    text = ascii_of(dialed).strip(" ")
    if _EMERGENCY_ADDRESS.fullmatch(text.lower()):
        return DialedText(emergency_address=True)
    user, known_form = _user_part(text)
    number = user.lower()
    for escaped, character in _ESCAPED.items():
        number = number.replace(escaped, character)
    number = _BRACKETS.sub(r"\1", number.translate(_SEPARATORS))
    number = _EXTENSION_WORD.sub(",", number)
    found = _read(number) if known_form else None
    if found is None:
        return DialedText(
            refused=NO_NUMBER if number else NOTHING,
            name=user if known_form else "",
            remains=_NOT_READ.sub("", number),
        )
    if len(found.number) > MAX_NUMBER:
        return DialedText(refused=TOO_LONG)
    plain = number if _PLAIN.fullmatch(number) else ""
    return replace(found, plain=plain, name=user)


def digits_of(dialed: str) -> str:
    """Whatever can be dialed in a string, run together; only to show what a refused one may be."""
    return _NOT_DIALED.sub("", ascii_of(dialed[:MAX_LENGTH]))


def ascii_of(text: str) -> str:
    """The same with digits and punctuation that telephones have, whatever script it is in."""
    return text if text.isascii() else _to_ascii(text)


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


def _user_part(text: str) -> tuple[str, bool]:
    """The user part without scheme, host and parameters, and whether the rest was well formed.

    A host without a scheme is no form that a phone sends: the user part is then told apart only so
    that 911@pbx reaches 911.
    """
    if text[:1] == "<" and text[-1:] == ">":
        text = text[1:-1]
    scheme = _SCHEME.match(text.lower())
    user, at, host = text[scheme.end() if scheme else 0 :].partition("@")
    if at and not _HOST.fullmatch(host.lower()):
        return text, False
    if scheme and not at and _USER_AND_HEADERS.fullmatch(user.lower()):
        user = user.partition("?")[0]
    number, semicolon, parameters = user.partition(";")
    if semicolon and _ONLY_PARAMETERS.fullmatch(f";{parameters}".lower()):
        user = number
    return user, bool(scheme) or not at


def _read(text: str) -> DialedText | None:
    """The number in lower-case text without separators; None when it is written in no known way."""
    line = _BEHIND_LINE.match(text)
    if line:
        text = text[line.end() :]
    star = _STAR_CODE.fullmatch(text)
    if star:
        return DialedText(star[1])
    number = _NUMBER.fullmatch(text)
    if number:
        behind = number[2] or ""
        may_be_word = _LETTERS.search(text) and not _DIGIT.search(behind)
        as_word = text.rstrip("#").translate(_KEYPAD) if may_be_word else ""
        return DialedText(number[1], behind_pause=behind, as_word=as_word)
    if _WORD.fullmatch(text) and not _ONLY_PAUSES.fullmatch(text):
        digits = text.rstrip("#").translate(_KEYPAD)
        return DialedText(digits, letters=len(_LETTERS.findall(text)))
    return None
