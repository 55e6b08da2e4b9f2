"""Tokens are a way to sign in: their table is another app's from here on, and stays as it is."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("api", "0006_call_control_moves_out")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel(name="ApiToken")]
        )
    ]
