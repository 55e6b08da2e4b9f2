"""A list that is sent to a page: a file, or text that is pasted; read as CSV by either."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy

from callmark.accounts.refused import Refused
from callmark.codes.bulk import MAX_BYTES, as_csv, check_file_name

_MOST_PASTED = 1_000_000


class UploadedListForm(forms.Form):
    """One list, in one of two ways."""

    file = forms.FileField(
        label=gettext_lazy("CSV or Excel file"),
        required=False,
        allow_empty_file=True,
        help_text=gettext_lazy(
            "At most 16 MB and 100,000 codes; of an Excel file (.xlsx) the first sheet."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx,text/csv"}),
    )
    text = forms.CharField(
        label=gettext_lazy("Or paste the list"),
        required=False,
        strip=False,
        max_length=_MOST_PASTED,
        help_text=gettext_lazy(
            "A code a line, best with a first line that names the columns: name,code"
        ),
        error_messages={
            "max_length": gettext_lazy("This is too long to paste: choose it as a file.")
        },
        widget=forms.Textarea(
            # No maxlength: a browser would cut off the end of a long list without a word.
            attrs={"rows": "7", "spellcheck": "false", "autocomplete": "off", "data-secret": True}
        ),
    )

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **options)
        self.fields["text"].widget.attrs.pop("maxlength", None)

    def clean(self) -> dict[str, Any]:
        """A file or a text, not both and not neither."""
        cleaned = super().clean() or {}
        file, text = cleaned.get("file"), (cleaned.get("text") or "").strip()
        if self.errors:
            return cleaned
        if file and text:
            self.add_error("file", gettext("Choose a file or paste a list, not both."))
        elif file is None and not text:
            self.add_error("file", gettext("Choose a file, or paste a list below."))
        elif file is not None:
            self._check(file)
        else:
            self._list = text.encode()
        return cleaned

    def _check(self, file: "UploadedFile[bytes]") -> None:
        if (file.size or 0) > MAX_BYTES:
            self.add_error("file", gettext("The file is too large: send files of at most 16 MB."))
            return
        try:
            check_file_name(file.name)
            self._list = as_csv(file.name, file.read())
        except Refused as refused:
            self.add_error("file", refused.message)

    def content(self) -> bytes:
        """The list as CSV; only of a valid form."""
        return self._list


def columns_said(data: QueryDict, known: Collection[str], most: int) -> list[str]:
    """What the columns are, as somebody says with the page's menus, or said before; or nothing."""
    said = data.getlist("column") or data.get("columns", "").split(",")
    roles = [one if one in known else "" for one in said[:most]]
    return roles if any(roles) else []
