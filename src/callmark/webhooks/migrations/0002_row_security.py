"""Row-level security on every table of one account's own data (PostgreSQL only)."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from callmark.accounts.row_security import protect, protect_by_account

BY_ACCOUNT = ("webhooks_webhookendpoint", "webhooks_webhookmessage", "webhooks_delivery")
BY_DELIVERY = (
    "EXISTS (SELECT 1 FROM webhooks_delivery d "
    "WHERE d.id = delivery_id AND callmark_sees(d.account_id))"
)


def protect_tables(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for table in BY_ACCOUNT:
        protect_by_account(schema_editor, table)
    protect(schema_editor, "webhooks_deliveryattempt", BY_DELIVERY)


class Migration(migrations.Migration):
    # The function callmark_sees comes from the other.
    dependencies = (("webhooks", "0001_initial"), ("calls", "0002_row_security"))
    operations = (migrations.RunPython(protect_tables, migrations.RunPython.noop),)
