"""Django's registration of this part."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The portal app."""

    name = "callmark.portal"
    label = "portal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the checks that ``manage check --deploy`` makes."""
        from callmark import deployment_checks  # noqa: F401, PLC0415
