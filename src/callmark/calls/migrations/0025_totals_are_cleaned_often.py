"""Totals by code are cleaned on PostgreSQL when a fiftieth of them has changed, not a fifth.

To rate a month of 100,000 codes again writes each of its totals, which is too little of a year's
for PostgreSQL to clean up by itself: each report of the month read what was left, 0.05 s for every
time that its totals were counted.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def clean_often(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "ALTER TABLE calls_codetotal SET (autovacuum_vacuum_scale_factor = 0.02)"
        )


class Migration(migrations.Migration):
    dependencies = (("calls", "0024_numbers_of_counted_calls"),)
    operations = (migrations.RunPython(clean_often, migrations.RunPython.noop),)
