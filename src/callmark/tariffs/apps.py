"""Django's registration of this part."""

from django.apps import AppConfig


class TariffsConfig(AppConfig):
    """The tariffs app."""

    name = "callmark.tariffs"
    label = "tariffs"
    default_auto_field = "django.db.models.BigAutoField"
