"""Before and after: what is recorded under names of columns, told as the pages call it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy, gettext_noop, pgettext, pgettext_lazy

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
from callmark.languages import Language, in_language
from callmark.local_formats import country
from callmark.policy.rules import RULE_NAMES
from callmark.policy.values import value_class
from callmark.portal.activity.asked import words_of
from callmark.tariffs.models import RoundingChoice
from callmark.webhooks.models import Event


def _column_label(name: str) -> Any:  # noqa: ANN401
    """What the settings page calls a column, in the language of the moment it is shown."""
    return getattr(AccountCodeSettings._meta.get_field(name), "verbose_name", name)


_OF_SETTINGS = (
    "allowed",
    "max_retries",
    "code_length",
    *RULE_NAMES,
    "unasked",
    *OPTION_NAMES,
)

LABELS: dict[str, Any] = {
    **{name: _column_label(name) for name in _OF_SETTINGS},
    "users_turned_on": gettext_noop("Users it was enabled for"),
    "users_turned_off": gettext_noop("Users it was disabled for"),
    "custom_settings_deleted": gettext_noop("Custom settings deleted"),
    "enabled": gettext_noop("Enable account codes"),
    "override": gettext_noop("Override account level settings"),
    "default_code": gettext_noop("Default code"),
    "is_trunk": gettext_noop("SIP trunk"),
    "is_active": gettext_noop("Active"),
    "active": gettext_noop("Active"),
    "email": gettext_noop("E-mail"),
    "role": gettext_noop("Role"),
    "home_country": gettext_noop("Home country"),
    "country": gettext_noop("Country"),
    "slug": gettext_noop("Address in the portal"),
    "outside_prefix": gettext_noop("Outside line prefix"),
    "star_code": gettext_noop("Star code"),
    "international_regions": gettext_noop("Countries billed as international"),
    "own_numbers": gettext_noop("The switch's own numbers"),
    "answer_first": gettext_noop("Answer the caller first"),
    "requires_second_factor": gettext_noop("Second factor for everybody"),
    "endpoint": gettext_noop("Phone on the switch"),
    "e164": gettext_noop("Phone number"),
    "pattern": gettext_noop("Number or prefix"),
    "need": gettext_noop("Account code"),
    "scope": gettext_noop("Whose calls"),
    "call_type": gettext_noop("Type of calls"),
    "amount": gettext_noop("At most"),
    "unit": gettext_noop("What is counted"),
    "per": gettext_noop("In"),
    "warn_at": gettext_noop("Warn at percent"),
    "then": gettext_noop("When it is reached"),
    "count": gettext_noop("How many"),
    "older_than": gettext_noop("Older than"),
    "calls_kept_days": gettext_noop("Days that call records are kept"),
    "activity_kept_days": gettext_noop("Days that activity is kept"),
    "time_zone": gettext_noop("Time zone"),
    "language": gettext_noop("Language"),
    "csv_choice": gettext_noop("CSV files"),
    "billing_day": gettext_noop("Day on which months begin"),
    "users_may_correct": gettext_noop("Users correct their own calls"),
    "kind": gettext_noop("What was done"),
    "total": gettext_noop("Calls"),
    "account_code_name": gettext_noop("Account code"),
    "code": gettext_noop("Account code"),
    "month": gettext_noop("First day of the month"),
    "ends": gettext_noop("First day after it"),
    "calls": gettext_noop("Calls"),
    "seconds": gettext_noop("Seconds of talk"),
    "to_assign": gettext_noop("Calls to assign"),
    "billed_seconds": gettext_noop("Seconds billed"),
    "currency": gettext_noop("Currency"),
    "cost": gettext_noop("Cost"),
    "tariff_version": gettext_noop("Version of the rates"),
    "valid_from": gettext_noop("For calls from"),
    "rates": gettext_noop("Rates"),
    "decimals": gettext_noop("Decimals"),
    "rounding": gettext_noop("Rounded"),
    "mark_up": gettext_noop("Mark-up in percent"),
    "since": gettext_noop("Calls from"),
    "shared": gettext_noop("Shared on the account"),
    "query": gettext_noop("What it finds"),
    "first_names": gettext_noop("The first of them"),
    "template": gettext_noop("Began with the template"),
    "updated": gettext_noop("How many were updated"),
    "first_updated": gettext_noop("The first that were updated"),
    "extensions": gettext_noop("Extensions given"),
    "renamed": gettext_noop("How many were renamed"),
    "first_renamed": gettext_noop("The first that were renamed"),
    "law_firm_id": gettext_noop("Law firm id"),
    "firm_name": gettext_noop("Name on bills"),
    "next_invoice": gettext_noop("Next invoice number"),
    "invoice_prefix": gettext_noop("Invoice numbers begin with"),
    "time_unit": gettext_noop("Seconds that billed time is rounded up to"),
    "mask_numbers": gettext_noop("Last digits of numbers hidden"),
    "show_codes": gettext_noop("Digits of codes on statements"),
    "client_id": gettext_noop("Client id"),
    "matter_id": gettext_noop("Matter id"),
    "external_id": gettext_noop("External id"),
    "starts_on": gettext_noop("First day"),
    "ends_on": gettext_noop("Last day"),
    "call_types": gettext_noop("Opens only"),
    "user_ids": gettext_noop("Only for"),
    "timekeeper_id": gettext_noop("Timekeeper id"),
    "timekeeper_name": gettext_noop("Name on bills"),
    "locked_until": gettext_noop("Locked out until"),
    "wrong_entries": gettext_noop("Wrong entries"),
    "url": gettext_noop("Address"),
    "include_codes": gettext_noop("Messages hold the digits of codes"),
    "why": gettext_noop("Reason"),
    "where": gettext_noop("Where"),
    "ended_with": gettext_noop("Because this token ended"),
    "expires_at": gettext_noop("Expires"),
    "events": gettext_noop("Events"),
    "scopes": gettext_noop("Scopes"),
    "about": gettext_noop("About"),
    "allow_codes": gettext_noop("Allow codes"),
    "asked": gettext_noop("Asked"),
    "day": gettext_noop("Day"),
    "each": gettext_noop("Each"),
    "every": gettext_noop("Every"),
    "format": gettext_noop("Format"),
    "hour": gettext_noop("Hour"),
    "label": gettext_noop("Label"),
    "left": gettext_noop("Left"),
    "name": gettext_noop("Name"),
    "number": gettext_noop("Number"),
    "one": gettext_noop("One"),
    "options": gettext_noop("Options"),
    "recipients": gettext_noop("Recipients"),
    "switch": gettext_noop("Switch"),
    "to": gettext_noop("To"),
    "user": gettext_noop("User"),
    "way": gettext_noop("Way"),
    "with": gettext_noop("With"),
}
"""What each is called; the last ones as in the database, and in its order."""

_COUNTRIES = frozenset({"country", "home_country", "international_regions"})
_IDS = frozenset({"message", "delivery"})
_DAYS = frozenset({"older_than", "starts_on", "ends_on"})
_STATES = frozenset({"is_active", "active"})
_YES_OR_NO = _STATES | {"include_codes", "is_trunk", "users_may_correct", "shared"}
_VALUES: dict[str, dict[str, Any]] = {
    "role": dict(Role.choices),
    "language": dict(Language.choices),
    "unasked": dict(UnaskedChoice.choices),
    "separator": dict(SeparatorChoice.choices),
    "scope": dict(LimitOfChoice.choices),
    "unit": dict(LimitUnitChoice.choices),
    "per": dict(LimitPerChoice.choices),
    "then": dict(WhenReachedChoice.choices),
    "call_type": dict(CallTypeChoice.choices),
    "call_types": dict(CallTypeChoice.choices),
    "need": dict(NeedChoice.choices),
    "events": dict(Event.choices),
    "kind": dict(BatchKind.choices),
    "with": {
        "password": pgettext_lazy("a way to sign in", "password"),
        "totp": pgettext_lazy("a way to sign in", "totp"),
        "recovery_codes": pgettext_lazy("a way to sign in", "recovery_codes"),
        "webauthn": pgettext_lazy("a way to sign in", "webauthn"),
        "socialaccount": pgettext_lazy("a way to sign in", "socialaccount"),
        "link by e-mail": pgettext_lazy("a way to sign in", "link by e-mail"),
    },
    "rounding": dict(RoundingChoice.choices),
    "way": {"link": gettext_lazy("link"), "attachment": gettext_lazy("attachment")},
    "every": {
        "day": gettext_lazy("day"),
        "week": gettext_lazy("week"),
        "month": gettext_lazy("month"),
    },
    "why": {
        "wrong password": gettext_lazy("wrong password"),
        "deactivated": gettext_lazy("deactivated"),
    },
    "about": {"report": gettext_lazy("report"), "calls": gettext_lazy("calls")},
    "where": {"codes": gettext_lazy("List of codes"), "calls": gettext_lazy("Call history")},
    "scopes": {
        "read": gettext_lazy("Read"),
        "codes:read": gettext_lazy("Read codes in clear"),
        "write": gettext_lazy("Change"),
        "call_control": gettext_lazy("Control calls"),
        "people": gettext_lazy("Decide who can sign in"),
    },
}
_NOTHING: tuple[object, ...] = (None, "", [], {}, False)


@value_class
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
        Change(_label(name), _told(name, entry, entry.before), _told(name, entry, entry.after))
        for name in names
    ]


def _is_news(entry: AuditEntry, name: str, value: object) -> bool:
    """Of what was added or removed: not what it did not have, nor what goes without saying."""
    if value in _NOTHING or value == entry.target_name:
        return False
    return not (name in _STATES and value is True)


def _label(name: str) -> str:
    label = LABELS.get(name)
    return gettext(str(label)) if label else name.replace("_", " ").capitalize()


def _told(name: str, entry: AuditEntry, values: Mapping[str, Any]) -> str:
    if name == "asked" and isinstance(values.get(name), dict):
        return ", ".join(words_of(entry.account_id, values[name]))
    return _value(name, values[name]) if name in values else ""


def _value(name: str, value: object) -> str:
    if isinstance(value, bool):
        if name in _YES_OR_NO:
            return gettext("yes") if value else gettext("no")
        return pgettext("of a rule", "on") if value else pgettext("of a rule", "off")
    if name.endswith("_kept_days"):
        return (
            gettext("as the operator sets") if value is None else str(value or gettext("forever"))
        )
    if value in _NOTHING:
        return gettext("none")
    if isinstance(value, list):
        return ", ".join(_value(name, one) for one in value)
    return ", ".join(_values(value)) if isinstance(value, dict) else _one_value(name, str(value))


def _one_value(name: str, text: str) -> str:
    if name in _COUNTRIES:
        return country(text)
    if name in _DAYS:
        day = parse_date(text)
        return date_format(day) if day else text
    if name == "why":
        text = in_language(text)
    moment = _moment(text) if name.endswith(("_at", "_until")) else None
    return moment or str(_VALUES.get(name, {}).get(text, text))


def _values(values: Mapping[str, Any]) -> Iterator[str]:
    """What is in a value that has parts of its own."""
    for name, value in values.items():
        yield gettext("{name}: {figure}").format(name=_label(name), figure=_value(name, value))


def _moment(text: str) -> str | None:
    try:
        moment: datetime | None = parse_datetime(text)
    except ValueError:
        return None
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT") if moment else None
