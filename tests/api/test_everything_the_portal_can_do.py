"""Everything the portal can do, a program can do: each page with the operations that do the same.

A new page of the portal fails here until its operation is named, or the reason why there is none.
"""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, reverse
from django.urls.converters import IntConverter, UUIDConverter

from callmark.accounts.models import User
from callmark.portal import sign_in_urls
from callmark.portal.urls import urlpatterns
from callmark.portal.views.people import ACTIONS
from tests.api.programs import every_operation
from tests.cast import LawFirm

Answer = tuple[str, ...] | str
"""Operation ids, or the reason why there is none."""

OWN = "one's own sign-in: it needs a browser, and the password or second factor at hand"
LINK = "the person's own click on a link that came by mail"
CLOSED = "not offered: nobody signs up, and addresses are the administrator's to change"
ARRANGED = "only arranges what other pages show"

# What may change something: the page takes a POST.
CHANGES: dict[str, Answer] = {
    "account_codes": ("enable_account_codes", "save_account_code_settings", "get_save_counts"),
    "save": ("save_account_code_settings",),
    "turn_off": ("turn_off_account_codes",),
    "codes": ("add_code", "list_codes"),
    "codes_search": ("search_codes",),
    "codes_import": ("import_codes",),
    "import_problems": ("import_codes",),
    "codes_many": ("change_codes",),
    "code_change_undo": ("undo_code_change", "get_code_change"),
    "code_rename": ("update_code", "add_known_number", "remove_known_number"),
    "code_delete": ("delete_code",),
    "code_active": ("update_code",),
    "limit_add": ("add_limit",),
    "limit_change": ("update_limit", "get_limit"),
    "limit_remove": ("remove_limit",),
    "listed_numbers": ("add_listed_number", "list_listed_numbers"),
    "listed_number_change": ("update_listed_number", "get_listed_number"),
    "listed_number_remove": ("remove_listed_number",),
    "account_add": ("create_account",),
    "templates": ("save_account_template", "list_account_templates"),
    "template_delete": ("delete_account_template",),
    "account_edit": ("update_account",),
    "calls_search": ("search_calls",),
    "arrange_table": ARRANGED,
    "guide": ARRANGED,
    "length": ("propose_code_length",),
    "choose_user": ARRANGED,
    "choose_caller": ARRANGED,
    "choose_code": ARRANGED,
    "filter_save": ("save_filter",),
    "filter_delete": ("delete_saved_filter",),
    "reports_run": ARRANGED,
    "exports": ("make_export", "list_exports", "get_export"),
    "export_delete": ("delete_export",),
    "report_save": ("save_report",),
    "report_delete": ("delete_saved_report",),
    "schedule_add": ("add_report_schedule",),
    "schedule_edit": ("update_report_schedule",),
    "schedule_active": ("update_report_schedule",),
    "schedule_run": ("run_report_schedule",),
    "schedule_delete": ("delete_report_schedule",),
    "calls_correct": ("correct_calls",),
    "correction_undo": ("undo_correction",),
    "calls_replace": ("correct_calls",),
    "rates_currency": ("set_currency",),
    "rates_edit": ("make_rate_version",),
    "rates_import": ("import_rates",),
    "shared_rates_edit": ("make_shared_rate_version",),
    "shared_rates_import": ("make_shared_rate_version",),
    "rates_again": ("rate_calls_again",),
    "month_close": ("close_month",),
    "firm": ("get_firm_details", "update_firm_details"),
    "timekeeper": ("get_timekeeper", "update_timekeeper"),
    "hand_over": ("preview_hand_over", "make_hand_over_file", "save_hand_over_format"),
    "format_delete": ("list_hand_over_formats", "delete_hand_over_format"),
    "month_reopen": ("reopen_month",),
    "account_calendar": ("update_account_calendar",),
    "users_import": ("import_users",),
    "users_import_problems": ("import_users",),
    "users_change": ("change_many_users", "list_custom_settings"),
    "users_undo": ("undo_user_change",),
    "user_add": ("create_user",),
    "trunk_add": ("create_user", "add_user_extension"),
    "user_details": ("update_user",),
    "user_active": ("update_user",),
    "user_delete": ("delete_user",),
    "user_settings": ("save_user_code_settings",),
    "extension_add": ("add_user_extension",),
    "extension_remove": ("remove_user_extension",),
    "number_add": ("add_user_phone_number",),
    "number_remove": ("remove_user_phone_number",),
    "lift_lockout": ("lift_lockout",),
    "test_call": ("simulate_call",),
    "invite": ("invite_person",),
    "require_second_factor": ("save_sign_in_settings",),
    "operator_invite": ("invite_operator",),
    "webhook_add": ("add_webhook",),
    "webhook_edit": ("update_webhook",),
    "webhook_active": ("update_webhook",),
    "webhook_delete": ("delete_webhook",),
    "webhook_secret": ("renew_webhook_secret",),
    "webhook_test": ("send_webhook_test",),
    "webhook_replay_failed": ("replay_failed_webhook_deliveries",),
    "delivery_replay": ("replay_webhook_delivery",),
    "api_token_add": ("create_account_token",),
    "api_token_revoke": ("revoke_account_token",),
    "account_login": OWN,
    "account_logout": OWN,
    "account_reauthenticate": OWN,
    "account_change_password": OWN,
    "account_reset_password": OWN,
    "account_reset_password_from_key": LINK,
    "sign_in_invitation": LINK,
    "usersessions_list": OWN,
    "sign_in_language": ("update_user",),
    "mfa_activate_totp": OWN,
    "mfa_deactivate_totp": OWN,
    "mfa_add_webauthn": OWN,
    "mfa_edit_webauthn": OWN,
    "mfa_remove_webauthn": OWN,
    "mfa_generate_recovery_codes": OWN,
    "mfa_authenticate": OWN,
    "mfa_login_webauthn": OWN,
    "mfa_reauthenticate": OWN,
    "mfa_reauthenticate_webauthn": OWN,
    "openid_connect_login": OWN,
    "openid_connect_callback": OWN,
    "socialaccount_login_cancelled": OWN,
    "socialaccount_login_error": OWN,
    "account_inactive": OWN,
    "account_reset_password_done": OWN,
    "account_reset_password_from_key_done": OWN,
    "mfa_index": OWN,
    "mfa_list_webauthn": OWN,
    "mfa_view_recovery_codes": OWN,
}

