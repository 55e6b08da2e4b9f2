"""Django's registration of this part."""

from django.apps import AppConfig
from django.core.signals import request_started
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """The accounts app."""

    name = "callmark.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell every new database connection whose rows it sees, and keep an eye on the keys."""
        from callmark.accounts.row_security import set_scope_of_new_connection  # noqa: PLC0415
        from callmark.keys.installed import look_at_each_request  # noqa: PLC0415
        from callmark.keys.starting import create_keys_after_migrating  # noqa: PLC0415
        from callmark.sqlite_sizes import tell_sizes  # noqa: PLC0415
        from callmark.sqlite_turns import say_who_waits  # noqa: PLC0415

        connection_created.connect(set_scope_of_new_connection)
        connection_created.connect(say_who_waits)
        request_started.connect(look_at_each_request)
        post_migrate.connect(create_keys_after_migrating, sender=self)
        post_migrate.connect(tell_sizes, sender=self)
