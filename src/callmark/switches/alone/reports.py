"""What is known of a switch's side: heard, written for, checked, and its calls."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils import timezone

from callmark.accounts.models import Account, Extension, Switch
from callmark.accounts.refused import Refused
from callmark.calls.models import Call
from callmark.policy.values import value_class
from callmark.switches.alone.account import AccountDialplan, version_of
from callmark.switches.alone.findings import Finding
from callmark.switches.alone.installation import load_dialplans

QUIET_AFTER = timedelta(days=1)
COMPARED_AT_MOST = 100
"""Accounts on a switch of which it is worked out whether what was written is what they are now."""
MOST_FINDINGS = 100
_LONGEST = 500
_OPERATORS = "switches are the operator's"


@value_class
class SwitchStatus:
    """A switch, and what follows from what is stored of it.

    ``last_call``: the newest of one account's calls there, or of those of all accounts on it.
    ``is_current``: what was written for it is what would be written now; None where that is not
    known.
    """

    switch: Switch
    last_call: datetime | None
    is_current: bool | None

    @property
    def is_quiet(self) -> bool:
        """Whether it asked a gate before, and not for a day."""
        heard = self.switch.heard_at
        return heard is not None and timezone.now() - heard > QUIET_AFTER


@value_class
class SwitchOverview(SwitchStatus):
    """... and how many endpoints and accounts are on it."""

    extensions: int
    accounts: int


def record_written(name: str, kind: str, accounts: Sequence[AccountDialplan]) -> None:
    """Remember that a switch's dialplan was written for all of these accounts."""
    Switch.objects.filter(name=name).update(
        kind=kind, dialplan_version=version_of(accounts), dialplan_written_at=timezone.now()
    )


def record_checked(name: str, findings: Sequence[Finding]) -> None:
    """Remember what a look at a switch's configuration found."""
    found = [
        {
            "kind": one.kind.lower(),
            "where": one.where[:_LONGEST],
            "what": one.what[:_LONGEST],
            "do": one.do[:_LONGEST],
        }
        for one in findings[:MOST_FINDINGS]
    ]
    Switch.objects.filter(name=name).update(
        checked_at=timezone.now(), findings=len(findings), found=found
    )


def report_checked(name: str, findings: Sequence[Finding]) -> Switch:
    """Remember what was found elsewhere. Raises :class:`Refused` where there is no such switch."""
    record_checked(name, findings)
    switch = Switch.objects.filter(name=name).first()
    if switch is None:
        known = ", ".join(Switch.objects.values_list("name", flat=True)) or "none yet"
        raise Refused(f"There is no switch {name!r}. Switches: {known}.", "name")
    return switch


def switches_of(account: Account) -> list[SwitchStatus]:
    """The switches that the account's extensions are on."""
    found = Switch.objects.filter(extensions__account=account).distinct()
    return [_status(switch, account) for switch in found.order_by("name")]


def _status(switch: Switch, account: Account) -> SwitchStatus:
    calls = Call.objects.of(account).filter(switch=switch.name, simulated=False)
    newest = calls.order_by("-started_at").values_list("started_at", flat=True)
    return SwitchStatus(switch, newest.first(), _is_current(switch))


def overviews(switches: Iterable[Switch]) -> list[SwitchOverview]:
    """These switches in their order, for a list: nothing is compared."""
    rows = list(switches)
    there = Extension.objects.of_every_account(_OPERATORS).filter(switch__in=rows).order_by()
    counted = there.values_list("switch").annotate(Count("pk"), Count("account", distinct=True))
    counts = {switch: (phones, accounts) for switch, phones, accounts in counted}
    return [SwitchOverview(one, _last_call(one), None, *counts.get(one.pk, (0, 0))) for one in rows]


def overview(switch: Switch) -> SwitchOverview:
    """One switch, and whether what was written for it is as it would be now."""
    (shown,) = overviews([switch])
    return replace(shown, is_current=_is_current(switch))


def accounts_on(switch: Switch) -> QuerySet[Account]:
    """The accounts with an endpoint on the switch, by name."""
    there = Extension.objects.of_every_account(_OPERATORS).filter(switch=switch)
    return Account.objects.filter(pk__in=there.values("account_id")).order_by("name", "pk")


def _is_current(switch: Switch) -> bool | None:
    if not switch.dialplan_version or accounts_on(switch).count() > COMPARED_AT_MOST:
        return None
    return switch.dialplan_version == version_of(load_dialplans(switch.name))


def _last_call(switch: Switch) -> datetime | None:
    calls = Call.objects.of_every_account(_OPERATORS).filter(simulated=False)
    newest = calls.filter(account=OuterRef("pk")).order_by("-started_at").values("started_at")[:1]
    found = accounts_on(switch).annotate(last=Subquery(newest)).values_list("last", flat=True)
    return max((one for one in found if one is not None), default=None)
