"""The form that takes a list of codes: a file, or text that is pasted."""

from typing import Any

from django import forms

from callmark.accounts.refused import Refused
from callmark.codes.bulk import MAX_BYTES, check_file_name

_MOST_PASTED = 1_000_000


class CodeListForm(forms.Form):
    """One list, in one of two ways."""

    file = forms.FileField(
        label="CSV file",
        required=False,
        allow_empty_file=True,
        help_text="At most 16 MB and 100,000 codes. Save a spreadsheet as CSV (UTF-8) first.",
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )
    text = forms.CharField(
        label="Or paste the list",
        required=False,
        strip=False,
        max_length=_MOST_PASTED,
        help_text="Begin with a line that names the columns, such as: name,code",
        error_messages={"max_length": "This is too long to paste: choose it as a file."},
        widget=forms.Textarea(
            # No maxlength: a browser would cut off the end of a long list without a word.
            attrs={"rows": "7", "spellcheck": "false", "autocomplete": "off", "data-secret": True}
        ),
    )
    update_names = forms.BooleanField(
        label="Update the names of codes that exist already",
        required=False,
        help_text="Otherwise a code that exists already is a problem. Only names are updated.",
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
            self.add_error("file", "Choose a file or paste a list, not both.")
        elif file is None and not text:
            self.add_error("file", "Choose a file, or paste a list below.")
        elif file is not None:
            self._check(file.name, file.size or 0)
        return cleaned

    def _check(self, name: str, size: int) -> None:
        try:
            check_file_name(name)
        except Refused as refused:
            self.add_error("file", refused.message)
        if size > MAX_BYTES:
            self.add_error("file", "The file is too large: send files of at most 16 MB.")

    def content(self) -> bytes:
        """The list; only of a valid form."""
        file = self.cleaned_data["file"]
        data: bytes = file.read() if file is not None else self.cleaned_data["text"].encode()
        return data
