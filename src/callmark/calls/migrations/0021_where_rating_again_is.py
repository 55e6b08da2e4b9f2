"""Where rating again is: it goes by months, for calls of a month lie beside each other."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("calls", "0020_calls_by_number_either_way"),)

    operations = (
        migrations.AddField("job", "cursor_month", models.DateField(null=True)),
        migrations.AddField("job", "cursor_at", models.DateTimeField(null=True)),
    )
