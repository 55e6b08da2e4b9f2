"""Before and after: what is recorded under names of columns, told as the pages call it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format

from callmark.accounts.models import Role
from callmark.audit.models import AuditEntry
from callmark.calls.models import (
    BatchKind,
    CallTypeChoice,
    LimitOfChoice,
    LimitPerChoice,
    LimitUnitChoice,
    WhenReachedChoice,
)
from callmark.codes.models import (
    OPTION_NAMES,
    AccountCodeSettings,
    NeedChoice,
    SeparatorChoice,
    UnaskedChoice,
)
from callmark.languages import Language
from callmark.policy.numbering import country_name
from callmark.policy.rules import RULE_NAMES
from callmark.tariffs.models import RoundingChoice
from callmark.webhooks.models import Event


def _column_label(name: str) -> str:
    """What the settings page calls a column."""
    column = AccountCodeSettings._meta.get_field(name)
    return str(getattr(column, "verbose_name", name))


_OF_SETTINGS = (
    "allowed",
    "max_retries",
    "code_length",
    *RULE_NAMES,
    "unasked",
    *OPTION_NAMES,
)

LABELS: dict[str, str] = {
    **{name: _column_label(name) for name in _OF_SETTINGS},
    "users_turned_on": "Users it was enabled for",
    "users_turned_off": "Users it was disabled for",
    "custom_settings_deleted": "Custom settings deleted",
    "enabled": "Enable account codes",
    "override": "Override account level settings",
    "default_code": "Default code",
    "is_trunk": "SIP trunk",
    "is_active": "Active",
    "active": "Active",
    "email": "E-mail",
    "role": "Role",
    "home_country": "Home country",
    "country": "Country",
    "slug": "Address in the portal",
    "outside_prefix": "Outside line prefix",
    "star_code": "Star code",
    "international_regions": "Countries billed as international",
    "own_numbers": "The switch's own numbers",
    "answer_first": "Answer the caller first",
    "requires_second_factor": "Second factor for everybody",
    "endpoint": "Phone on the switch",
    "e164": "Phone number",
    "pattern": "Number or prefix",
    "need": "Account code",
    "scope": "Whose calls",
    "call_type": "Type of calls",
    "amount": "At most",
    "unit": "What is counted",
    "per": "In",
    "warn_at": "Warn at percent",
    "then": "When it is reached",
    "count": "How many",
    "older_than": "Older than",
    "calls_kept_days": "Days that call records are kept",
    "activity_kept_days": "Days that activity is kept",
    "time_zone": "Time zone",
    "language": "Language",
    "csv_choice": "CSV files",
    "billing_day": "Day on which months begin",
    "users_may_correct": "Users correct their own calls",
    "kind": "What was done",
    "total": "Calls",
    "account_code_name": "Account code",
    "code": "Account code",
    "month": "First day of the month",
    "ends": "First day after it",
    "calls": "Calls",
    "seconds": "Seconds of talk",
    "to_assign": "Calls to assign",
    "billed_seconds": "Seconds billed",
    "currency": "Currency",
    "cost": "Cost",
    "tariff_version": "Version of the rates",
    "valid_from": "For calls from",
    "rates": "Rates",
    "decimals": "Decimals",
    "rounding": "Rounded",
    "mark_up": "Mark-up in percent",
    "since": "Calls from",
    "shared": "Shared on the account",
    "query": "What it finds",
    "first_names": "The first of them",
    "template": "Began with the template",
    "updated": "How many were updated",
    "first_updated": "The first that were updated",
    "extensions": "Extensions given",
    "renamed": "How many were renamed",
    "first_renamed": "The first that were renamed",
    "law_firm_id": "Law firm id",
    "firm_name": "Name on bills",
    "next_invoice": "Next invoice number",
    "invoice_prefix": "Invoice numbers begin with",
    "time_unit": "Seconds that billed time is rounded up to",
    "mask_numbers": "Last digits of numbers hidden",
    "show_codes": "Digits of codes on statements",
    "client_id": "Client id",
    "matter_id": "Matter id",
    "external_id": "External id",
    "starts_on": "First day",
    "ends_on": "Last day",
    "call_types": "Opens only",
    "user_ids": "Only for",
    "timekeeper_id": "Timekeeper id",
    "timekeeper_name": "Name on bills",
    "locked_until": "Locked out until",
    "wrong_entries": "Wrong entries",
    "url": "Address",
    "include_codes": "Messages hold the digits of codes",
    "why": "Reason",
    "where": "Where",
    "ended_with": "Because this token ended",
    "expires_at": "Expires",
}
"""Where the name itself, with a capital, would not do."""

_COUNTRIES = frozenset({"country", "home_country", "international_regions"})
_IDS = frozenset({"message", "delivery"})
_DAYS = frozenset({"older_than", "starts_on", "ends_on"})
_STATES = frozenset({"is_active", "active"})
_YES_OR_NO = _STATES | {"include_codes", "is_trunk", "users_may_correct", "shared"}
_VALUES: dict[str, dict[str, str]] = {
    "role": {value: str(label) for value, label in Role.choices},
    "language": {value: str(label) for value, label in Language.choices},
    "unasked": {value: str(label) for value, label in UnaskedChoice.choices},
    "separator": {value: str(label) for value, label in SeparatorChoice.choices},
    "scope": {value: str(label) for value, label in LimitOfChoice.choices},
    "unit": {value: str(label) for value, label in LimitUnitChoice.choices},
    "per": {value: str(label) for value, label in LimitPerChoice.choices},
    "then": {value: str(label) for value, label in WhenReachedChoice.choices},
    "call_type": {value: str(label) for value, label in CallTypeChoice.choices},
    "call_types": {value: str(label) for value, label in CallTypeChoice.choices},
    "need": {value: str(label) for value, label in NeedChoice.choices},
    "events": {value: str(label) for value, label in Event.choices},
    "kind": {value: str(label) for value, label in BatchKind.choices},
    "rounding": {value: str(label) for value, label in RoundingChoice.choices},
    "where": {"codes": "List of codes", "calls": "Call history"},
    "scopes": {
        "read": "Read",
        "codes:read": "Read codes in clear",
        "write": "Change",
        "call_control": "Control calls",
        "people": "Decide who can sign in",
    },
}
_NOTHING: tuple[object, ...] = (None, "", [], {}, False)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that became another; ``before`` or ``after`` is empty where there was none."""

    label: str
    before: str
    after: str


