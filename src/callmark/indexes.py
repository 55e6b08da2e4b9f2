"""Indexes of tables that are large and written to all the time: made while others write.

For migrations with ``atomic = False``. On PostgreSQL an index is made concurrently; one that was
left unfinished is begun again. On SQLite writers wait: 1,000,000 calls take about 2 s an index.
"""

from collections.abc import Iterable

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
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


class AlterFieldsTogether(Operation):
    """Fields of one model: SQLite copies its table once instead of once for each.

    A million rows take about 5 s a copy, while nobody writes.
    """

    def __init__(self, *alterations: migrations.AlterField) -> None:
        """Of one model, none of which renames a column or changes a type."""
        self.alterations = alterations

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """As Django asks of an operation."""
        return (type(self).__name__, list(self.alterations), {})

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """One after another."""
        for one in self.alterations:
            one.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Change the table."""
        if schema_editor.connection.vendor != "sqlite":
            for one in self.alterations:
                one.database_forwards(app_label, schema_editor, from_state, to_state)
            return
        assert from_state.apps is not None
        assert to_state.apps is not None
        name = self.alterations[0].model_name
        old, new = (each.apps.get_model(app_label, name) for each in (from_state, to_state))
        fields = [
            (old._meta.get_field(one.name), new._meta.get_field(one.name))
            for one in self.alterations
        ]
        schema_editor._remake_table(old, alter_fields=fields)  # type: ignore[attr-defined]

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Change it back: the states are given the other way round."""
        self.database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """What ``sqlmigrate`` says."""
        return "; ".join(one.describe() for one in self.alterations)


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
