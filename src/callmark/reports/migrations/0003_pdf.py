from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("reports", "0002_row_security"),)
    operations = (
        migrations.AlterField(
            model_name="schedule",
            name="format",
            field=models.CharField(
                choices=[("xlsx", "Excel"), ("csv", "CSV"), ("pdf", "PDF")],
                default="xlsx",
                max_length=4,
            ),
        ),
    )
