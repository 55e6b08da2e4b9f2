"""``manage flush`` empties the whole database; only it may empty the audit entries, too."""

from typing import Any

from django.core.management.commands.flush import Command as DjangosFlush
from django.db import connections, transaction

from callmark.audit import append_only


class Command(DjangosFlush):
    """Django's command, with the entries' triggers off meanwhile."""

    def handle(self, **options: Any) -> None:  # noqa: ANN401
        """Take the triggers off, empty everything, put them on again: all or nothing."""
        connection = connections[options["database"]]
        with transaction.atomic(using=connection.alias):
            append_only.take_off(connection)
            super().handle(**options)
            append_only.put_on(connection)
