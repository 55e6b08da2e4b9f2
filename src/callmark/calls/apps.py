"""Django's registration of this part."""

from django.apps import AppConfig


class CallsConfig(AppConfig):
    """The calls app."""

    name = "callmark.calls"
    label = "calls"
    default_auto_field = "django.db.models.BigAutoField"
