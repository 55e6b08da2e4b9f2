"""Django's registration of this part."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The API app."""

    name = "callmark.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to people who leave."""
        from callmark.api import on_person_deleted  # noqa: PLC0415

        on_person_deleted.connect()
