"""Django's registration of this part."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """The webhooks app."""

    name = "callmark.webhooks"
    label = "webhooks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear what the parts below tell."""
        from callmark.webhooks import outbox  # noqa: PLC0415

        outbox.listen()
