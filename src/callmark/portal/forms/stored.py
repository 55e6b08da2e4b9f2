"""Forms that change what is stored: what is not sent stays as it is."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict

Data = QueryDict | None


class StoredForm(forms.Form):
    """A form over stored values. A field that is not sent keeps its value: it is never off.

    Browsers do not send fields that are greyed out, nor checkboxes that are off. So a checkbox goes
    with a hidden field of its name before it, which says that it was on the page and off.
    """

    def __init__(self, data: Data, stored: Mapping[str, Any], **options: Any) -> None:  # noqa: ANN401
        super().__init__(_filled(data, stored), initial=dict(stored), **options)


def _filled(data: Data, stored: Mapping[str, Any]) -> Data:
    if data is None:
        return None
    filled = data.copy()
    for name, value in stored.items():
        if name in filled:
            continue
        values = value if isinstance(value, (list, tuple)) else [value]
        filled.setlist(name, ["" if one is None else str(one) for one in values])
    return filled


class Checks(forms.CheckboxSelectMultiple):
    """Several checkboxes after a hidden, empty field: none of them chosen differs from not sent."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:  # noqa: ANN401
        """What is chosen, without the hidden field."""
        chosen = super().value_from_datadict(data, files, name)
        return [one for one in chosen if one] if isinstance(chosen, list) else chosen
