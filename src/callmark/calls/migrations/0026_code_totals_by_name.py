"""The first lines of a month by the code's name, without reading the names of all of them.

Names do not change with what is counted: an addition to a total does not touch this index.
"""

from django.db import migrations, models
from django.db.models.functions import Lower

from callmark.indexes import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False
    dependencies = (("calls", "0025_totals_are_cleaned_often"),)
    operations = (
        AddIndexBesideWriters(
            "codetotal",
            models.Index(
                "account", "month", Lower("account_code_name"), name="code_totals_by_name"
            ),
        ),
    )
