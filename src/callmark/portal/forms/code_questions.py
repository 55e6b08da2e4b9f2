"""Which codes a list shows: by what is typed, label and state, or those that are unused."""

from dataclasses import field
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext

from callmark.accounts.models import Account
from callmark.calls.overview import unused_codes
from callmark.codes.finding import search_codes
from callmark.codes.models import LABEL_LENGTH, AccountCode
from callmark.policy.values import value_class

STATES = {"active": True, "inactive": False}


@value_class
class CodesAsked:
    """What a list of codes is asked; ``q`` may be a code, and is never in an address."""

    q: str = field(default="", repr=False)
    label: str = ""
    state: str = ""
    unused: bool = False

    @classmethod
    def of(cls, data: QueryDict) -> "CodesAsked":
        """What a form or an address says; nonsense asks nothing."""
        state = data.get("state", "")
        return cls(
            data.get("q", "").strip()[:100],
            data.get("label", "")[:LABEL_LENGTH],
            state if state in STATES else "",
            bool(data.get("unused")),
        )

    def codes(self, account: Account) -> QuerySet[AccountCode]:
        """The codes that are found."""
        found = search_codes(account, self.q, label=self.label, active=STATES.get(self.state))
        return found & unused_codes(account) if self.unused else found

    @property
    def is_filtered(self) -> bool:
        """Whether these may be less than all codes."""
        return bool(self.q or self.label or self.state or self.unused)

    @property
    def address(self) -> str:
        """What may stand in an address, after its question mark."""
        told = {"label": self.label, "state": self.state, "unused": "yes" if self.unused else ""}
        return urlencode({name: value for name, value in told.items() if value})

    @property
    def in_words(self) -> list[tuple[str, str]]:
        """Each condition, as a page says it."""
        told = [
            (gettext("Search"), self.q),
            (gettext("Label"), self.label),
            (gettext("State"), _said(self.state)),
        ]
        told.append(("", gettext("Unused for a year") if self.unused else ""))
        return [(label, value) for label, value in told if value]


def _said(state: str) -> str:
    return {"active": gettext("Active"), "inactive": gettext("Inactive")}.get(state, "")
