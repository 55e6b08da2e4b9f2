"""The form that takes a list of users, and what an operator says of their phones."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from callmark.accounts.refused import Refused
from callmark.accounts.services import DEFAULT_SWITCH
from callmark.codes import user_files as files
from callmark.codes.user_checks import EXTENSION_STANDS, Phones
from callmark.local_formats import number
from callmark.portal.forms.accounts import PLAIN
from callmark.portal.forms.uploaded_lists import UploadedListForm, columns_said

MEANINGS = (
    ("", gettext_lazy("Left out")),
    (files.NAME, gettext_lazy("Name")),
    (files.FIRST, gettext_lazy("First name")),
    (files.LAST, gettext_lazy("Last name")),
    (files.COUNTRY, gettext_lazy("Home country")),
    (files.CODES, gettext_lazy("Account codes (on or off)")),
)
PHONE_MEANINGS = (
    (files.EXTENSION, gettext_lazy("Extension")),
    (files.ENDPOINT, gettext_lazy("Endpoint")),
    (files.SWITCH, gettext_lazy("Switch")),
    (files.NUMBER, gettext_lazy("Phone number")),
)
"""What operators can say besides."""


class UserListForm(UploadedListForm):
    """... of users."""

    update = forms.BooleanField(
        label=gettext_lazy("Update users who are there already"),
        required=False,
        help_text=gettext_lazy(
            "Whose extension is in the list, or who alone have the name. Otherwise they "
            "are a problem."
        ),
    )

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **options)
        self.fields["file"].help_text = gettext(
            "At most 16 MB and {max_rows} users; of an Excel file (.xlsx) the first sheet."
        ).format(max_rows=number(files.MAX_ROWS))
        self.fields["text"].help_text = gettext(
            "A user a line, best with a first line that names the columns: name,extension"
        )


class PhoneListForm(UserListForm):
    """... with their extensions: operators only."""

    switch = forms.CharField(
        label=gettext_lazy("Switch"),
        initial=DEFAULT_SWITCH,
        required=False,
        help_text=gettext_lazy("Where the list has no column for it."),
        widget=forms.TextInput(attrs=PLAIN),
    )
    endpoint = forms.CharField(
        label=gettext_lazy("Endpoint of an extension"),
        initial=EXTENSION_STANDS,
        required=False,
        help_text=format_lazy(
            gettext_lazy(
                "Where the list has no column for it: {extension} as on FreePBX, acme-{extension}, "
                "or on FreeSWITCH {extension}@domain."
            ),
            extension=EXTENSION_STANDS,
        ),
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
