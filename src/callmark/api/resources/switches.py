"""The telephone switches that ask Callmark about calls: operators only."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from callmark.accounts import models
from callmark.api import examples
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resource import Asker, Needs, Resource
from callmark.api.schemas import NO_CONTROL_CHARACTERS, Request, Shown, eg
from callmark.switches.alone.findings import Finding
from callmark.switches.alone.reports import (
    MOST_FINDINGS,
    SwitchOverview,
    overview,
    overviews,
    report_checked,
)

switches = Resource("/switches", "Switches", needs=Needs.OPERATOR)
switch = switches.one("/{switch_id}", lambda _asker: models.Switch.objects.all())

Text = Annotated[str, Field(min_length=1, max_length=500, pattern=NO_CONTROL_CHARACTERS)]


FINDING = {
    "kind": "problem",
    "where": "extensions.conf",
    "what": "Callmark's dialplan is not included",
    "do": "Add the line that README.txt says",
}


class FindingKind(StrEnum):
    """How bad it is: digits get out, something does not work, or could be safer."""

    LEAK = "leak"
    PROBLEM = "problem"
    ADVICE = "advice"


class SwitchFinding(Request):
    """One thing that a check of a switch found."""

    kind: FindingKind = eg(FINDING["kind"])
    where: Text = eg(FINDING["where"])
    what: Text = eg(FINDING["what"])
    do: Text = eg(FINDING["do"])


class SwitchCheck(Request):
    """What `callmark doctor --side switch --json` found on the switch's machine."""

    findings: list[SwitchFinding] = eg([FINDING], max_length=MOST_FINDINGS)


class Switch(Shown):
    """A switch: when it asked a gate, what was written for it, and how much a check found."""

    id: UUID = eg(examples.SWITCH_ID, row="switch.pk")
    name: str = eg("main", row="switch.name")
    machine: str = eg("", "What it shows to tell itself from others.", row="switch.entity")
    extensions: int = eg(42, "Endpoints of users and trunks.")
    accounts: int = eg(3)
    heard_at: datetime | None = eg(
        examples.MOMENT, "When it last asked a gate.", row="switch.heard_at"
    )
    last_call: datetime | None = eg(examples.MOMENT, "The newest call of its accounts.")
    kind: str = eg(
        "Asterisk",
        "What its dialplan was written for; empty: not written yet.",
        row="switch.kind",
    )
    dialplan_version: str = eg("9f1c2ab04d7e", row="switch.dialplan_version")
    dialplan_written_at: datetime | None = eg(examples.MOMENT, row="switch.dialplan_written_at")
    checked_at: datetime | None = eg(
        None, "When its configuration was last looked at.", row="switch.checked_at"
    )
    findings: int = eg(0, "How much that look found to put right.", row="switch.findings")


class SwitchInFull(Switch):
    """... and what the last check found."""

    is_current: bool | None = eg(
        True, "Whether its dialplan is as it would be written now; null: not known."
    )
    found: list[SwitchFinding] = eg([], row="switch.found")


@switches.get()
def list_switches(_asker: Asker, query: PageQuery) -> Page[Switch]:
    """List the switches."""
    found: Page[models.Switch] = page_of(
        models.Switch.objects.all(), query, ("name", "id"), lambda one: one
    )
    return Page[Switch](items=[Switch.of(one) for one in overviews(found.items)], next=found.next)


@switch.get()
def get_switch(_asker: Asker, row: models.Switch) -> SwitchInFull:
    """Read one switch."""
    return _in_full(overview(row))


@switch.post("/check")
def report_switch_check(_asker: Asker, row: models.Switch, body: SwitchCheck) -> SwitchInFull:
    """Keep what a check found, in place of what was kept before."""
    found = [
        Finding(
            one.where,
            one.what,
            one.do,
            leak=one.kind is FindingKind.LEAK,
            advice=one.kind is FindingKind.ADVICE,
        )
        for one in body.findings
    ]
    return _in_full(overview(report_checked(row.name, found)))


def _in_full(shown: SwitchOverview) -> SwitchInFull:
    return SwitchInFull.of(shown)
