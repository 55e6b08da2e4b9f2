"""What a caller can hear: which words, and which file of the recordings in each language."""

from callmark.policy.prompt_words import DIGITS, WORDS, Prompt, PromptLanguage
from callmark.policy.values import value_class

__all__ = [
    "Prompt",
    "PromptLanguage",
    "Wording",
    "all_prompt_files",
    "prompt_file",
    "prompt_text",
]

_NAMES_A_LENGTH = frozenset({Prompt.INVALID_ENTRY, Prompt.WRONG_LENGTH})


@value_class
class Wording:
    """How a caller is spoken to: of codes of so many digits (3-7), in a language.

    ``language`` is None where nobody has chosen one: English, or what a switch itself speaks.
    """

    code_length: int
    language: PromptLanguage | None = None

    @property
    def spoken(self) -> PromptLanguage:
        """The language, where there must be one."""
        return self.language or PromptLanguage.ENGLISH


def prompt_text(prompt: Prompt, wording: Wording) -> str:
    """The words of a prompt."""
    language = wording.spoken
    return WORDS[language][prompt].format(digits=DIGITS[language][wording.code_length])


def prompt_file(prompt: Prompt, wording: Wording) -> str:
    """The sound's name without folder and ending, such as ``invalid-entry-4``; no language's."""
    name = prompt.value.replace("_", "-")
    return f"{name}-{wording.code_length}" if prompt in _NAMES_A_LENGTH else name


def all_prompt_files() -> tuple[str, ...]:
    """Every sound that an installation needs in each language."""
    lengths = [Wording(length) for length in DIGITS[PromptLanguage.ENGLISH]]
    names = {prompt_file(prompt, wording) for prompt in Prompt for wording in lengths}
    return tuple(sorted(names))
