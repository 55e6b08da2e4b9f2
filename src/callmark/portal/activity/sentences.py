"""Each action as a sentence. ``{who}`` did it, ``{what}`` is what it was done to."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from callmark.audit.actions import Action
from callmark.audit.models import AuditEntry
from callmark.audit.origin import Source

SENTENCES: dict[str, str] = {
    Action.ACCOUNT_ADDED: "{who} added the account",
    Action.ACCOUNT_CHANGED: "{who} changed the account",
    Action.ACCOUNT_VISITED: "{who} visited this account",
    Action.PERSON_ADDED: "{who} added {what}",
    Action.PERSON_CHANGED: "{who} changed {what}",
    Action.PERSON_DELETED: "{who} deleted {what}",
    Action.USERS_IMPORTED: "{who} imported users from a list",
    Action.EXTENSION_ADDED: "{who} added extension {what}",
    Action.EXTENSION_REMOVED: "{who} removed extension {what}",
    Action.PHONE_NUMBER_ADDED: "{who} added phone number {what}",
    Action.PHONE_NUMBER_REMOVED: "{who} removed phone number {what}",
    Action.TEMPLATE_SAVED: "{who} saved the template {what} for accounts",
    Action.TEMPLATE_DELETED: "{who} deleted the template {what} for accounts",
    Action.CODES_SET_UP: "{who} set up account codes",
    Action.SETTINGS_SAVED: "{who} saved Account Codes Settings",
    Action.CODES_TURNED_OFF: "{who} turned account codes off for everybody",
    Action.USER_SETTINGS_SAVED: "{who} saved the account code settings of {what}",
    Action.CODE_ADDED: "{who} added account code {what}",
    Action.CODES_ADDED: "{who} added many account codes at once",
    Action.CODES_UPDATED: "{who} added and renamed account codes from a list",
    Action.CODE_RENAMED: "{who} renamed an account code",
    Action.CODE_CHANGED: "{who} changed the ids of account code {what}",
    Action.CODE_ACTIVATED: "{who} activated account code {what}",
    Action.CODE_DEACTIVATED: "{who} deactivated account code {what}",
    Action.CODE_DELETED: "{who} deleted account code {what}",
    Action.CODES_ACTIVATED: "{who} activated many account codes",
    Action.CODES_DEACTIVATED: "{who} deactivated many account codes",
    Action.CODES_LABELED: "{who} gave many account codes a label",
    Action.CODES_DELETED: "{who} deleted many account codes",
    Action.CODES_UNDONE: "{who} undid a change of many account codes",
    Action.CODE_BATCH_BEGUN: "{who} began a change of many account codes",
    Action.CODE_BATCH_FAILED: "{who} could not carry out a change of many account codes",
    Action.CODES_READ: "{who} read account codes in clear",
    Action.CODES_EXPORTED: "{who} exported account codes in clear",
    Action.KNOWN_NUMBER_ADDED: "{who} added a number known for account code {what}",
    Action.KNOWN_NUMBER_REMOVED: "{who} removed a number known for account code {what}",
    Action.LISTED_NUMBER_ADDED: "{who} listed {what}",
    Action.LISTED_NUMBER_CHANGED: "{who} changed the listed number {what}",
    Action.LISTED_NUMBER_REMOVED: "{who} took {what} off the list of numbers",
    Action.LIMIT_ADDED: "{who} added the limit {what}",
    Action.LIMIT_CHANGED: "{who} changed the limit {what}",
    Action.LIMIT_REMOVED: "{who} removed the limit {what}",
    Action.CALLS_CORRECTED: "{who} corrected calls: {what}",
    Action.CORRECTION_UNDONE: "{who} undid a correction: {what}",
    Action.MONTH_CLOSED: "{who} closed the month {what}",
    Action.MONTH_REOPENED: "{who} opened the month {what} again",
    Action.CURRENCY_SET: "{who} set the currency that calls are charged in",
    Action.TARIFF_MADE: "{who} made rates: {what}",
    Action.CALLS_RATED_AGAIN: "{who} rated calls again",
    Action.FILTER_SAVED: "{who} saved the filter {what}",
    Action.FILTER_DELETED: "{who} deleted the filter {what}",
    Action.FIRM_SAVED: "{who} saved the firm's details for bills",
    Action.TIMEKEEPER_SAVED: "{who} saved the details of {what} as timekeeper",
    Action.HANDOVER_SAVED: "{who} saved the format {what} to hand calls over in",
    Action.HANDOVER_DELETED: "{who} deleted the format {what} to hand calls over in",
    Action.INVOICES_MADE: "{who} made invoices",
    Action.HANDED_OVER: "{who} handed a month's calls over",
    Action.REPORT_SAVED: "{who} saved the report {what}",
    Action.REPORT_DELETED: "{who} deleted the report {what}",
    Action.SCHEDULE_ADDED: "{who} scheduled the report {what}",
    Action.SCHEDULE_CHANGED: "{who} changed the schedule of the report {what}",
    Action.SCHEDULE_DELETED: "{who} deleted the schedule of the report {what}",
    Action.SCHEDULE_RUN: "{who} had the report {what} made at once",
    Action.EXPORT_ASKED: "{who} asked for a file: {what}",
    Action.EXPORT_DELETED: "{who} deleted a file: {what}",
    Action.LOCKED_OUT: "{what} was locked out after too many wrong account codes",
    Action.LOCKOUT_LIFTED: "{who} lifted the lockout of {what}",
    Action.TOKEN_MADE: "{who} made API token {what}",
    Action.TOKEN_REVOKED: "{who} revoked API token {what}",
    Action.WEBHOOK_ADDED: "{who} added webhook {what}",
    Action.WEBHOOK_CHANGED: "{who} changed webhook {what}",
    Action.WEBHOOK_DELETED: "{who} deleted webhook {what}",
    Action.WEBHOOK_SECRET_RENEWED: "{who} made a new secret for webhook {what}",
    Action.WEBHOOK_TESTED: "{who} sent a test message to webhook {what}",
    Action.WEBHOOK_REPLAYED: "{who} sent a message to webhook {what} again",
    Action.WEBHOOK_FAILED_REPLAYED: "{who} sent webhook {what} its failed messages again",
    Action.WEBHOOK_SWITCHED_OFF: "{who} turned webhook {what} off",
    Action.CALLS_DELETED: "{who} deleted old call records",
    Action.ACTIVITY_DELETED: "{who} deleted old activity",
    Action.MACHINE_FORGOTTEN: "{who} let another machine have the name of the switch {what}",
    Action.KEYS_CHANGED: "{who} changed the encryption keys",
    Action.FORMER_KEYS_DROPPED: "{who} deleted the former encryption keys",
    Action.SIGNED_IN: "{who} signed in",
    Action.SIGN_IN_FAILED: "Somebody could not sign in as {what}",
    Action.SIGNED_OUT: "{who} signed out",
    Action.SIGNED_OUT_EVERYWHERE: "{who} signed {what} out everywhere",
    Action.SIGNED_OUT_ELSEWHERE: "{who} signed out other devices",
    Action.COMPANY_LINKED: "{who} signed in through the company for the first time",
    Action.COMPANY_RELEASED: "{who} made Callmark forget the company identity of {what}",
    Action.PASSWORD_CHANGED: "{who} changed the password",
    Action.SECOND_FACTOR_ADDED: "{who} added a second factor",
    Action.SECOND_FACTOR_REMOVED: "{who} removed a second factor",
    Action.SECOND_FACTORS_RESET: "{who} removed the second factors of {what}",
    Action.RECOVERY_CODES_MADE: "{who} made new recovery codes",
    Action.RECOVERY_CODE_USED: "{who} used a recovery code",
    Action.INVITATION_SENT: "{who} sent {what} a link to choose a password",
    Action.INVITATION_REVOKED: "{who} withdrew the link of {what}",
    Action.INVITATION_ACCEPTED: "{who} chose a password and can sign in now",
}
"""Written for an office manager. A new action without one reads as its label (below)."""

_PROCESSES = {
    "command line": "The operator",
    "gate": "Callmark",
    "webhook worker": "Callmark",
    "housekeeping": "Callmark",
    "nobody signed in": "Somebody who was not signed in",
}

_FROM_WHERE = {
    Source.PORTAL: "In the portal",
    Source.API: "Through the API",
    Source.COMMAND_LINE: "At the server",
    Source.GATE: "On the phone",
    Source.SYSTEM: "Automatically",
}


def sentence(entry: AuditEntry) -> SafeString:
    """Who did what, with the names set off."""
    pattern = SENTENCES.get(entry.action)
    if pattern is None:
        # The label begins like "Added a code": without its capital it goes on after the name.
        label = entry.action_label
        return format_html("{} {} {}", _who(entry), label[:1].lower() + label[1:], _what(entry))
    return format_html(pattern, who=_who(entry), what=_what(entry))


def from_where(entry: AuditEntry) -> str:
    """Through which door, in words."""
    return _FROM_WHERE.get(Source(entry.source), "")


def _who(entry: AuditEntry) -> SafeString:
    name = entry.actor_name
    if entry.actor_id is None:
        name = _PROCESSES.get(name, name)
    return format_html("<strong>{}</strong>", name)


def _what(entry: AuditEntry) -> SafeString:
    return format_html("<strong>{}</strong>", entry.target_name)
