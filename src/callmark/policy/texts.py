"""Texts for people, in English, that can be put into another language later.

Nothing here knows a language: what shows a text translates it (``callmark.languages``).
"""

from collections.abc import Mapping
from typing import Any, Self


class Amount(str):
    """A plain number in a text, such as 0.05: its point is the reader's when it is shown."""

    __slots__ = ()


class Text(str):
    """An English text that remembers what it was made of: a template and the values in it.

    ``Text("{count} digits", count=4)`` is the text "4 digits" wherever a text is wanted. A value
    may be a :class:`Text` itself. Each template is found by ``make messages``: write it out.
    """

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, **values: object) -> Self:
        """Raise KeyError for a value that the template names and nobody gave."""
        self = super().__new__(cls, template.format(**values) if values else template)
        self.template = template
        self.values = values
        return self

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        """What a copy is made of."""
        return (self.template,), dict(self.values)
