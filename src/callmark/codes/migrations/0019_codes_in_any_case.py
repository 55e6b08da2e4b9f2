"""Codes in the order in which reports sort them by name."""

from django.db import migrations, models
from django.db.models.functions import Lower

from callmark.indexes import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False
    dependencies = (("codes", "0018_undo_of_user_lists"),)
    operations = (
        AddIndexBesideWriters(
            model_name="accountcode",
            index=models.Index("account", Lower("name"), "code_lookup", name="codes_in_any_case"),
        ),
    )
