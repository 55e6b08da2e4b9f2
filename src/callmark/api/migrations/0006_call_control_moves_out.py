"""Call control's tables are another app's from here on; they stay as they are."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("api", "0005_codes_read_and_made_with")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name="ControlledCall"),
                migrations.DeleteModel(name="ControlledTagging"),
            ]
        )
    ]
