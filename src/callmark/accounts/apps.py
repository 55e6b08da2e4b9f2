"""Django's registration of this part."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class AccountsConfig(AppConfig):
    """The accounts app."""

    name = "callmark.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell every new database connection whose rows it sees."""
        from callmark.accounts.row_security import tell_new_connection  # noqa: PLC0415

        connection_created.connect(tell_new_connection)
