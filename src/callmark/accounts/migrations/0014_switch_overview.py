from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_gates_heard"),
    ]

    operations = [
        migrations.AddField(
            model_name="switch",
            name="found",
            field=models.JSONField(
                blank=True, db_default=models.Value([], models.JSONField()), default=list
            ),
        ),
        migrations.AddField(
            model_name="switch",
            name="heard_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
