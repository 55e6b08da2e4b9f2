"""The last call with a number and a code is found, whichever way it went and the number is written."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Case, F, Q, When

from callmark.calls.models.other_party import LastDigits, Literal
from callmark.indexes import AddIndexBesideWriters, drop_index

OTHER_PARTY = Case(
    When(Q(direction=Literal("inbound")), then=F("caller")),
    When(~Q(e164=Literal("")), then=F("e164")),
    When(~Q(number=Literal("")), then=F("number")),
    default=F("dialed"),
    output_field=models.CharField(),
)


def drop_by_number(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    drop_index(schema_editor, "calls_by_number_with_code")


class Migration(migrations.Migration):
    atomic = False
    dependencies = (("calls", "0019_code_totals_by_talk"),)

    operations = (
        AddIndexBesideWriters(
            "call",
            models.Index(
                F("account"),
                LastDigits(OTHER_PARTY),
                F("started_at").desc(),
                condition=Q(code__isnull=False),
                name="calls_by_last_digits_with_code",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=(migrations.RunPython(drop_by_number, migrations.RunPython.noop),),
            state_operations=(
                migrations.RemoveIndex(model_name="call", name="calls_by_number_with_code"),
            ),
        ),
    )
