"""Each action as a sentence. ``{who}`` did it, ``{what}`` is what it was done to."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_noop

from callmark.audit.actions import Action
from callmark.audit.models import AuditEntry
from callmark.audit.origin import Source
from callmark.languages import in_language

SENTENCES: dict[str, str] = {
    Action.ACCOUNT_ADDED: gettext_noop("{who} added the account"),
    Action.ACCOUNT_CHANGED: gettext_noop("{who} changed the account"),
    Action.ACCOUNT_VISITED: gettext_noop("{who} visited this account"),
    Action.PERSON_ADDED: gettext_noop("{who} added {what}"),
    Action.PERSON_CHANGED: gettext_noop("{who} changed {what}"),
    Action.PERSON_DELETED: gettext_noop("{who} deleted {what}"),
    Action.USERS_IMPORTED: gettext_noop("{who} imported users from a list"),
    Action.EXTENSION_ADDED: gettext_noop("{who} added extension {what}"),
    Action.EXTENSION_REMOVED: gettext_noop("{who} removed extension {what}"),
    Action.PHONE_NUMBER_ADDED: gettext_noop("{who} added phone number {what}"),
    Action.PHONE_NUMBER_REMOVED: gettext_noop("{who} removed phone number {what}"),
    Action.TEMPLATE_SAVED: gettext_noop("{who} saved the template {what} for accounts"),
    Action.TEMPLATE_DELETED: gettext_noop("{who} deleted the template {what} for accounts"),
    Action.CODES_SET_UP: gettext_noop("{who} set up account codes"),
    Action.SETTINGS_SAVED: gettext_noop("{who} saved Account Codes Settings"),
    Action.CODES_TURNED_OFF: gettext_noop("{who} turned account codes off for everybody"),
    Action.USER_SETTINGS_SAVED: gettext_noop("{who} saved the account code settings of {what}"),
    Action.CODE_ADDED: gettext_noop("{who} added account code {what}"),
    Action.CODES_ADDED: gettext_noop("{who} added many account codes at once"),
    Action.CODES_UPDATED: gettext_noop("{who} added and renamed account codes from a list"),
    Action.CODE_RENAMED: gettext_noop("{who} renamed an account code"),
    Action.CODE_CHANGED: gettext_noop("{who} changed the ids of account code {what}"),
    Action.CODE_ACTIVATED: gettext_noop("{who} activated account code {what}"),
    Action.CODE_DEACTIVATED: gettext_noop("{who} deactivated account code {what}"),
    Action.CODE_DELETED: gettext_noop("{who} deleted account code {what}"),
    Action.CODES_ACTIVATED: gettext_noop("{who} activated many account codes"),
    Action.CODES_DEACTIVATED: gettext_noop("{who} deactivated many account codes"),
    Action.CODES_LABELED: gettext_noop("{who} gave many account codes a label"),
    Action.CODES_DELETED: gettext_noop("{who} deleted many account codes"),
    Action.CODES_UNDONE: gettext_noop("{who} undid a change of many account codes"),
    Action.CODE_BATCH_BEGUN: gettext_noop("{who} began a change of many account codes"),
    Action.CODE_BATCH_FAILED: gettext_noop(
        "{who} could not carry out a change of many account codes"
    ),
    Action.CODES_READ: gettext_noop("{who} read account codes in clear"),
    Action.CODES_EXPORTED: gettext_noop("{who} exported account codes in clear"),
    Action.KNOWN_NUMBER_ADDED: gettext_noop("{who} added a number known for account code {what}"),
    Action.KNOWN_NUMBER_REMOVED: gettext_noop(
        "{who} removed a number known for account code {what}"
    ),
    Action.LISTED_NUMBER_ADDED: gettext_noop("{who} listed {what}"),
    Action.LISTED_NUMBER_CHANGED: gettext_noop("{who} changed the listed number {what}"),
    Action.LISTED_NUMBER_REMOVED: gettext_noop("{who} took {what} off the list of numbers"),
    Action.LIMIT_ADDED: gettext_noop("{who} added the limit {what}"),
    Action.LIMIT_CHANGED: gettext_noop("{who} changed the limit {what}"),
    Action.LIMIT_REMOVED: gettext_noop("{who} removed the limit {what}"),
    Action.CALLS_CORRECTED: gettext_noop("{who} corrected calls: {what}"),
    Action.CORRECTION_UNDONE: gettext_noop("{who} undid a correction: {what}"),
    Action.MONTH_CLOSED: gettext_noop("{who} closed the month {what}"),
    Action.MONTH_REOPENED: gettext_noop("{who} opened the month {what} again"),
    Action.CURRENCY_SET: gettext_noop("{who} set the currency that calls are charged in"),
    Action.TARIFF_MADE: gettext_noop("{who} made rates: {what}"),
    Action.CALLS_RATED_AGAIN: gettext_noop("{who} rated calls again"),
    Action.FILTER_SAVED: gettext_noop("{who} saved the filter {what}"),
    Action.FILTER_DELETED: gettext_noop("{who} deleted the filter {what}"),
    Action.FIRM_SAVED: gettext_noop("{who} saved the firm's details for bills"),
    Action.TIMEKEEPER_SAVED: gettext_noop("{who} saved the details of {what} as timekeeper"),
    Action.HANDOVER_SAVED: gettext_noop("{who} saved the format {what} to hand calls over in"),
    Action.HANDOVER_DELETED: gettext_noop("{who} deleted the format {what} to hand calls over in"),
    Action.INVOICES_MADE: gettext_noop("{who} made invoices"),
    Action.HANDED_OVER: gettext_noop("{who} handed a month's calls over"),
    Action.REPORT_SAVED: gettext_noop("{who} saved the report {what}"),
    Action.REPORT_DELETED: gettext_noop("{who} deleted the report {what}"),
    Action.SCHEDULE_ADDED: gettext_noop("{who} scheduled the report {what}"),
    Action.SCHEDULE_CHANGED: gettext_noop("{who} changed the schedule of the report {what}"),
    Action.SCHEDULE_DELETED: gettext_noop("{who} deleted the schedule of the report {what}"),
    Action.SCHEDULE_RUN: gettext_noop("{who} had the report {what} made at once"),
    Action.EXPORT_ASKED: gettext_noop("{who} asked for a file: {what}"),
    Action.EXPORT_DELETED: gettext_noop("{who} deleted a file: {what}"),
    Action.LOCKED_OUT: gettext_noop("{what} was locked out after too many wrong account codes"),
    Action.LOCKOUT_LIFTED: gettext_noop("{who} lifted the lockout of {what}"),
    Action.TOKEN_MADE: gettext_noop("{who} made API token {what}"),
    Action.TOKEN_REVOKED: gettext_noop("{who} revoked API token {what}"),
    Action.WEBHOOK_ADDED: gettext_noop("{who} added webhook {what}"),
    Action.WEBHOOK_CHANGED: gettext_noop("{who} changed webhook {what}"),
    Action.WEBHOOK_DELETED: gettext_noop("{who} deleted webhook {what}"),
    Action.WEBHOOK_SECRET_RENEWED: gettext_noop("{who} made a new secret for webhook {what}"),
    Action.WEBHOOK_TESTED: gettext_noop("{who} sent a test message to webhook {what}"),
    Action.WEBHOOK_REPLAYED: gettext_noop("{who} sent a message to webhook {what} again"),
    Action.WEBHOOK_FAILED_REPLAYED: gettext_noop(
        "{who} sent webhook {what} its failed messages again"
    ),
    Action.WEBHOOK_SWITCHED_OFF: gettext_noop("{who} turned webhook {what} off"),
    Action.CALLS_DELETED: gettext_noop("{who} deleted old call records"),
    Action.ACTIVITY_DELETED: gettext_noop("{who} deleted old activity"),
    Action.MACHINE_FORGOTTEN: gettext_noop(
        "{who} let another machine have the name of the switch {what}"
    ),
    Action.KEYS_CHANGED: gettext_noop("{who} changed the encryption keys"),
    Action.FORMER_KEYS_DROPPED: gettext_noop("{who} deleted the former encryption keys"),
    Action.SIGNED_IN: gettext_noop("{who} signed in"),
    Action.SIGN_IN_FAILED: gettext_noop("Somebody could not sign in as {what}"),
    Action.SIGNED_OUT: gettext_noop("{who} signed out"),
    Action.SIGNED_OUT_EVERYWHERE: gettext_noop("{who} signed {what} out everywhere"),
    Action.SIGNED_OUT_ELSEWHERE: gettext_noop("{who} signed out other devices"),
    Action.COMPANY_LINKED: gettext_noop("{who} signed in through the company for the first time"),
    Action.COMPANY_RELEASED: gettext_noop(
        "{who} made Callmark forget the company identity of {what}"
    ),
    Action.PASSWORD_CHANGED: gettext_noop("{who} changed the password"),
    Action.SECOND_FACTOR_ADDED: gettext_noop("{who} added a second factor"),
    Action.SECOND_FACTOR_REMOVED: gettext_noop("{who} removed a second factor"),
    Action.SECOND_FACTORS_RESET: gettext_noop("{who} removed the second factors of {what}"),
    Action.RECOVERY_CODES_MADE: gettext_noop("{who} made new recovery codes"),
    Action.RECOVERY_CODE_USED: gettext_noop("{who} used a recovery code"),
    Action.INVITATION_SENT: gettext_noop("{who} sent {what} a link to choose a password"),
    Action.INVITATION_REVOKED: gettext_noop("{who} withdrew the link of {what}"),
    Action.INVITATION_ACCEPTED: gettext_noop("{who} chose a password and can sign in now"),
}
"""Written for an office manager. A new action without one reads as its label (below)."""

_PROCESSES = {
    "command line": gettext_noop("The operator"),
    "gate": "Callmark",
    "webhook worker": "Callmark",
    "housekeeping": "Callmark",
    "nobody signed in": gettext_noop("Somebody who was not signed in"),
}

_FROM_WHERE = {
    Source.PORTAL: gettext_noop("In the portal"),
    Source.API: gettext_noop("Through the API"),
    Source.COMMAND_LINE: gettext_noop("At the server"),
    Source.GATE: gettext_noop("On the phone"),
    Source.SYSTEM: gettext_noop("Automatically"),
}


_NAMED_BY_US = frozenset({Action.EXPORT_ASKED, Action.EXPORT_DELETED})


def sentence(entry: AuditEntry) -> SafeString:
    """Who did what, with the names set off."""
    pattern = SENTENCES.get(entry.action)
    if pattern is None:
        # The label begins like "Added a code": without its capital it goes on after the name.
        label = entry.action_label
        return format_html("{} {} {}", _who(entry), label[:1].lower() + label[1:], _what(entry))
    return format_html(gettext(pattern), who=_who(entry), what=_what(entry))


def from_where(entry: AuditEntry) -> str:
    """Through which door, in words."""
    return in_language(_FROM_WHERE.get(Source(entry.source), ""))


def _who(entry: AuditEntry) -> SafeString:
    name = entry.actor_name
    if entry.actor_id is None:
        name = gettext(_PROCESSES[name]) if name in _PROCESSES else name
    return format_html("<strong>{}</strong>", name)


def _what(entry: AuditEntry) -> SafeString:
    name = in_language(entry.target_name) if entry.action in _NAMED_BY_US else entry.target_name
    return format_html("<strong>{}</strong>", name)
