"""Forms that change what is stored: what is not sent stays, and nothing is overwritten unseen."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext

from callmark.accounts.refused import Refused
from callmark.accounts.versions import STALE

Data = QueryDict | None


class StoredForm(forms.Form):
    """A form over stored values. A field that is not sent keeps its value: it is never off.

    Browsers do not send fields that are grayed out, nor checkboxes that are off. So a checkbox goes
    with a hidden field of its name before it, which says that it was on the page and off.

    ``version`` is that of the stored values, carried along for the service that compares it.
    """

    version: forms.Field = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Data,
        stored: Mapping[str, Any],
        *,
        version: str | int | None = None,
        **options: Any,  # noqa: ANN401
    ) -> None:
        first = {**stored, "version": version}
        super().__init__(_filled(data, stored), initial=first, **options)
        if version is None:
            del self.fields["version"]

    @property
    def expected_version(self) -> str | None:
        """The version that the page showed; only after :meth:`is_valid`."""
        return self.cleaned_data["version"] or None

    @property
    def changes(self) -> dict[str, Any]:
        """What is to be stored; only after :meth:`is_valid`."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    def show_refused(self, refused: Refused, now: "StoredForm") -> None:
        """Say why nothing was saved. ``now``: the same form over what is stored now.

        Where somebody else was faster, what was entered stays, with their values told beside it.
        """
        self.add_error(refused.field if refused.field in self.fields else None, refused.message)
        if refused.code != STALE:
            return
        assert isinstance(self.data, QueryDict)
        self.data = self.data.copy()
        self.data["version"] = str(now.initial["version"])
        for bound in self.visible_fields():
            theirs = now[bound.name]
            if bound.field.has_changed(theirs.initial, bound.data):
                self.add_error(
                    None,
                    gettext("{label}: stored now is {theirs}.").format(
                        label=bound.label, theirs=_in_words(theirs)
                    ),
                )


def _in_words(theirs: forms.BoundField) -> str:
    value = theirs.initial
    if isinstance(theirs.field, forms.BooleanField):
        return gettext("on") if value else gettext("off")
    labels = dict(getattr(theirs.field, "choices", ()))
    values = value if isinstance(value, (list, tuple)) else [value]
    said = ", ".join(str(labels.get(one, one)) for one in values if one not in (None, ""))
    if not said and "" not in labels:
        return gettext("nothing")
    return gettext("“{value}”").format(value=said or labels.get("", ""))


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
