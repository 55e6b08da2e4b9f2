"""Which tests run twice, on SQLite and on PostgreSQL, and what makes them.

A test runs on PostgreSQL, too, where the database decides: rights on rows, locks, constraints and
lengths that only one of them enforces, triggers, values that only one of them refuses, SQL of our
own. What a page says or a number is does not depend on it. Tests that are about PostgreSQL itself
carry the marker ``postgres`` and stand anywhere.

``tests/docs/test_what_runs_on_postgresql.py`` finds the modules that do such a thing and fails when
one of them is not in ``TESTED_BY``, or its tests are not in ``ON_BOTH``.
"""

import re

ON_BOTH: dict[str, str] = {
    "audit": "triggers that refuse changes; the lock of what is deleted; the entry in the change",
    "backup": "a dump and its return",
    "calls": "records that come twice and in any order",
    "codes": "unique digits, a lock for each change; names of any characters",
    "gate": "several machines store at once; what the database refuses is set aside",
    "keys": "every encrypted column is written anew while others write",
    "ops/test_database_by_certificate.py": "PostgreSQL's own sign-in",
    "reports": "sums by groups; several workers keep one schedule",
    "tenancy": "whose rows a request sees",
    "upgrade": "what a version before has stored",
    "webhooks/test_crashes_and_several_workers.py": "several workers take messages side by side",
    "webhooks/test_dead_endpoints.py": "an endpoint is turned off under a lock",
    "webhooks/test_endpoints.py": "so many endpoints and no more; names of any characters",
    "webhooks/test_retries.py": "which message is due",
    "webhooks/test_sending_again.py": "what several workers may take again",
    "webhooks/test_the_process.py": "two processes take messages side by side",
    "webhooks/test_what_is_told.py": "a message is written with what it tells of",
    "api/test_accounts_and_users.py": "names and extensions that are taken, lengths",
    "api/test_any_request_at_all.py": "lengths and characters that only PostgreSQL refuses",
    "api/test_call_control.py": "a call that two requests move on",
    "api/test_call_control_tagging.py": "the same of star codes",
    "api/test_calls.py": "filters and their indexes",
    "api/test_nobody_sees_another_account.py": "whose rows a request sees",
    "api/test_pages_of_a_list.py": "the order of rows that are alike",
    "api/test_people.py": "the last administrator stays",
    "api/test_sending_a_request_again.py": "one of two requests at once is carried out",
    "api/test_tokens.py": "so many tokens and no more",
    "portal/test_call_history.py": "filters and their indexes",
    "portal/test_two_at_once.py": "a change does not undo another",
    "portal/test_who_may_see_what.py": "whose rows a page sees",
    "security/test_spreadsheets_and_long_text.py": "lengths and characters",
    "sign_in/test_company_identities.py": "an identity belongs to one person",
    "sign_in/test_guessing_passwords.py": "the counts that all web processes share",
    "sign_in/test_who_may_manage_people.py": "the last administrator stays",
}
"""A folder or a file of tests, and why it runs on both."""

ON_SQLITE_ALONE: dict[str, str] = {
    "audit/test_what_entries_say.py": "names and values of entries",
    "calls/test_files_that_excel_opens_right.py": "the cells of a file",
    "calls/test_ids.py": "ids are made of what is told",
    "calls/test_periods.py": "days and months of a calendar",
    "reports/test_papers.py": "what is printed",
    "reports/test_the_files_of_a_hand_over.py": "files made of plain values",
}
"""Files of those folders that ask a database for nothing that it could tell otherwise, and why."""

DATABASE_DECIDES = re.compile(
    r"select_for_update|\.vendor\b|\.cursor\(\)|IntegrityError|DataError|OperationalError"
    r"|RunSQL|RawSQL|\.raw\(|get_or_create|update_or_create|_conflicts="
)
"""What a module of ours contains when its outcome depends on the database."""

TESTED_BY: dict[str, tuple[str, ...]] = {
    "accounts/access.py": ("api/test_people.py", "sign_in/test_who_may_manage_people.py"),
    "accounts/changes.py": (
        "codes",
        "api/test_accounts_and_users.py",
        "portal/test_two_at_once.py",
    ),
    "accounts/locks.py": ("calls",),
    "accounts/row_security.py": ("tenancy", "api/test_nobody_sees_another_account.py"),
    "accounts/services.py": ("api/test_accounts_and_users.py", "gate"),
    "api/errors.py": ("api/test_any_request_at_all.py",),
    "api/idempotency.py": ("api/test_sending_a_request_again.py",),
    "api/migrations": ("tenancy", "upgrade"),
    "api/resources/bills.py": ("api/test_pages_of_a_list.py",),
    "api/resources/user_settings.py": ("codes",),
    "audit": ("audit", "tenancy"),
    "batches.py": ("calls", "codes"),
    "sqlite_sizes.py": ("tenancy",),
    "sqlite_turns.py": ("calls",),
    "calls": ("calls", "gate", "tenancy"),
    "codes": ("codes", "tenancy"),
    "containing.py": ("calls", "codes"),
    "gate": ("gate",),
    "indexes.py": ("upgrade",),
    "keys": ("keys",),
    "ops/backup.py": ("backup",),
    "ops/housekeeping.py": ("audit",),
    "portal/choices_kept.py": ("portal/test_who_may_see_what.py",),
    "sign_in/api_tokens.py": ("api/test_tokens.py",),
    "sign_in/company_links.py": ("sign_in/test_company_identities.py",),
    "sign_in/reactions.py": ("api/test_people.py",),
    "sign_in/migrations": ("sign_in/test_guessing_passwords.py", "upgrade"),
    "switches/http": ("api/test_call_control.py", "api/test_call_control_tagging.py"),
    "reports": ("reports",),
    "tariffs": ("audit", "calls", "tenancy"),
    "web/time_limit.py": ("tenancy",),
    "webhooks": (
        "webhooks/test_crashes_and_several_workers.py",
        "webhooks/test_dead_endpoints.py",
        "webhooks/test_endpoints.py",
        "webhooks/test_what_is_told.py",
        "tenancy",
    ),
}
"""A module or a folder below ``src/callmark`` to the tests of what it leaves to the database."""


def runs_on_both(path: str) -> bool:
    """Whether the tests of a file, named below ``tests/``, are run on PostgreSQL, too."""
    named = path in ON_BOTH or path.partition("/")[0] in ON_BOTH
    return named and path not in ON_SQLITE_ALONE
