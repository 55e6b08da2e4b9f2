"""All calls with a number are found by an index, in the order of the list."""

from django.db import migrations, models
from django.db.models import Case, F, Q, When

from callmark.calls.models.other_party import Literal
from callmark.indexes import AddIndexBesideWriters

OTHER_PARTY = Case(
    When(Q(direction=Literal("inbound")), then=F("caller")),
    When(~Q(e164=Literal("")), then=F("e164")),
    When(~Q(number=Literal("")), then=F("number")),
    default=F("dialed"),
    output_field=models.CharField(),
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = (("calls", "0016_suggested"),)

    operations = (
        AddIndexBesideWriters(
            "call",
            models.Index(
                F("account"),
                OTHER_PARTY,
                F("started_at").desc(),
                F("id").desc(),
                name="calls_with_number_in_order",
            ),
        ),
    )