# What a person's page does: each action for people of an account, and for operators.
PERSON: dict[str, tuple[Answer, Answer]] = {
    "role": (("update_person",), "an operator has no other role"),
    "email": (("update_user",), "an operator with another address is invited anew"),
    "link": (("send_invitation",), ("send_operator_invitation",)),
    "revoke": (("withdraw_invitation",), ("withdraw_operator_invitation",)),
    "deactivate": (("update_person",), ("update_operator",)),
    "reactivate": (("update_person",), ("update_operator",)),
    "sign-out": (("sign_person_out",), ("sign_operator_out",)),
    "remove-second-factors": (("remove_second_factors",), ("remove_operator_second_factors",)),
    "forget-company-identity": (
        ("forget_company_identity",),
        ("forget_operator_company_identity",),
    ),
    "remove-sign-in": (
        ("take_sign_in_away",),
        "without a sign-in nobody is an operator: delete them",
    ),
    "delete": (("delete_user",), ("delete_operator",)),
}

# What only shows something: the page takes no POST.
SHOWS: dict[str, Answer] = {
    "home": ("list_accounts",),
    "favicon": ARRANGED,
    "help": "the guide is for people",
    "switch_guide": "the guide is for people",
    "guessability": "a warning beside the settings, worked out from what list_codes tells",
    "users_changes": ("list_user_changes",),
    "users": ("list_users", "list_lockouts"),
    "calls": ("list_calls", "search_calls"),
    "calls_export": ("export_calls",),
    "calls_workbook": ("export_calls_workbook",),
    "call": ("get_call",),
    "correction_progress": ("get_correction",),
    "users_progress": ("get_user_change",),
    "account_home": ARRANGED,
    "account_short_name": ARRANGED,
    "to_assign": ("list_calls_to_assign",),
    "limits": ("list_limits",),
    "rates": ("list_rate_versions", "try_a_call", "get_rating_again"),
    "rates_version": ("get_rate_version",),
    "shared_rates": ("list_shared_rate_versions",),
    "shared_rates_version": ("get_shared_rate_version",),
    "shared_rates_export": ("get_shared_rate_version",),
    "rates_export": ("export_rates",),
    "reports": ("run_report",),
    "reports_export": ("export_report", "export_report_workbook", "export_report_pdf"),
    "report_saved": ("list_saved_reports", "run_report"),
    "report_file": ("get_report_file",),
    "export_file": ("get_export_file",),
    "schedules": ("list_report_schedules", "list_report_runs"),
    "months": ("list_months",),
    "statements": ("list_statements",),
    "statements_zip": ("list_statements", "get_statement_pdf"),
    "statement": ("get_statement",),
    "statement_pdf": ("get_statement_pdf",),
    "month": ("get_month_figures",),
    "people": ("list_people", "get_sign_in_settings"),
    "person": ("get_person",),
    "activity": ("list_audit_entries",),
    "codes_export": ("export_codes",),
    "code_changes": ("list_code_changes",),
    "code_change": ("get_code_change",),
    "code_change_left": ("list_codes_left",),
    "activity_export": ("list_audit_entries",),
    "webhooks": ("list_webhooks",),
    "webhook": ("get_webhook", "list_webhook_deliveries"),
    "delivery": ("get_webhook_delivery",),
    "api_tokens": ("list_account_tokens",),
    "switches": ("list_switches",),
    "switch": ("get_switch", "report_switch_check"),
    "operators": ("list_operators",),
    "operator_person": ("get_operator",),
    "sign_in_invitation_link": LINK,
    "sign_in_session": OWN,
    **{str(page.name): CLOSED for page in sign_in_urls.closed},
}
ACTION_PAGES = {"person_do", "operator_person_do"}

