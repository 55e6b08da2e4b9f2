"""What a caller can hear, and the words of each prompt."""

from enum import StrEnum

_DIGIT_WORDS = {3: "three", 4: "four", 5: "five", 6: "six", 7: "seven"}


class Prompt(StrEnum):
    """A spoken prompt or tone. Wording is fixed by the reference, section 5."""

    ENTER_CODE = "enter_code"
    INVALID_ENTRY = "invalid_entry"
    WRONG_LENGTH = "wrong_length"
    MAX_ATTEMPTS = "max_attempts"
    LOCKED_OUT = "locked_out"
    CALL_REFUSED = "call_refused"
    NUMBER_REFUSED = "number_refused"
    LIMIT_REACHED = "limit_reached"
    GOODBYE = "goodbye"
    SPLASH = "splash"


_NAMES_A_LENGTH = frozenset({Prompt.INVALID_ENTRY, Prompt.WRONG_LENGTH})

_TEXTS = {
    Prompt.ENTER_CODE: "Please enter a valid account code.",
    Prompt.INVALID_ENTRY: "Invalid entry. Please enter a {digits}-digit account code.",
    Prompt.WRONG_LENGTH: (
        "Account codes must be {digits} digits. Please re-enter your {digits}-digit account code."
    ),
    Prompt.MAX_ATTEMPTS: "You have reached the maximum number of attempts.",
    Prompt.LOCKED_OUT: (
        "Too many incorrect codes have been entered from this phone. "
        "Please try again later, or ask your administrator."
    ),
    Prompt.CALL_REFUSED: (
        "This call needs an account code, and codes cannot be checked right now. "
        "Please try again later."
    ),
    Prompt.NUMBER_REFUSED: "This number cannot be dialed. Please check it, and try again.",
    Prompt.LIMIT_REACHED: (
        "This call cannot be made, because a limit has been reached. Please ask your administrator."
    ),
    Prompt.GOODBYE: "Goodbye.",
    Prompt.SPLASH: "(a short tone)",
}


def prompt_text(prompt: Prompt, code_length: int) -> str:
    """The words of a prompt on an account whose codes have ``code_length`` digits (3-7)."""
    return _TEXTS[prompt].format(digits=_DIGIT_WORDS[code_length])


def prompt_file(prompt: Prompt, code_length: int) -> str:
    """The sound's name without folder and ending, such as ``invalid-entry-4``."""
    name = prompt.value.replace("_", "-")
    return f"{name}-{code_length}" if prompt in _NAMES_A_LENGTH else name


def all_prompt_files() -> tuple[str, ...]:
    """Every sound an installation needs."""
    names = {prompt_file(prompt, length) for prompt in Prompt for length in _DIGIT_WORDS}
    return tuple(sorted(names))
