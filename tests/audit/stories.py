"""One change by each service that takes ``actor``: what the test of completeness runs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount

from callmark.accounts import activity, deletion
from callmark.accounts import services as accounts
from callmark.accounts.models import Extension, Role, User
from callmark.calls import corrections, limits, months, reratings, saved_filters
from callmark.calls import queries as calls
from callmark.calls.filters import CallFilter
from callmark.calls.models import Call, CallLimit, CorrectionBatch, SavedFilter
from callmark.calls.store import store
from callmark.codes import known_numbers, listed_numbers
from callmark.codes import services as codes
from callmark.codes.models import AccountCodeSettings, ListedNumber
from callmark.policy.number_list import CodeNeed
from callmark.policy.rating import Rate
from callmark.reports.handover import services as handover
from callmark.reports.handover.files import ledes_file
from callmark.reports.handover.formats import LedesFormat
from callmark.reports.handover.gathering import billing
from callmark.sign_in import api_tokens, company_links, invitations, people
from callmark.sign_in.models import ApiToken
from callmark.tariffs import services as tariffs
from callmark.webhooks import services as webhooks
from callmark.webhooks.models import WebhookEndpoint
from tests.audit.many_codes_stories import MANY_CODES_STORIES
from tests.audit.report_stories import REPORT_STORIES
from tests.audit.user_stories import USER_STORIES
from tests.cast import OUTSIDE_CALLS, LawFirm, make_account
from tests.factories import decided_call
from tests.rows import every

Story = Callable[[LawFirm], object]

LONG_AGO = datetime(2026, 3, 10, 12, tzinfo=UTC)


def _settings(firm: LawFirm) -> AccountCodeSettings:
    return every(AccountCodeSettings).get(account=firm.account)


def _save_settings(firm: LawFirm) -> None:
    codes.save_account_settings(
        firm.account,
        codes.SettingsChange(max_retries=5, rules=replace(OUTSIDE_CALLS, premium=False)),
        enable_everyone=True,
        expected_version=_settings(firm).version,
        actor=firm.olivia,
    )


def _turn_off(firm: LawFirm) -> None:
    codes.turn_off(
        firm.account,
        delete_custom_settings=True,
        expected_version=_settings(firm).version,
        actor=firm.olivia,
    )


def _enable(firm: LawFirm) -> None:
    fresh = make_account("fresh")
    codes.enable_account_codes(fresh, code_length=5, max_retries=3, actor=firm.olivia)


def _deactivate(firm: LawFirm) -> None:
    codes.add_code(firm.account, name="Another", code="4321", actor=firm.olivia)
    codes.set_code_active(firm.code, active=False, actor=firm.olivia)


def _delete_code(firm: LawFirm) -> None:
    codes.add_code(firm.account, name="Another", code="4321", actor=firm.olivia)
    codes.delete_code(firm.code, actor=firm.olivia)


def _endpoint(firm: LawFirm) -> WebhookEndpoint:
    return webhooks.add_endpoint(
        firm.account, url="https://hooks.example/", events=["call.tagged"], actor=firm.olivia
    ).endpoint


def _replay_failed(firm: LawFirm) -> None:
    failed = webhooks.send_test(_endpoint(firm), actor=firm.olivia)
    failed.state = failed.State.GIVEN_UP
    failed.save()
    webhooks.replay_failed(failed.endpoint, actor=firm.olivia)


def _token(firm: LawFirm) -> ApiToken:
    made = api_tokens.create_token(
        firm.account, name="Billing", scopes=[api_tokens.Scope.READ], days=30, actor=firm.olivia
    )
    return made.token


def _invited(firm: LawFirm) -> User:
    invited = invitations.invite(
        firm.account,
        name="Ida",
        email="ida@firm.example",
        role=Role.REPORTER,
        actor=firm.olivia,
    )
    return invited.invitation.user


def _remove_second_factors(firm: LawFirm) -> None:
    ida = _invited(firm)
    Authenticator.objects.create(user=ida, type=Authenticator.Type.TOTP, data={"secret": "x"})
    people.remove_second_factors(ida, actor=firm.olivia)


def _release(firm: LawFirm) -> None:
    ida = _invited(firm)
    SocialAccount.objects.create(user=ida, provider="company", uid="1", extra_data={})
    company_links.release(ida, actor=firm.olivia)


def _untagged(firm: LawFirm) -> Call:
    record = decided_call(firm, "let_through_unasked", at=LONG_AGO)
    store([record])
    return every(Call).get(pk=record.id)


def _corrected(firm: LawFirm) -> CorrectionBatch:
    ids = [_untagged(firm).pk]
    return corrections.assign_code(firm.account, ids, code=firm.code, actor=firm.olivia)


def _suggested(firm: LawFirm) -> None:
    untagged = _untagged(firm)
    known_numbers.add_known_number(firm.code, untagged.e164, actor=firm.olivia)
    corrections.assign_suggested(firm.account, [untagged.pk], actor=firm.olivia)


def _replace(firm: LawFirm) -> None:
    right = codes.add_code(firm.account, name="Another", code="4321", actor=firm.olivia)
    _corrected(firm)
    corrections.replace_code(firm.account, firm.code, right, within=CallFilter(), actor=firm.olivia)


def _close(firm: LawFirm) -> None:
    months.close_month(firm.account, LONG_AGO.date().replace(day=1), actor=firm.olivia)


def _reopen(firm: LawFirm) -> None:
    _close(firm)
    months.reopen_month(firm.account, LONG_AGO.date().replace(day=1), actor=firm.olivia)


def _invoices(firm: LawFirm) -> None:
    handover.save_firm(firm.account, {"law_firm_id": "98-1"}, actor=firm.olivia)
    codes.change_code(
        firm.code, name="Harper", ids={"client_id": "1", "matter_id": "2"}, actor=firm.olivia
    )
    keeper = {
        "timekeeper_id": "BA",
        "timekeeper_name": "Attorney, Ben",
        "hourly_rate": Decimal(300),
    }
    rate = {"hourly_rate": Decimal(300)}
    handover.save_timekeeper(firm.ben, {**keeper, **rate}, actor=firm.olivia)
    call = Call(account=firm.account, user=firm.ben, user_name="Ben", seconds=60)
    call.direction, call.e164, call.outcome = "outbound", "+442079460000", "connected"
    call.started_at = call.answered_at = call.ended_at = LONG_AGO
    call.code, call.account_code_name, call.disposition = firm.code, "Harper", "ANSWERED"
    call.account_code = "1234"
    call.save()
    _close(firm)
    month = billing(firm.account, LONG_AGO.date().replace(day=1))
    ledes_file(month, LedesFormat(fees=True), actor=firm.olivia)


def _currency(firm: LawFirm) -> None:
    reratings.set_currency(firm.account, "USD", actor=firm.olivia)


def _rates(firm: LawFirm) -> None:
    _currency(firm)
    abroad = Rate("Abroad", call_type="international", price=Decimal("0.10"))
    new = tariffs.NewVersion("Rates", "USD", [abroad])
    tariffs.make_version(firm.account, new, actor=firm.olivia)


def _rate_again(firm: LawFirm) -> None:
    _rates(firm)
    reratings.rate_again(firm.account, since=LONG_AGO.date(), actor=firm.olivia)


def _saved(firm: LawFirm) -> SavedFilter:
    return saved_filters.save_filter(
        firm.account, name="Abroad", query="call_type=international", actor=firm.olivia
    )


def _listed(firm: LawFirm) -> ListedNumber:
    return listed_numbers.add_listed_number(
        firm.account,
        number="+442079460000",
        need=CodeNeed.NEVER,
        name="Court of Appeal",
        actor=firm.olivia,
    )


def _limited(firm: LawFirm) -> CallLimit:
    values = {
        "name": "Ben's budget",
        "scope": "user",
        "user": firm.ben,
        "amount": 10,
        "unit": "minutes",
        "per": "month",
    }
    return limits.add_limit(firm.account, values, actor=firm.olivia)


STORIES: dict[str, Story] = {
    "calls.corrections.assign_code": _corrected,
    "calls.corrections.assign_suggested": _suggested,
    "calls.corrections.take_code_away": lambda firm: corrections.take_code_away(
        firm.account, [_untagged(firm).pk], actor=firm.olivia
    ),
    "calls.corrections.replace_code": _replace,
    "calls.corrections.set_not_billable": lambda firm: corrections.set_not_billable(
        firm.account, [_untagged(firm).pk], not_billable=True, actor=firm.olivia
    ),
    "calls.corrections.undo": lambda firm: corrections.undo(_corrected(firm), actor=firm.olivia),
    "calls.months.close_month": _close,
    "calls.months.reopen_month": _reopen,
    "calls.reratings.set_currency": _currency,
    "calls.reratings.rate_again": _rate_again,
    "tariffs.services.make_version": _rates,
    "calls.saved_filters.save_filter": _saved,
    "calls.saved_filters.delete_filter": lambda firm: saved_filters.delete_filter(
        _saved(firm), actor=firm.olivia
    ),
    **REPORT_STORIES,
    **USER_STORIES,
    "codes.known_numbers.add_known_number": lambda firm: known_numbers.add_known_number(
        firm.code, "+442079460000", actor=firm.olivia
    ),
    "codes.known_numbers.change_known_numbers": lambda firm: known_numbers.change_known_numbers(
        firm.code, add=["+442079460000"], remove=[], actor=firm.olivia
    ),
    "codes.known_numbers.remove_known_number": lambda firm: known_numbers.remove_known_number(
        known_numbers.add_known_number(firm.code, "+442079460000", actor=firm.olivia),
        actor=firm.olivia,
    ),
    "calls.limits.add_limit": _limited,
    "calls.limits.change_limit": lambda firm: limits.change_limit(
        _limited(firm), {"amount": 20, "then": "refuse"}, actor=firm.olivia
    ),
    "calls.limits.remove_limit": lambda firm: limits.remove_limit(
        _limited(firm), actor=firm.olivia
    ),
    "codes.listed_numbers.add_listed_number": _listed,
    "codes.listed_numbers.change_listed_number": lambda firm: listed_numbers.change_listed_number(
        _listed(firm), need=CodeNeed.ALWAYS, name="Registry", actor=firm.olivia
    ),
    "codes.listed_numbers.remove_listed_number": lambda firm: listed_numbers.remove_listed_number(
        _listed(firm), actor=firm.olivia
    ),
    "accounts.activity.record_codes_read": lambda firm: activity.record_codes_read(
        firm.account, actor=firm.olivia, where="codes"
    ),
    "accounts.activity.record_codes_exported": lambda firm: activity.record_codes_exported(
        firm.account, actor=firm.olivia, where="calls"
    ),
    "accounts.services.add_account": lambda firm: accounts.add_account(
        slug="new", name="New", actor=firm.olivia
    ),
    "accounts.services.change_account": lambda firm: accounts.change_account(
        firm.account, {"name": "Renamed"}, actor=firm.olivia
    ),
    "accounts.services.add_person": lambda firm: accounts.add_person(
        firm.account, name="Nina", actor=firm.olivia
    ),
    "accounts.services.add_trunk": lambda firm: accounts.add_trunk(
        firm.account, name="Old PBX", endpoint="firm-pbx", actor=firm.olivia
    ),
    "accounts.services.change_person": lambda firm: accounts.change_person(
        firm.ben, {"name": "Benjamin"}, actor=firm.olivia
    ),
    "accounts.deletion.delete_person": lambda firm: deletion.delete_person(
        firm.ben, actor=firm.olivia
    ),
    "accounts.services.add_extension": lambda firm: accounts.add_extension(
        firm.ben, number="199", endpoint="firm-199", actor=firm.olivia
    ),
    "accounts.services.add_phone_number": lambda firm: accounts.add_phone_number(
        firm.ben, e164="+12125550199", actor=firm.olivia
    ),
    "accounts.services.remove_number": lambda firm: accounts.remove_number(
        every(Extension).get(user=firm.ben), actor=firm.olivia
    ),
    "codes.services.enable_account_codes": _enable,
    "codes.services.save_account_settings": _save_settings,
    "codes.services.turn_off": _turn_off,
    "codes.services.save_user_settings": lambda firm: codes.save_user_settings(
        firm.ben, enabled=False, override=OUTSIDE_CALLS, actor=firm.olivia
    ),
    "codes.services.add_code": lambda firm: codes.add_code(
        firm.account, name="Another", code="4321", actor=firm.olivia
    ),
    "codes.services.rename_code": lambda firm: codes.rename_code(
        firm.code, name="Renamed", actor=firm.olivia
    ),
    "codes.services.set_code_active": _deactivate,
    "codes.services.delete_code": _delete_code,
    **MANY_CODES_STORIES,
    "codes.services.change_code": lambda firm: codes.change_code(
        firm.code, name="Renamed", ids={"client_id": "10234"}, actor=firm.olivia
    ),
    "reports.handover.services.save_firm": lambda firm: handover.save_firm(
        firm.account, {"law_firm_id": "98-1"}, actor=firm.olivia
    ),
    "reports.handover.services.save_timekeeper": lambda firm: handover.save_timekeeper(
        firm.ben, {"hourly_rate": Decimal(300)}, actor=firm.olivia
    ),
    "reports.handover.services.save_format": lambda firm: handover.save_format(
        firm.account, name="Books", options={"format": "csv"}, actor=firm.olivia
    ),
    "reports.handover.services.delete_format": lambda firm: handover.delete_format(
        handover.save_format(
            firm.account, name="Books", options={"format": "csv"}, actor=firm.olivia
        ),
        actor=firm.olivia,
    ),
    "reports.handover.files.ledes_file": _invoices,
    "webhooks.services.add_endpoint": _endpoint,
    "webhooks.services.change_endpoint": lambda firm: webhooks.change_endpoint(
        _endpoint(firm), {"active": False}, actor=firm.olivia
    ),
    "webhooks.services.delete_endpoint": lambda firm: webhooks.delete_endpoint(
        _endpoint(firm), actor=firm.olivia
    ),
    "webhooks.services.renew_secret": lambda firm: webhooks.renew_secret(
        _endpoint(firm), actor=firm.olivia
    ),
    "webhooks.services.send_test": lambda firm: webhooks.send_test(
        _endpoint(firm), actor=firm.olivia
    ),
    "webhooks.services.replay": lambda firm: webhooks.replay(
        webhooks.send_test(_endpoint(firm), actor=firm.olivia), actor=firm.olivia
    ),
    "webhooks.services.replay_failed": _replay_failed,
    "sign_in.api_tokens.create_token": _token,
    "sign_in.api_tokens.revoke_token": lambda firm: api_tokens.revoke_token(
        _token(firm), actor=firm.olivia
    ),
    "calls.queries.lift_lockout": lambda firm: calls.lift_lockout(firm.ben, firm.olivia),
    "sign_in.people.change_role": lambda firm: people.change_role(
        _invited(firm), Role.ADMINISTRATOR, actor=firm.olivia
    ),
    "sign_in.people.change_email": lambda firm: people.change_email(
        _invited(firm), "ida@other.example", actor=firm.olivia
    ),
    "sign_in.people.set_active": lambda firm: people.set_active(
        _invited(firm), active=False, actor=firm.olivia
    ),
    "sign_in.people.sign_out_everywhere": lambda firm: people.sign_out_everywhere(
        _invited(firm), actor=firm.olivia
    ),
    "sign_in.people.take_sign_in_away": lambda firm: people.take_sign_in_away(
        _invited(firm), actor=firm.olivia
    ),
    "sign_in.people.remove_second_factors": _remove_second_factors,
    "sign_in.people.require_second_factor": lambda firm: people.require_second_factor(
        firm.account, required=True, actor=firm.olivia
    ),
    "sign_in.company_links.release": _release,
    "sign_in.invitations.invite": _invited,
    "sign_in.invitations.invite_user": lambda firm: invitations.invite_user(
        firm.ben, email="ben@firm.example", role=Role.USER, actor=firm.olivia
    ),
    "sign_in.invitations.send_again": lambda firm: invitations.send_again(
        _invited(firm), actor=firm.olivia
    ),
    "sign_in.invitations.revoke": lambda firm: invitations.revoke(
        _invited(firm), actor=firm.olivia
    ),
}
