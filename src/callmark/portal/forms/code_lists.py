"""The form that takes a list of codes."""

from django import forms
from django.http import QueryDict

from callmark.portal.forms.uploaded_lists import UploadedListForm, columns_said

_MOST_COLUMNS = 40
MEANINGS = (
    ("", "Left out"),
    ("name", "Name"),
    ("code", "Code"),
    ("active", "Active or not"),
    ("label", "Label"),
    ("client_id", "Client id"),
    ("matter_id", "Matter id"),
    ("external_id", "External id"),
    ("starts_on", "First day"),
    ("ends_on", "Last day"),
    ("user_ids", "Only for (users)"),
    ("call_types", "Opens only (types of calls)"),
)
"""What a column of a list can be."""


class CodeListForm(UploadedListForm):
    """... of codes, or of names to make codes for."""

    make_codes = forms.BooleanField(
        label="It holds names only: make a code for each",
        required=False,
        help_text="Random codes that are free, and hard to guess. Write one name in each line.",
    )
    update_names = forms.BooleanField(
        label="Update codes that exist already",
        required=False,
        help_text="Their names, and what else the list has columns for. Otherwise a code that "
        "exists already is a problem.",
    )


def chosen_columns(data: QueryDict) -> list[str]:
    """What the columns of a list of codes are, as somebody says; or nothing."""
    return columns_said(data, dict(MEANINGS), _MOST_COLUMNS)
