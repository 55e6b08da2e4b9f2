"""Django's registration of this part."""

from django.apps import AppConfig


class CallsConfig(AppConfig):
    """The calls app."""

    name = "callmark.calls"
    label = "calls"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear what the parts below tell, and count each call that is saved."""
        from callmark.calls import reactions  # noqa: PLC0415
        from callmark.calls.counting import counting_itself  # noqa: PLC0415
        from callmark.calls.models import Call  # noqa: PLC0415

        reactions.listen()
        Call.counting_itself = counting_itself
