"""The words for what was done. Programs filter by the values: they never change."""

from django.db.models import TextChoices


class Action(TextChoices):
    """What was done, as ``thing.past_tense``, and how a person reads it."""

    ACCOUNT_ADDED = "account.added", "Added the account"
    ACCOUNT_CHANGED = "account.changed", "Changed the account"
    ACCOUNT_VISITED = "account.visited_by_operator", "The operator visited the account"

    PERSON_ADDED = "person.added", "Added a person"
    PERSON_CHANGED = "person.changed", "Changed a person"
    PERSON_DELETED = "person.deleted", "Deleted a person"
    USERS_IMPORTED = "person.many_imported", "Imported users from a list"
    EXTENSION_ADDED = "extension.added", "Added an extension"
    EXTENSION_REMOVED = "extension.removed", "Removed an extension"
    PHONE_NUMBER_ADDED = "phone_number.added", "Added a phone number"
    PHONE_NUMBER_REMOVED = "phone_number.removed", "Removed a phone number"

    CODES_SET_UP = "account_codes.set_up", "Set up account codes"
    SETTINGS_SAVED = "account_codes.settings_saved", "Saved account code settings"
    CODES_TURNED_OFF = "account_codes.turned_off", "Turned account codes off"
    USER_SETTINGS_SAVED = "user.account_codes_saved", "Saved a user's account code settings"

    CODE_ADDED = "account_code.added", "Added a code"
    CODES_ADDED = "account_code.many_added", "Added many codes"
    CODES_UPDATED = "account_code.many_updated", "Added and renamed codes from a list"
    CODE_RENAMED = "account_code.renamed", "Renamed a code"
    CODE_CHANGED = "account_code.changed", "Changed a code's ids or rules"
    CODE_ACTIVATED = "account_code.activated", "Activated a code"
    CODE_DEACTIVATED = "account_code.deactivated", "Deactivated a code"
    CODE_DELETED = "account_code.deleted", "Deleted a code"
    CODES_ACTIVATED = "account_code.many_activated", "Activated many codes"
    CODES_DEACTIVATED = "account_code.many_deactivated", "Deactivated many codes"
    CODES_LABELED = "account_code.many_labeled", "Gave many codes a label"
    CODES_DELETED = "account_code.many_deleted", "Deleted many codes"
    CODES_UNDONE = "account_code.many_undone", "Undid a change of many codes"
    CODE_BATCH_BEGUN = "code_batch.begun", "Began a change of many codes"
    CODE_BATCH_FAILED = "code_batch.failed", "Could not carry out a change of many codes"
    CODES_READ = "account_codes.read", "Read codes in clear"
    CODES_EXPORTED = "account_codes.exported", "Exported codes in clear"

    KNOWN_NUMBER_ADDED = "account_code.known_number_added", "Added a number known for a code"
    KNOWN_NUMBER_REMOVED = "account_code.known_number_removed", "Removed a number known for a code"

    LISTED_NUMBER_ADDED = (
        "listed_number.added",
        "Added a number that never or always needs a code",
    )
    LISTED_NUMBER_CHANGED = (
        "listed_number.changed",
        "Changed a number that never or always needs a code",
    )
    LISTED_NUMBER_REMOVED = (
        "listed_number.removed",
        "Removed a number that never or always needs a code",
    )

    LIMIT_ADDED = "limit.added", "Added a limit"
    LIMIT_CHANGED = "limit.changed", "Changed a limit"
    LIMIT_REMOVED = "limit.removed", "Removed a limit"

    CALLS_CORRECTED = "calls.corrected", "Corrected calls"
    CORRECTION_UNDONE = "calls.correction_undone", "Undid a correction of calls"
    MONTH_CLOSED = "month.closed", "Closed a month"
    MONTH_REOPENED = "month.reopened", "Opened a closed month again"
    CURRENCY_SET = "tariff.currency_set", "Set the currency that calls are charged in"
    TARIFF_MADE = "tariff.version_made", "Made a version of the rates"
    CALLS_RATED_AGAIN = "tariff.calls_rated_again", "Rated calls again"
    FILTER_SAVED = "saved_filter.saved", "Saved a filter of the call history"
    FILTER_DELETED = "saved_filter.deleted", "Deleted a saved filter"

    FIRM_SAVED = "firm_details.saved", "Saved the firm's details for bills"
    TIMEKEEPER_SAVED = "timekeeper.saved", "Saved a user's details as timekeeper"
    HANDOVER_SAVED = "handover.saved", "Saved a format to hand calls over in"
    HANDOVER_DELETED = "handover.deleted", "Deleted a format to hand calls over in"
    INVOICES_MADE = "handover.invoices_made", "Made invoices"
    HANDED_OVER = "handover.made", "Handed a month's calls over"
    REPORT_SAVED = "report.saved", "Saved a report"
    REPORT_DELETED = "report.deleted", "Deleted a saved report"
    SCHEDULE_ADDED = "report.schedule_added", "Scheduled a report"
    SCHEDULE_CHANGED = "report.schedule_changed", "Changed the schedule of a report"
    SCHEDULE_DELETED = "report.schedule_deleted", "Deleted the schedule of a report"
    SCHEDULE_RUN = "report.schedule_run", "Had a scheduled report made at once"
    EXPORT_ASKED = "export.asked", "Asked for a file of calls or of a report"
    EXPORT_DELETED = "export.deleted", "Deleted a file that was made for them"

    LOCKED_OUT = "user.locked_out", "Locked out after wrong entries"
    LOCKOUT_LIFTED = "user.lockout_lifted", "Lifted a lockout"

    WEBHOOK_ADDED = "webhook.added", "Added a webhook"
    WEBHOOK_CHANGED = "webhook.changed", "Changed a webhook"
    WEBHOOK_DELETED = "webhook.deleted", "Deleted a webhook"
    WEBHOOK_SECRET_RENEWED = "webhook.secret_renewed", "Renewed a webhook's secret"
    WEBHOOK_TESTED = "webhook.tested", "Sent a test to a webhook"
    WEBHOOK_REPLAYED = "webhook.replayed", "Sent a webhook's message again"
    WEBHOOK_FAILED_REPLAYED = "webhook.failed_replayed", "Sent a webhook's failed messages again"
    WEBHOOK_SWITCHED_OFF = "webhook.switched_off", "Turned a dead webhook off"

    TOKEN_MADE = "api_token.made", "Made an API token"
    TOKEN_REVOKED = "api_token.revoked", "Revoked an API token"

    CALLS_DELETED = "calls.old_deleted", "Deleted old call records"
    ACTIVITY_DELETED = "activity.old_deleted", "Deleted old activity"

    TEMPLATE_SAVED = "template.saved", "Saved a template for accounts"
    TEMPLATE_DELETED = "template.deleted", "Deleted a template for accounts"
    MACHINE_FORGOTTEN = "switch.machine_forgotten", "Forgot the machine behind a switch's name"
    KEYS_CHANGED = "keys.changed", "Changed the encryption keys"
    FORMER_KEYS_DROPPED = "keys.former_dropped", "Deleted the former encryption keys"

    SIGNED_IN = "sign_in.signed_in", "Signed in"
    SIGN_IN_FAILED = "sign_in.failed", "Could not sign in"
    SIGNED_OUT = "sign_in.signed_out", "Signed out"
    SIGNED_OUT_EVERYWHERE = "sign_in.signed_out_everywhere", "Signed somebody out everywhere"
    SIGNED_OUT_ELSEWHERE = "sign_in.signed_out_elsewhere", "Signed out other devices"
    COMPANY_LINKED = "sign_in.company_linked", "Was recognized by the company's sign-in"
    COMPANY_RELEASED = "sign_in.company_released", "Forgot somebody's company identity"
    PASSWORD_CHANGED = "sign_in.password_changed", "Changed the password"
    SECOND_FACTOR_ADDED = "sign_in.second_factor_added", "Added a second factor"
    SECOND_FACTOR_REMOVED = "sign_in.second_factor_removed", "Removed a second factor"
    SECOND_FACTORS_RESET = "sign_in.second_factors_reset", "Removed somebody's second factors"
    RECOVERY_CODES_MADE = "sign_in.recovery_codes_made", "Made new recovery codes"
    RECOVERY_CODE_USED = "sign_in.recovery_code_used", "Used a recovery code"
    INVITATION_SENT = "sign_in.invitation_sent", "Sent an invitation"
    INVITATION_REVOKED = "sign_in.invitation_revoked", "Took an invitation back"
    INVITATION_ACCEPTED = "sign_in.invitation_accepted", "Accepted an invitation"
