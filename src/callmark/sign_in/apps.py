"""Django's registration of this part."""

from django.apps import AppConfig


class SignInConfig(AppConfig):
    """The sign-in app."""

    name = "callmark.sign_in"
    label = "sign_in"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to allauth for the audit, and to changes of people."""
        from callmark.sign_in import auditing, reactions  # noqa: PLC0415

        auditing.connect()
        reactions.connect()
