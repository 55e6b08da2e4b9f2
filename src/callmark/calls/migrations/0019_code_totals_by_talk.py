"""The first lines of a month by code, the longest talk first, without sorting all of them."""

from django.db import migrations, models

from callmark.indexes import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False
    dependencies = (
        ("accounts", "0010_csv_choice"),
        ("calls", "0018_options_at_the_prompt"),
    )

    operations = (
        AddIndexBesideWriters(
            "codetotal",
            models.Index(fields=["account", "month", "-seconds"], name="code_totals_by_talk"),
        ),
    )
