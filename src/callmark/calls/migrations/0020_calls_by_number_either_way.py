"""The last call with a number and a code is found, whichever way it went."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Case, F, Q, When

from callmark.calls.models.other_party import Literal
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


def look_at_numbers(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What PostgreSQL knows of a new index on an expression is nothing until somebody looks."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ANALYZE calls_call")


class Migration(migrations.Migration):
    atomic = False
    dependencies = (("calls", "0019_code_totals_by_talk"),)

    operations = (
        AddIndexBesideWriters(
            "call",
            models.Index(
                F("account"),
                OTHER_PARTY,
                F("started_at").desc(),
                F("id").desc(),
                condition=Q(code__isnull=False),
                name="calls_with_number_and_code",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=(migrations.RunPython(drop_by_number, migrations.RunPython.noop),),
            state_operations=(
                migrations.RemoveIndex(model_name="call", name="calls_by_number_with_code"),
            ),
        ),
        migrations.RunPython(look_at_numbers, migrations.RunPython.noop),
    )
