"""Django's registration of this part."""

from django.apps import AppConfig


class CallControlConfig(AppConfig):
    """The app of call control over HTTP."""

    name = "callmark.switches.http"
    label = "call_control"
    default_auto_field = "django.db.models.BigAutoField"
