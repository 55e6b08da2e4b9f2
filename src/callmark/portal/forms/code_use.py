"""Fields for a code's own rules: from when until when, by whom, on which types of calls."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from callmark.accounts.models import Account, User
from callmark.calls.models import CallTypeChoice
from callmark.codes.models import AccountCode
from callmark.codes.use import StoredUse
from callmark.policy.code_use import OPENED_TYPES
from callmark.portal.forms.stored import Checks, StoredForm

_DATE = {"type": "date", "autocomplete": "off"}
_DELETED = "a user who was deleted"
OPENED = [(one.value, CallTypeChoice(one.value).label) for one in OPENED_TYPES]


class CodeUseForm(StoredForm):
    """The fields; a form that has them says of which ``account``, and which ``code`` if any."""

    account: Account
    code: AccountCode | None = None

    starts_on = forms.DateField(
        label=gettext_lazy("First day"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs=_DATE),
    )
    ends_on = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("It counts all that day, as days are on the account."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs=_DATE),
    )
    call_types = forms.MultipleChoiceField(
        label=gettext_lazy("Opens only these calls"),
        required=False,
        choices=OPENED,
        help_text=gettext_lazy("None chosen: all of them. A call of two types needs both."),
        widget=Checks(attrs={"class": "form-check-input"}),
    )
    users = forms.CharField(
        label=gettext_lazy("Only for these users"),
        required=False,
        help_text=gettext_lazy("An extension or a name in each line. Empty: for everybody."),
        widget=forms.Textarea(attrs={"rows": "3", "spellcheck": "false", "autocomplete": "off"}),
    )

    @property
    def use(self) -> StoredUse:
        """The rules; only after :meth:`is_valid`."""
        chosen = self.cleaned_data
        ids, types = tuple(chosen["users"]), tuple(chosen["call_types"])
        return StoredUse(chosen["starts_on"], chosen["ends_on"], ids, types)

    def clean_users(self) -> list[str]:
        """Their ids. What the field showed stays, also of users who are deleted by now."""
        kept = list(self.code.user_ids) if self.code else []
        if "users" not in self.changed_data:
            return kept
        known = {str(one) for one in _people(self.account, kept).values_list("pk", flat=True)}
        ids: list[str] = []
        for line in filter(None, map(str.strip, self.cleaned_data["users"].splitlines())):
            gone = [one for one in kept if one not in known]
            ids += gone if line == _DELETED else [self._id_of(line)]
        return ids

    def _id_of(self, text: str) -> str:
        people = User.objects.of(self.account)
        found = list(people.filter(extensions__number=text)[:1])
        found = found or list(people.filter(name__iexact=text)[:2])
        if len(found) > 1:
            raise forms.ValidationError(
                gettext("Several users have one of these names: use extensions.")
            )
        if not found:
            raise forms.ValidationError(
                gettext(
                    "One of the lines is no user's extension or name: write it as in the list of "
                    "users."
                )
            )
        return str(found[0].pk)


def initial_use(code: AccountCode) -> dict[str, Any]:
    """What the fields show of a code."""
    people = _people(code.account, code.user_ids)
    lines = [written(one) for one in people.prefetch_related("extensions")]
    if len(lines) < len(code.user_ids):
        lines.append(_DELETED)
    return {
        "starts_on": code.starts_on,
        "ends_on": code.ends_on,
        "call_types": list(code.call_types),
        "users": "\n".join(lines),
    }


def written(user: User) -> str:
    """How a user is named in such a field."""
    extension = next(iter(user.extensions.all()), None)
    return extension.number if extension and extension.number else user.name


def _people(account: Account, ids: Iterable[str]) -> Any:  # noqa: ANN401
    return User.objects.of(account).filter(pk__in=list(ids)).order_by("name", "pk")
