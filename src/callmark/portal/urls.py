"""The portal's pages. ``account_page`` makes those of an account: it asks who may see it."""

from django.urls import path

from callmark.portal.codes_urls import codes_patterns
from callmark.portal.pages import account_page, operators_page
from callmark.portal.rates_urls import rates_patterns
from callmark.portal.users_urls import USER, users_patterns
from callmark.portal.views import (
    account_codes,
    accounts,
    activity,
    api_tokens,
    bills,
    call_story,
    calls,
    choices,
    corrections,
    exports,
    guide,
    hand_over,
    home,
    inbox,
    limits,
    listed_numbers,
    months,
    people,
    reports,
    schedules,
    switches,
    tables,
    templates,
    test_call,
    webhooks,
)
from callmark.web.access import Needs

app_name = "portal"

MEMBERSHIP, ADMINISTRATION = Needs.MEMBERSHIP, Needs.ADMINISTRATION
OPERATOR = Needs.OPERATOR
SCHEDULE = "reports/schedules/<uuid:schedule_id>"

urlpatterns = [
    path("", home.home, name="home"),
    path("favicon.ico", home.favicon, name="favicon"),
    path("help/", guide.help_page, name="help"),
    operators_page("help/switches/<slug:kind>/", guide.switch_guide_page, name="switch_guide"),
    operators_page("accounts/add/", accounts.add, name="account_add"),
    operators_page("accounts/add/short-name/", accounts.short_name, name="account_short_name"),
    account_page("", home.account_home, name="account_home", needs=MEMBERSHIP),
    account_page("account/", accounts.edit, name="account_edit", needs=OPERATOR),
    account_page(
        "account-codes/", account_codes.account_codes, name="account_codes", needs=ADMINISTRATION
    ),
    account_page("getting-started/", home.guide, name="guide", needs=ADMINISTRATION),
    account_page(
        "account-codes/length/", account_codes.propose_length, name="length", needs=ADMINISTRATION
    ),
    account_page("account-codes/save/", account_codes.save, name="save", needs=ADMINISTRATION),
    account_page(
        "account-codes/turn-off/",
        account_codes.turn_off_codes,
        name="turn_off",
        needs=ADMINISTRATION,
    ),
    account_page(
        "account-codes/guessability/",
        account_codes.guessability,
        name="guessability",
        needs=ADMINISTRATION,
    ),
    *codes_patterns,
    account_page(
        "account-codes/numbers/",
        listed_numbers.listed_numbers,
        name="listed_numbers",
        needs=ADMINISTRATION,
    ),
    account_page(
        "account-codes/numbers/<uuid:listed_number_id>/change/",
        listed_numbers.change,
        name="listed_number_change",
        needs=ADMINISTRATION,
    ),
    account_page(
        "account-codes/numbers/<uuid:listed_number_id>/remove/",
        listed_numbers.remove,
        name="listed_number_remove",
        needs=ADMINISTRATION,
    ),
    account_page("account-codes/limits/", limits.limits, name="limits", needs=ADMINISTRATION),
    account_page("account-codes/limits/add/", limits.add, name="limit_add", needs=ADMINISTRATION),
    account_page(
        "account-codes/limits/<uuid:limit_id>/change/",
        limits.change,
        name="limit_change",
        needs=ADMINISTRATION,
    ),
    account_page(
        "account-codes/limits/<uuid:limit_id>/remove/",
        limits.remove,
        name="limit_remove",
        needs=ADMINISTRATION,
    ),
    *users_patterns,
    account_page("calls/", calls.calls, name="calls", needs=MEMBERSHIP, readers_time=True),
    account_page("calls/export/", calls.export, name="calls_export", needs=MEMBERSHIP),
    account_page(
        "calls/export/xlsx/", calls.export_workbook, name="calls_workbook", needs=MEMBERSHIP
    ),
    account_page("calls/search/", calls.search, name="calls_search", needs=MEMBERSHIP),
    account_page("calls/choose/users/", choices.users, name="choose_user", needs=MEMBERSHIP),
    account_page("test-call/choose/", choices.callers, name="choose_caller", needs=ADMINISTRATION),
    account_page("calls/choose/codes/", choices.codes, name="choose_code", needs=MEMBERSHIP),
    account_page(
        "lists/<slug:name>/", tables.arrange_table, name="arrange_table", needs=MEMBERSHIP
    ),
    account_page("calls/filters/", calls.filter_save, name="filter_save", needs=MEMBERSHIP),
    account_page(
        "calls/filters/<uuid:filter_id>/delete/",
        calls.filter_delete,
        name="filter_delete",
        needs=MEMBERSHIP,
    ),
    account_page(
        "calls/to-assign/", inbox.to_assign, name="to_assign", needs=MEMBERSHIP, readers_time=True
    ),
    account_page("calls/replace/", inbox.replace, name="calls_replace", needs=ADMINISTRATION),
    account_page("calls/correct/", corrections.correct, name="calls_correct", needs=MEMBERSHIP),
    account_page(
        "calls/corrections/progress/",
        corrections.progress,
        name="correction_progress",
        needs=MEMBERSHIP,
    ),
    account_page(
        "calls/corrections/undo/",
        corrections.undo_corrections,
        name="correction_undo",
        needs=MEMBERSHIP,
    ),
    account_page(
        "calls/<uuid:call_id>/", call_story.call, name="call", needs=MEMBERSHIP, readers_time=True
    ),
    *rates_patterns,
    account_page("months/", months.months, name="months", needs=MEMBERSHIP),
    account_page(
        "months/calendar/", months.calendar, name="account_calendar", needs=ADMINISTRATION
    ),
    account_page("months/<slug:month>/", months.month, name="month", needs=MEMBERSHIP),
    account_page(
        "months/<slug:month>/close/", months.close, name="month_close", needs=ADMINISTRATION
    ),
    account_page(
        "months/<slug:month>/reopen/", months.reopen, name="month_reopen", needs=ADMINISTRATION
    ),
    account_page(
        "months/<slug:month>/statements/", bills.statements, name="statements", needs=MEMBERSHIP
    ),
    account_page(
        "months/<slug:month>/statements/all/",
        bills.statements_zip,
        name="statements_zip",
        needs=MEMBERSHIP,
    ),
    account_page(
        "months/<slug:month>/statements/<uuid:code_id>/",
        bills.one_statement,
        name="statement",
        needs=MEMBERSHIP,
    ),
    account_page(
        "months/<slug:month>/statements/<uuid:code_id>/pdf/",
        bills.statement_pdf,
        name="statement_pdf",
        needs=MEMBERSHIP,
    ),
    account_page(
        "months/<slug:month>/hand-over/",
        hand_over.hand_over,
        name="hand_over",
        needs=ADMINISTRATION,
    ),
    account_page(
        "hand-over/<uuid:format_id>/delete/",
        hand_over.format_delete,
        name="format_delete",
        needs=ADMINISTRATION,
    ),
    account_page("firm/", bills.firm, name="firm", needs=ADMINISTRATION),
    account_page(f"{USER}/timekeeper/", bills.timekeeper, name="timekeeper", needs=ADMINISTRATION),
    account_page("exports/", exports.exports, name="exports", needs=MEMBERSHIP),
    account_page(
        "exports/<uuid:export_id>/file/", exports.file, name="export_file", needs=MEMBERSHIP
    ),
    account_page(
        "exports/<uuid:export_id>/delete/", exports.delete, name="export_delete", needs=MEMBERSHIP
    ),
    account_page("reports/", reports.reports, name="reports", needs=MEMBERSHIP),
    account_page("reports/run/", reports.run, name="reports_run", needs=MEMBERSHIP),
    account_page("reports/export/", reports.export, name="reports_export", needs=MEMBERSHIP),
    account_page("reports/save/", reports.save, name="report_save", needs=MEMBERSHIP),
    account_page(
        "reports/saved/<uuid:report_id>/", reports.saved, name="report_saved", needs=MEMBERSHIP
    ),
    account_page(
        "reports/saved/<uuid:report_id>/delete/",
        reports.delete,
        name="report_delete",
        needs=MEMBERSHIP,
    ),
    account_page(
        "reports/files/<uuid:run_id>/", schedules.file, name="report_file", needs=MEMBERSHIP
    ),
    account_page("reports/schedules/", schedules.schedules, name="schedules", needs=MEMBERSHIP),
    account_page(
        "reports/schedules/add/", schedules.add, name="schedule_add", needs=ADMINISTRATION
    ),
    account_page(f"{SCHEDULE}/", schedules.edit, name="schedule_edit", needs=ADMINISTRATION),
    account_page(
        f"{SCHEDULE}/active/", schedules.active, name="schedule_active", needs=ADMINISTRATION
    ),
    account_page(f"{SCHEDULE}/run/", schedules.run, name="schedule_run", needs=ADMINISTRATION),
    account_page(
        f"{SCHEDULE}/delete/", schedules.delete, name="schedule_delete", needs=ADMINISTRATION
    ),
    account_page("test-call/", test_call.test_call, name="test_call", needs=ADMINISTRATION),
    account_page(
        "people/",
        people.of_account(people.people),
        name="people",
        needs=ADMINISTRATION,
        readers_time=True,
    ),
    account_page(
        "people/invite/",
        people.of_account(people.invite_person),
        name="invite",
        needs=ADMINISTRATION,
    ),
    account_page(
        "people/second-factor/",
        people.require_second_factor,
        name="require_second_factor",
        needs=ADMINISTRATION,
    ),
    account_page(
        "people/<uuid:person_id>/",
        people.of_account(people.person),
        name="person",
        needs=ADMINISTRATION,
        readers_time=True,
    ),
    account_page(
        "people/<uuid:person_id>/<slug:action>/",
        people.of_account(people.person_do),
        name="person_do",
        needs=ADMINISTRATION,
    ),
    account_page(
        "activity/", activity.activity, name="activity", needs=ADMINISTRATION, readers_time=True
    ),
    account_page("activity/export/", activity.export, name="activity_export", needs=ADMINISTRATION),
    account_page(
        "webhooks/", webhooks.webhooks, name="webhooks", needs=ADMINISTRATION, readers_time=True
    ),
    account_page("webhooks/add/", webhooks.add, name="webhook_add", needs=ADMINISTRATION),
    account_page(
        "webhooks/<uuid:endpoint_id>/",
        webhooks.webhook,
        name="webhook",
        needs=ADMINISTRATION,
        readers_time=True,
    ),
    account_page(
        "webhooks/<uuid:endpoint_id>/edit/",
        webhooks.edit,
        name="webhook_edit",
        needs=ADMINISTRATION,
    ),
    account_page(
        "webhooks/<uuid:endpoint_id>/active/",
        webhooks.set_active,
        name="webhook_active",
        needs=ADMINISTRATION,
    ),
    account_page(
        "webhooks/<uuid:endpoint_id>/delete/",
        webhooks.delete,
        name="webhook_delete",
        needs=ADMINISTRATION,
    ),
    account_page(
        "webhooks/<uuid:endpoint_id>/secret/",
        webhooks.renew_secret,
        name="webhook_secret",
        needs=ADMINISTRATION,
    ),
    account_page(
        "webhooks/<uuid:endpoint_id>/test/",
        webhooks.send_test,
        name="webhook_test",
        needs=ADMINISTRATION,
    ),
    account_page(
        "webhooks/<uuid:endpoint_id>/replay-failed/",
        webhooks.replay_failed,
        name="webhook_replay_failed",
        needs=ADMINISTRATION,
    ),
    account_page(
        "webhooks/<uuid:endpoint_id>/deliveries/<uuid:delivery_id>/",
        webhooks.delivery,
        name="delivery",
        needs=ADMINISTRATION,
        readers_time=True,
    ),
    account_page(
        "webhooks/<uuid:endpoint_id>/deliveries/<uuid:delivery_id>/replay/",
        webhooks.replay,
        name="delivery_replay",
        needs=ADMINISTRATION,
    ),
    account_page(
        "api-tokens/",
        api_tokens.api_tokens,
        name="api_tokens",
        needs=ADMINISTRATION,
        readers_time=True,
    ),
    account_page("api-tokens/add/", api_tokens.add, name="api_token_add", needs=ADMINISTRATION),
    account_page(
        "api-tokens/<uuid:token_id>/revoke/",
        api_tokens.revoke,
        name="api_token_revoke",
        needs=ADMINISTRATION,
    ),
    operators_page("templates/", templates.templates, name="templates"),
    operators_page(
        "templates/<uuid:template_id>/delete/", templates.delete, name="template_delete"
    ),
    operators_page("switches/", switches.switches, name="switches"),
    operators_page("switches/<uuid:switch_id>/", switches.switch, name="switch"),
    operators_page("operators/", people.of_operators(people.people), name="operators"),
    operators_page(
        "operators/invite/", people.of_operators(people.invite_person), name="operator_invite"
    ),
    operators_page(
        "operators/<uuid:person_id>/", people.of_operators(people.person), name="operator_person"
    ),
    operators_page(
        "operators/<uuid:person_id>/<slug:action>/",
        people.of_operators(people.person_do),
        name="operator_person_do",
    ),
]
