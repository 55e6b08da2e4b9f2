"""The telephone switches that ask Callmark about calls: operators only."""

from uuid import UUID

from django.db.models import Count
from ninja import Query, Router

from callmark.accounts import models
from callmark.api import examples
from callmark.api.description import Operation
from callmark.api.operations import operation
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.schemas import Shown
from callmark.sign_in.api_tokens import Scope
from callmark.web.access import Caller, Needs

router = Router(tags=["Switches"])


class Switch(Shown):
    """A switch, and how many extensions are on it."""

    id: UUID
    name: str
    extensions: int


@operation(
    router,
    Operation(
        "GET",
        "/switches",
        needs=Needs.OPERATOR,
        scope=Scope.READ,
        example=examples.page({"id": examples.SWITCH_ID, "name": "main", "extensions": 42}),
    ),
)
def list_switches(
    _caller: Caller,
    query: Query[PageQuery],
) -> Page[Switch]:
    """List the switches."""
    extensions = models.Extension.objects.of_every_account("switches are the operator's")
    counts = dict(extensions.values_list("switch").annotate(Count("pk")).order_by())
    return page_of(
        models.Switch.objects.all(),
        query,
        ("name", "id"),
        lambda switch: Switch(id=switch.pk, name=switch.name, extensions=counts.get(switch.pk, 0)),
    )
