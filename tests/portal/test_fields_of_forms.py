"""Lists and inputs are made without Django's templates: what comes out is the same."""

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
