"""Django's registration of this part."""

from django.apps import AppConfig


class CodesConfig(AppConfig):
    """The codes app."""

    name = "callmark.codes"
    label = "codes"
    default_auto_field = "django.db.models.BigAutoField"
