"""Django's registration of this part."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The portal app."""

    name = "callmark.portal"
    label = "portal"
    default_auto_field = "django.db.models.BigAutoField"
