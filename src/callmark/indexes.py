"""Indexes of tables that are large and written to all the time: made while others write.

For migrations with ``atomic = False``. On PostgreSQL an index is made concurrently; one that was
left unfinished is begun again. On SQLite writers wait: 1,000,000 calls take about 2 s an index.
"""

from collections.abc import Iterable

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState


class AddIndexBesideWriters(migrations.AddIndex):
    """As Django's, but concurrently where the database can."""

    atomic = False

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Make it."""
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        assert to_state.apps is not None
        drop_index(schema_editor, str(self.index.name))
        model = to_state.apps.get_model(app_label, self.model_name)
        schema_editor.add_index(model, self.index, concurrently=True)  # type: ignore[call-arg]


def drop_index(schema_editor: BaseDatabaseSchemaEditor, name: str) -> None:
    """Drop an index, if it is there."""
    beside = "CONCURRENTLY " if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP INDEX {beside}IF EXISTS {schema_editor.quote_name(name)}")


def drop_indexes_of_keys(
    apps: Apps,
    schema_editor: BaseDatabaseSchemaEditor,
    app_label: str,
    model: str,
    of: Iterable[str],
) -> None:
    """Drop the indexes that Django made for foreign keys: SQLite would have to copy the table."""
    table, wanted = apps.get_model(app_label, model)._meta.db_table, [[one] for one in of]
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    for name, about in found.items():
        if about["index"] and not about["unique"] and about["columns"] in wanted:
            drop_index(schema_editor, name)
