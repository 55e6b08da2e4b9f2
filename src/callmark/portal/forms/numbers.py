"""Whole numbers in forms: whatever is wrong, one sentence says which ones there may be."""

from typing import Any

from django import forms
from django.utils.functional import lazystr
from django.utils.translation import gettext

from callmark.local_formats import number


class WholeNumber(forms.IntegerField):
    """A whole number of a range; its message names both ends, as the reader writes numbers."""

    def __init__(
        self,
        *,
        min_value: int,
        max_value: int | None = None,
        error_messages: dict[str, Any] | None = None,
        **options: Any,  # noqa: ANN401
    ) -> None:
        said = lazystr(_Said(min_value, max_value))
        messages = dict.fromkeys(("invalid", "min_value", "max_value"), said)
        super().__init__(
            min_value=min_value,
            max_value=max_value,
            error_messages={**messages, **(error_messages or {})},
            **options,
        )


class _Said:
    """The sentence, made when it is shown."""

    def __init__(self, least: int, most: int | None) -> None:
        self.least, self.most = least, most

    def __str__(self) -> str:
        if self.most is None:
            words = gettext("Enter a whole number of at least {least}.")
            return words.format(least=number(self.least))
        words = gettext("Enter a whole number from {least} to {most}.")
        return words.format(least=number(self.least), most=number(self.most))
