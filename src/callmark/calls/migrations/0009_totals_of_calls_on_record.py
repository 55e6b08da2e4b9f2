"""Row-level security of the new tables; calls on record are counted by the worker, in parts."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from callmark.accounts.row_security import protect_by_account

TABLES = (
    "calls_codetotal",
    "calls_usertotal",
    "calls_daytotal",
    "calls_closedmonth",
    "calls_adjustment",
    "calls_correctionbatch",
    "calls_correction",
    "calls_job",
    "calls_savedfilter",
)
CODE_WAS_REQUIRED = ("connected", "proceeded_after_max_retries", "let_through_unasked")


def protect_tables(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for table in TABLES:
        protect_by_account(schema_editor, table)


def count_calls_later(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    calls = apps.get_model("calls", "Call")._base_manager
    # Those without a code are few; the worker comes to the others as it counts them.
    wanted = calls.filter(outcome__in=CODE_WAS_REQUIRED, account_code_encrypted="")
    wanted.update(code_required=True)
    job = apps.get_model("calls", "Job")
    for account in apps.get_model("accounts", "Account").objects.all():
        if calls.filter(account_id=account.pk).exists():
            job._base_manager.create(account=account)


class Migration(migrations.Migration):
    dependencies = (("calls", "0008_totals"),)
    operations = (
        migrations.RunPython(protect_tables, migrations.RunPython.noop),
        migrations.RunPython(count_calls_later, migrations.RunPython.noop),
    )
