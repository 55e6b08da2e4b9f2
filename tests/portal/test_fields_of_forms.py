"""Lists and inputs are made without Django's templates: what comes out is the same."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates
from hypothesis import given
from hypothesis import strategies as st

from callmark.web.form_renderer import PlainWidgets

_TEXTS = st.text(max_size=8) | st.sampled_from(["", "<b>", "\"'&", "a b"])
_ATTRIBUTES = st.dictionaries(
    st.sampled_from(["class", "required", "data-x"]), _TEXTS | st.booleans(), max_size=3
)
_CHOICES = st.lists(
    st.tuples(_TEXTS, _TEXTS) | st.tuples(_TEXTS, st.lists(st.tuples(_TEXTS, _TEXTS), max_size=2)),
    max_size=4,
)


@given(_TEXTS, _TEXTS, _ATTRIBUTES, _CHOICES)
def test_lists_and_inputs_are_what_django_makes(
    name: str, value: str, attributes: dict[str, Any], choices: list[Any]
) -> None:
    widgets = (
        forms.Select(attrs=attributes, choices=choices),
        forms.TextInput(attributes),
        forms.NumberInput(attributes),
        forms.EmailInput(attributes),
        forms.HiddenInput(attributes),
        forms.DateInput(attributes),
    )
    for one in widgets:
        ours = one.render(name, value, renderer=PlainWidgets())
        django = one.render(name, value, renderer=DjangoTemplates())
        assert ours == django


def test_browsers_can_read_every_date_in_every_language() -> None:
    """They leave a field empty whose date is written 27/11/2026: it would be saved as none."""
    import_module("callmark.portal.urls")
    dates = [
        (one.__name__, name, field.widget.format)
        for one in _forms(forms.Form)
        for name, field in one.base_fields.items()
        if isinstance(field.widget, forms.DateInput | forms.DateTimeInput)
        and field.widget.input_type != "text"
    ]
    assert len(dates) > 5
    assert [one for one in dates if not str(one[2]).startswith("%Y-%m-%d")] == []


def _forms(kind: type[forms.Form]) -> Iterator[type[forms.Form]]:
    for one in kind.__subclasses__():
        yield one
        yield from _forms(one)