PAGES: dict[str, URLPattern] = {
    str(page.name): page for page in [*urlpatterns, *sign_in_urls.urlpatterns]
}


def answers() -> list[Answer]:
    both = [answer for pair in PERSON.values() for answer in pair]
    return [*CHANGES.values(), *SHOWS.values(), *both]


def address(name: str, firm: LawFirm) -> str:
    """The page's address, with ids of nothing."""
    made: dict[str, object] = {}
    for parameter, converter in PAGES[name].pattern.converters.items():
        if isinstance(converter, UUIDConverter):
            made[parameter] = uuid4()
        else:
            made[parameter] = 1 if isinstance(converter, IntConverter) else "x"
    if "slug" in made:
        made["slug"] = firm.account.slug
    if name == "account_reset_password_from_key":
        made = {"uidb36": "x", "key": "y-z"}
    if name == "account_confirm_email":
        made = {"key": "x"}
    namespace = "" if PAGES[name] in sign_in_urls.urlpatterns else "portal:"
    return reverse(namespace + name, kwargs=made)


def test_every_page_is_in_one_of_the_tables() -> None:
    tables = [set(CHANGES), set(SHOWS), ACTION_PAGES]
    assert set.union(*tables) == set(PAGES), "name the operation that does the same as a new page"
    assert sum(map(len, tables)) == len(PAGES)


def test_every_action_on_a_persons_page_is_in_the_table() -> None:
    assert PERSON.keys() == ACTIONS.keys() | {"link"}


def test_every_operation_named_is_there() -> None:
    there = {operation.id for operation in every_operation()}
    named = {one for answer in answers() if isinstance(answer, tuple) for one in answer}
    assert named - there == set()


@pytest.mark.parametrize("name", sorted(SHOWS))
def test_what_only_shows_takes_nothing(name: str, firm: LawFirm, otto: User) -> None:
    browser = Client()
    browser.force_login(otto)
    assert browser.post(address(name, firm)).status_code in {404, 405}


def test_what_changes_something_in_the_portal_changes_it_over_the_api() -> None:
    writing = {one.id for one in every_operation() if one.method != "GET"}
    for name, answer in CHANGES.items():
        assert isinstance(answer, str) or writing & set(answer), name
    for action, pair in PERSON.items():
        for answer in pair:
            assert isinstance(answer, str) or writing >= set(answer), action
