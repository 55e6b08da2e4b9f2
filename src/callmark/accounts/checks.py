"""What a value of an account or a person must be; each raises Django's ValidationError."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from phonenumbers import SUPPORTED_REGIONS

from callmark.accounts.time_zones import is_time_zone
from callmark.local_formats import number
from callmark.policy.numbering import OwnNumbers


def check_country(value: str) -> None:
    """Refuse a country that the numbering metadata does not know."""
    if value not in SUPPORTED_REGIONS:
        raise ValidationError(
            gettext("Use a two-letter country code in capitals, such as US or GB.")
        )


def check_own_numbers(value: object) -> None:
    """Refuse a list that says nothing clear about a switch's own numbers."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValidationError(gettext("Write the switch's own numbers as a list of texts."))
    try:
        OwnNumbers.of(value)
    except ValueError as problem:
        raise ValidationError(f"{problem}.") from None


CALLS_KEPT_AT_LEAST, ACTIVITY_KEPT_AT_LEAST, KEPT_AT_MOST = 7, 30, 36_500
"""In days. Records may wait in a gate's spool for some; recent activity protects everybody."""


def _check_days_kept(days: int, least: int) -> None:
    if days and not least <= days <= KEPT_AT_MOST:
        raise ValidationError(
            gettext("Use {least} to {kept_at_most} days, or 0 forever.").format(
                least=least, kept_at_most=number(KEPT_AT_MOST)
            )
        )


def check_days_calls_are_kept(days: int) -> None:
    """Refuse to delete call records that may not have arrived yet."""
    _check_days_kept(days, CALLS_KEPT_AT_LEAST)


def check_days_activity_is_kept(days: int) -> None:
    """Refuse to delete what the database will not let go."""
    _check_days_kept(days, ACTIVITY_KEPT_AT_LEAST)


def check_time_zone(value: str) -> None:
    """Refuse a time zone that the IANA database does not know."""
    if not is_time_zone(value):
        raise ValidationError(gettext("Choose a time zone such as America/New_York."))
