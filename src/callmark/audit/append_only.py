"""The database's own refusal to change entries: triggers, put on and (to empty all) taken off.

One deletion is let through: of what is older than it is to be kept (:mod:`audit.retention`). For
it an entry must already tell that everything before some day is deleted. That entry is never
deleted itself, and none younger than ``NEVER_DELETED_DAYS`` is: a deletion always leaves a trace.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from callmark.audit.actions import Action

TABLE = "audit_auditentry"
NEVER_DELETED_DAYS = 30
TOLD_BY = str(Action.ACTIVITY_DELETED.value)
OLDER_THAN = "older_than"
"""Where such an entry has the day (``2026-01-31``, UTC) before which everything goes."""

_REFUSAL = "audit entries are never changed or deleted"

# INSERT OR REPLACE deletes without asking the delete trigger, hence the third.
# Moments are stored as text that begins with the day: it compares as the moments do.
_SQLITE_ON = (
    f"""CREATE TRIGGER audit_no_update BEFORE UPDATE ON {TABLE}
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
    f"""CREATE TRIGGER audit_no_delete BEFORE DELETE ON {TABLE}
        WHEN OLD.action = '{TOLD_BY}'
        OR OLD.at >= datetime('now', '-{NEVER_DELETED_DAYS} days')
        OR NOT EXISTS (SELECT 1 FROM {TABLE} AS told
            WHERE told.account_id IS OLD.account_id AND told.action = '{TOLD_BY}'
            AND json_extract(told."after", '$.{OLDER_THAN}') > OLD.at)
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",  # noqa: S608
    f"""CREATE TRIGGER audit_no_replace BEFORE INSERT ON {TABLE}
        WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",  # noqa: S608
)
_SQLITE_OFF = tuple(
    f"DROP TRIGGER IF EXISTS audit_no_{what}" for what in ("update", "delete", "replace")
)


def _told(whose: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM {TABLE} AS told "  # noqa: S608
        f"WHERE told.account_id {whose} AND told.action = '{TOLD_BY}' "
        f"AND (told.after->>'{OLDER_THAN}')::timestamp AT TIME ZONE 'UTC' > OLD.at)"
    )


_POSTGRESQL_ON = (
    f"""CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'DELETE' THEN
            IF OLD.action <> '{TOLD_BY}'
                AND OLD.at < now() - interval '{NEVER_DELETED_DAYS} days' THEN
                IF OLD.account_id IS NULL THEN
                    IF {_told("IS NULL")} THEN RETURN OLD; END IF;
                ELSIF {_told("= OLD.account_id")} THEN RETURN OLD;
                END IF;
            END IF;
        END IF;
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
