"""The form that takes a list of users, and what an operator says of their phones."""

from typing import Any

from django import forms
from django.http import QueryDict

from callmark.accounts.refused import Refused
from callmark.accounts.services import DEFAULT_SWITCH
from callmark.codes import user_files as files
from callmark.codes.user_checks import EXTENSION_STANDS, Phones
from callmark.portal.forms.accounts import PLAIN
from callmark.portal.forms.uploaded_lists import UploadedListForm, columns_said

MEANINGS = (
    ("", "Left out"),
    (files.NAME, "Name"),
    (files.FIRST, "First name"),
    (files.LAST, "Last name"),
    (files.COUNTRY, "Home country"),
    (files.CODES, "Account codes (on or off)"),
)
PHONE_MEANINGS = (
    (files.EXTENSION, "Extension"),
    (files.ENDPOINT, "Endpoint"),
    (files.SWITCH, "Switch"),
    (files.NUMBER, "Phone number"),
)
"""What operators can say besides."""


class UserListForm(UploadedListForm):
    """... of users."""

    update = forms.BooleanField(
        label="Update users who are there already",
        required=False,
        help_text="Whose extension is in the list, or who alone have the name. Otherwise they are "
        "a problem.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **options)
        self.fields[
            "file"
        ].help_text = (
            f"At most 16 MB and {files.MAX_ROWS:,} users; of an Excel file (.xlsx) the first sheet."
        )
        self.fields[
            "text"
        ].help_text = "A user a line, best with a first line that names the columns: name,extension"


class PhoneListForm(UserListForm):
    """... with their extensions: operators only."""

    switch = forms.CharField(
        label="Switch",
        initial=DEFAULT_SWITCH,
        required=False,
        help_text="Where the list has no column for it.",
        widget=forms.TextInput(attrs=PLAIN),
    )
    endpoint = forms.CharField(
        label="Endpoint of an extension",
        initial=EXTENSION_STANDS,
        required=False,
        help_text=f"Where the list has no column for it: {EXTENSION_STANDS} as on FreePBX, "
        f"acme-{EXTENSION_STANDS}, or on FreeSWITCH {EXTENSION_STANDS}@domain.",
        widget=forms.TextInput(attrs=PLAIN),
    )

    def clean(self) -> dict[str, Any]:
        """What is said of all phones must be clear."""
        cleaned = super().clean()
        try:
            phones_said(self.data)
        except Refused as refused:
            self.add_error(refused.field, refused.message)
        return cleaned


def phones_said(data: Any) -> Phones:  # noqa: ANN401
    """Switch and endpoint that a form sends. Raises :class:`Refused`."""
    return Phones(
        data.get("switch", "").strip() or DEFAULT_SWITCH,
        data.get("endpoint", "").strip() or EXTENSION_STANDS,
    )


def chosen_columns(data: QueryDict, *, phones: bool) -> list[str]:
    """What the columns of a list of users are, as somebody says; or nothing."""
    known = dict(MEANINGS + PHONE_MEANINGS if phones else MEANINGS)
    return columns_said(data, known, files.MOST_COLUMNS)
