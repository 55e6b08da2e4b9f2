from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("codes", "0017_account_templates"),
    ]

    operations = [
        migrations.AddField(
            model_name="userbatchrow",
            name="before",
            field=models.JSONField(null=True),
        ),
        migrations.AlterField(
            model_name="userbatch",
            name="kind",
            field=models.CharField(
                choices=[
                    ("enable", "Enable account codes"),
                    ("disable", "Disable account codes"),
                    ("reset", "Reset to the account's settings"),
                    ("import", "Import of a list"),
                    ("undo", "Undo"),
                ],
                max_length=8,
            ),
        ),
    ]
