"""Django's registration of this part."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """The reports app."""

    name = "callmark.reports"
    label = "reports"
    default_auto_field = "django.db.models.BigAutoField"
