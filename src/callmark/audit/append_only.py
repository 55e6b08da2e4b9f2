"""The database's own refusal to change entries: triggers, put on and (to empty all) taken off."""

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "audit_auditentry"
_REFUSAL = "audit entries are never changed or deleted"

# INSERT OR REPLACE deletes without asking the delete trigger, hence the third.
_SQLITE_ON = (
    f"""CREATE TRIGGER audit_no_update BEFORE UPDATE ON {TABLE}
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
    f"""CREATE TRIGGER audit_no_delete BEFORE DELETE ON {TABLE}
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
    f"""CREATE TRIGGER audit_no_replace BEFORE INSERT ON {TABLE}
        WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",  # noqa: S608
)
_SQLITE_OFF = tuple(
    f"DROP TRIGGER IF EXISTS audit_no_{what}" for what in ("update", "delete", "replace")
)
_POSTGRESQL_ON = (
    f"""CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
        END $$""",
    f"""CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    f"""CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON {TABLE}
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
)
_POSTGRESQL_OFF = tuple(
    f"DROP TRIGGER IF EXISTS audit_no_{what} ON {TABLE}" for what in ("change", "truncate")
)
_STATEMENTS = {
    "sqlite": (_SQLITE_ON, _SQLITE_OFF),
    "postgresql": (_POSTGRESQL_ON, _POSTGRESQL_OFF),
}


def put_on(connection: BaseDatabaseWrapper) -> None:
    """From now on the database refuses changes. To be repeated when a migration makes the table
    anew (SQLite does so for most alterations).
    """
    _execute(connection, 0)


def take_off(connection: BaseDatabaseWrapper) -> None:
    """For emptying the whole database, and for migrations that must alter old entries."""
    _execute(connection, 1)


def _execute(connection: BaseDatabaseWrapper, which: int) -> None:
    with connection.cursor() as cursor:
        for statement in _STATEMENTS[connection.vendor][which]:
            cursor.execute(statement)