def changes_of(entry: AuditEntry) -> list[Change]:
    """What is different from before, without ids that say nothing to a person."""
    # In the pages' order: PostgreSQL does not keep the order in which they were recorded.
    known = list(LABELS)
    names = sorted(
        (name for name in (entry.before | entry.after) if name not in _IDS),
        key=lambda name: (known.index(name) if name in LABELS else len(known), name),
    )
    if not entry.before or not entry.after:
        told = entry.after or entry.before
        names = [name for name in names if _is_news(entry, name, told[name])]
    return [
        Change(_label(name), _told(name, entry.before), _told(name, entry.after)) for name in names
    ]


def _is_news(entry: AuditEntry, name: str, value: object) -> bool:
    """Of what was added or removed: not what it did not have, nor what goes without saying."""
    if value in _NOTHING or value == entry.target_name:
        return False
    return not (name in _STATES and value is True)


def _label(name: str) -> str:
    return LABELS.get(name) or name.replace("_", " ").capitalize()


def _told(name: str, values: Mapping[str, Any]) -> str:
    return _value(name, values[name]) if name in values else ""


def _value(name: str, value: object) -> str:
    if isinstance(value, bool):
        words = ("yes", "no") if name in _YES_OR_NO else ("on", "off")
        return words[0] if value else words[1]
    if name.endswith("_kept_days"):
        return "as the operator sets" if value is None else str(value or "forever")
    if value in _NOTHING:
        return "none"
    if isinstance(value, list):
        return ", ".join(_value(name, one) for one in value)
    text = str(value)
    if name in _COUNTRIES:
        return country_name(text)
    if name in _DAYS:
        day = parse_date(text)
        return date_format(day) if day else text
    moment = _moment(text) if name.endswith(("_at", "_until")) else None
    return moment or _VALUES.get(name, {}).get(text, text)


def _moment(text: str) -> str | None:
    try:
        moment: datetime | None = parse_datetime(text)
    except ValueError:
        return None
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT") if moment else None
