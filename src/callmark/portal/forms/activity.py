"""The filters of an account's activity."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from callmark.accounts.models import Account, User
from callmark.audit.models import AuditEntry
from callmark.audit.queries import about_people, entries_for
from callmark.calls.retention import kept_by
from callmark.policy.values import value_class
from callmark.portal.forms.dates import DatesForm

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@value_class
class Kind:
    """A kind of change, as one looks for it; ``actions`` ending in a dot mean all of them."""

    label: "str | StrPromise"
    icon: str
    actions: tuple[str, ...]

    @property
    def condition(self) -> Q:
        """Entries of this kind."""
        condition = Q()
        for action in self.actions:
            lookup = "action__startswith" if action.endswith(".") else "action"
            condition |= Q(**{lookup: action})
        return condition

    def has(self, action: str) -> bool:
        """Whether the action is of this kind."""
        return any(
            action.startswith(one) if one.endswith(".") else action == one for one in self.actions
        )


KINDS: dict[str, Kind] = {
    "settings": Kind(
        gettext_lazy("Account code settings"),
        "adjustments",
        ("account_codes.", "user.account_codes_saved"),
    ),
    "codes": Kind(
        gettext_lazy("Account codes"), "dialpad", ("account_code.", "code_batch.", "listed_number.")
    ),
    "calls": Kind(
        gettext_lazy("Calls put right and months"),
        "list-details",
        ("calls.corrected", "calls.correction_undone", "month.", "saved_filter."),
    ),
    "bills": Kind(
        gettext_lazy("Rates, limits, reports and bills"),
        "download",
        ("firm_details.", "timekeeper.", "handover.", "tariff.", "limit.", "report.", "export."),
    ),
    "lockouts": Kind(gettext_lazy("Lockouts"), "lock", ("user.locked_out", "user.lockout_lifted")),
    "people": Kind(
        gettext_lazy("People and numbers"), "users", ("person.", "extension.", "phone_number.")
    ),
    "sign_in": Kind(gettext_lazy("Signing in"), "key", ("sign_in.",)),
    "programs": Kind(
        gettext_lazy("Webhooks and API tokens"), "webhook", ("webhook.", "api_token.")
    ),
    "visits": Kind(gettext_lazy("Visits of the operator"), "eye", ("account.visited_by_operator",)),
    "deleted": Kind(
        gettext_lazy("Old records deleted"), "trash", ("calls.old_deleted", "activity.old_deleted")
    ),
    "account": Kind(
        gettext_lazy("The account itself"), "building", ("account.added", "account.changed")
    ),
}


# A person with a name that so many share is to be looked for by more of it.
_PEOPLE = 200


class ActivityFilterForm(DatesForm):
    """Which entries to show; every field may be left empty."""

    field_order = ("person", "kind", "since", "until", "operator")

    person = forms.CharField(label=gettext_lazy("Person"), required=False, max_length=100)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of change"),
        required=False,
        choices=[("", gettext_lazy("Any")), *((key, kind.label) for key, kind in KINDS.items())],
    )
    operator = forms.BooleanField(label=gettext_lazy("Only what the operator did"), required=False)

    def __init__(self, account: Account, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        self._account = account

    @property
    def kept_days(self) -> int | None:
        """How far back there is anything to find; None: forever."""
        return kept_by(self._account).activity

    def entries(self) -> QuerySet[AuditEntry]:
        """The entries of the days asked for; only after :meth:`is_valid`. An index finds them."""
        since, until = self.moments()
        return entries_for(self._account, since=since, until=until)

    @property
    def looking_for(self) -> Q | None:
        """What else is asked of them, to be looked for; a wrong field asks for nothing."""
        chosen, wanted = self.cleaned_data, Q()
        if chosen.get("person"):
            wanted &= self._about(chosen["person"])
        if chosen.get("kind"):
            wanted &= KINDS[chosen["kind"]].condition
        if chosen.get("operator"):
            wanted &= Q(actor_is_operator=True)
        return wanted or None

    def _about(self, text: str) -> Q:
        """By the name in an entry, or by what the person is called now: name or e-mail address."""
        people = User.objects.of(self._account).filter(
            Q(name__icontains=text) | Q(email__icontains=text)
        )
        return about_people(text, people.values_list("pk", flat=True)[:_PEOPLE])
