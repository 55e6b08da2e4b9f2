"""Django's registration of this part."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The accounts app."""

    name = "callmark.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
