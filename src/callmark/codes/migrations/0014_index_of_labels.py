"""The index of the list of one label, made beside writers."""

from django.db import migrations, models

from callmark.indexes import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False
    dependencies = (("codes", "0013_many_codes_and_labels"),)
    operations = (
        AddIndexBesideWriters(
            model_name="accountcode",
            index=models.Index(
                condition=models.Q(("label", ""), _negated=True),
                fields=["account", "label", "name", "id"],
                name="codes_by_label",
            ),
        ),
    )
