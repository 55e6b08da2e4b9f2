"""A kind of correction more; the column stays as it is."""

from django.db import migrations, models

KINDS = (
    ("assign", "Assigned a code"),
    ("clear", "Took the code away"),
    ("suggested", "Assigned what was suggested"),
    ("replace", "Replaced a code"),
    ("not_billable", "Marked as not billable"),
    ("billable", "Marked as billable again"),
    ("undo", "Undid a correction"),
)


class Migration(migrations.Migration):
    dependencies = (("calls", "0015_limits_row_security"),)

    operations = (
        migrations.AlterField(
            "correctionbatch", "kind", models.CharField(choices=KINDS, max_length=12)
        ),
    )
