"""Hand-over as a Django application: what an account and its people are called elsewhere."""

from django.apps import AppConfig


class HandoverConfig(AppConfig):
    """Its tables begin with ``handover_``."""

    name = "callmark.reports.handover"
    label = "handover"
    default_auto_field = "django.db.models.BigAutoField"
