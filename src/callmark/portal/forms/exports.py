"""Asking for a file that is made in the background."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from callmark.reports.models import About, Format
from callmark.reports.paper import pdf_is_possible


class ExportForm(forms.Form):
    """Which kind of file. What it holds is the question of the page that it was asked on."""

    about = forms.ChoiceField(choices=About.choices, required=False, widget=forms.HiddenInput)
    question = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)
    format = forms.ChoiceField(label=gettext_lazy("Kind of file"), choices=Format.choices)

    def __init__(self, data: Mapping[str, Any]) -> None:
        asked = {name: data.get(name, "") for name in self.base_fields}
        asked["format"] = asked["format"] or Format.XLSX
        super().__init__(asked)
        self.asked_about = About.REPORT if asked["about"] == About.REPORT else About.CALLS
        self.asked_question = str(asked["question"])[:20_000]
        no_pdf = self.asked_about == About.CALLS or not pdf_is_possible()
        self.fields["format"].choices = [  # type: ignore[attr-defined]
            (value, label) for value, label in Format.choices if value != Format.PDF or not no_pdf
        ]
