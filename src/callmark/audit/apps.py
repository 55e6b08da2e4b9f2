"""Django's registration of this part."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The audit app."""

    name = "callmark.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"
