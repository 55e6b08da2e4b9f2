"""What is known of a switch's side: what was written for it, what a check found, its last call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from callmark.accounts.models import Account, Switch
from callmark.calls.models import Call
from callmark.switches.alone.account import AccountDialplan, version_of
from callmark.switches.alone.findings import Finding
from callmark.switches.alone.installation import load_dialplans


@dataclass(frozen=True, slots=True)
class SwitchStatus:
    """How a switch stands with an account; moments are None for what has not been yet.

    ``is_current``: what was written for it is what would be written now. ``findings``: how much the
    last check found.
    """

    name: str
    kind: str
    last_call: datetime | None
    written_at: datetime | None
    version: str
    is_current: bool
    checked_at: datetime | None
    findings: int


def record_written(name: str, kind: str, accounts: Sequence[AccountDialplan]) -> None:
    """Remember that a switch's dialplan was written for all of these accounts."""
    Switch.objects.filter(name=name).update(
        kind=kind, dialplan_version=version_of(accounts), dialplan_written_at=timezone.now()
    )


def record_checked(name: str, findings: Sequence[Finding]) -> None:
    """Remember how much a look at a switch's configuration found."""
    Switch.objects.filter(name=name).update(checked_at=timezone.now(), findings=len(findings))


def switches_of(account: Account) -> list[SwitchStatus]:
    """The switches that the account's extensions are on."""
    found = Switch.objects.filter(extensions__account=account).distinct()
    return [_status(switch, account) for switch in found.order_by("name")]


def _status(switch: Switch, account: Account) -> SwitchStatus:
    calls = Call.objects.of(account).filter(switch=switch.name, simulated=False)
    newest = calls.order_by("-started_at").values_list("started_at", flat=True)
    written = switch.dialplan_written_at
    return SwitchStatus(
        switch.name,
        switch.kind,
        newest.first(),
        written,
        switch.dialplan_version,
        written is None or switch.dialplan_version == version_of(load_dialplans(switch.name)),
        switch.checked_at,
        switch.findings,
    )
