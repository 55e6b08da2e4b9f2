"""The telephone switches that ask Callmark about calls: operators only."""

from datetime import datetime
from uuid import UUID

from django.db.models import Count

from callmark.accounts import models
from callmark.api import examples
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resource import Asker, Needs, Resource
from callmark.api.schemas import Shown, eg

switches = Resource("/switches", "Switches", needs=Needs.OPERATOR)


class Switch(Shown):
    """A switch, and how many extensions are on it."""

    id: UUID = eg(examples.SWITCH_ID)
    name: str = eg("main")
    extensions: int = eg(42)
    kind: str = eg("Asterisk", "What its dialplan was written for; empty: not written yet.")
    dialplan_version: str = eg("9f1c2ab04d7e")
    dialplan_written_at: datetime | None = eg(examples.MOMENT)
    checked_at: datetime | None = eg(None, "When its configuration was last looked at.")
    findings: int = eg(0, "How much that look found to put right.")


@switches.get()
def list_switches(_asker: Asker, query: PageQuery) -> Page[Switch]:
    """List the switches."""
    extensions = models.Extension.objects.of_every_account("switches are the operator's")
    counts = dict(extensions.values_list("switch").annotate(Count("pk")).order_by())
    return page_of(
        models.Switch.objects.all(),
        query,
        ("name", "id"),
        lambda switch: Switch.of(switch, extensions=counts.get(switch.pk, 0)),
    )
