"""The form that takes a list of codes."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from callmark.portal.forms.uploaded_lists import UploadedListForm, columns_said

_MOST_COLUMNS = 40
MEANINGS = (
    ("", gettext_lazy("Left out")),
    ("name", gettext_lazy("Name")),
    ("code", gettext_lazy("Code")),
    ("active", gettext_lazy("Active or not")),
    ("label", gettext_lazy("Label")),
    ("client_id", gettext_lazy("Client id")),
    ("matter_id", gettext_lazy("Matter id")),
    ("external_id", gettext_lazy("External id")),
    ("starts_on", gettext_lazy("First day")),
    ("ends_on", gettext_lazy("Last day")),
    ("user_ids", gettext_lazy("Only for (users)")),
    ("call_types", gettext_lazy("Opens only (types of calls)")),
)
"""What a column of a list can be."""


class CodeListForm(UploadedListForm):
    """... of codes, or of names to make codes for."""

    make_codes = forms.BooleanField(
        label=gettext_lazy("It holds names only: make a code for each"),
        required=False,
        help_text=gettext_lazy(
            "Random codes that are free, and hard to guess. Write one name in each line."
        ),
    )
    update_names = forms.BooleanField(
        label=gettext_lazy("Update codes that exist already"),
        required=False,
        help_text=gettext_lazy(
            "Their names, and what else the list has columns for. Otherwise a code that "
            "exists already is a problem."
        ),
    )


def chosen_columns(data: QueryDict) -> list[str]:
    """What the columns of a list of codes are, as somebody says; or nothing."""
    return columns_said(data, dict(MEANINGS), _MOST_COLUMNS)
