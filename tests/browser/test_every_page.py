"""States of pages, light on a desktop and dark on a phone: a picture, no axe findings, no overflow.

What a page shows in a firm in use is looked at by the walk over every page; here is what it does
not come to: what is empty, wrong, asked in a dialog, or seen by somebody else.
"""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from callmark.accounts.activity import record, record_visit
from callmark.accounts.models import User
from callmark.accounts.services import add_trunk, change_person
from callmark.audit.actions import Action
from callmark.calls.jobs import work_all
from callmark.calls.limits import add_limit
from callmark.calls.models import Call, CallAttempt
from callmark.calls.reratings import rate_again, set_currency
from callmark.codes.listed_numbers import add_listed_number
from callmark.codes.models import AccountCode, UserCodeSettings
from callmark.codes.services import add_code
from callmark.policy.number_list import CodeNeed
from callmark.policy.rating import Per, Rate
from callmark.sign_in.api_tokens import revoke_token
from callmark.sign_in.auditing import sign_in_failed
from callmark.tariffs.models import Tariff
from callmark.tariffs.services import NewVersion, make_version
from callmark.webhooks.models import Delivery, OffReason, WebhookEndpoint
from callmark.webhooks.services import change_endpoint
from tests.browser.conftest import Arrive
from tests.browser.visitor import Size
from tests.cast import LawFirm, first_time, turn_on_quietly
from tests.portal.programs import delivery, token, webhook
from tests.portal.test_a_users_settings import lock_out
from tests.rows import every

pytestmark = pytest.mark.browser

SIZES: list[Size] = ["desktop", "phone"]
CODES = ("Harper v. Castellan", "General office", "Estate of Whitlock", "Nordby Shipping")


def furnish(cast: LawFirm) -> Call:
    """A firm in use: codes, settings of all kinds, calls of every outcome, a lockout."""
    first_time(cast)
    codes = [
        add_code(cast.account, name=name, code=f"{number}417", actor=cast.olivia)
        for number, name in enumerate(CODES)
    ]
    codes[-1].active = False
    codes[-1].save()
    turn_on_quietly(cast)
    every(UserCodeSettings).filter(user=cast.uma).update(override=True, international=True)
    every(UserCodeSettings).filter(user=cast.ben).update(enabled=False)
    default = every(AccountCode).get(name="General office")
    every(UserCodeSettings).filter(user=cast.uma).update(default_code=default)
    add_trunk(cast.account, name="Old PBX", endpoint="firm-pbx")
    add_listed_number(
        cast.account,
        number="+442079460999",
        need=CodeNeed.NEVER,
        name="Court of Appeal",
        actor=cast.olivia,
    )
    furnish_limits(cast)
    lock_out(cast)
    return furnish_history(cast)


def furnish_limits(cast: LawFirm) -> None:
    """One of each kind: of the account and a type, of each user, of one user, of a code."""
    code = every(AccountCode).get(name="General office")
    calls = {"amount": 10, "unit": "calls", "per": "hour", "then": "refuse"}
    minutes = {"amount": 600, "unit": "minutes", "per": "month", "then": "warn"}
    for values in (
        {"name": "Abroad", "scope": "account", "call_type": "international", **calls},
        {"name": "Everybody", "scope": "each_user", "call_type": "", **calls, "then": "ask"},
        {"name": "Uma", "scope": "user", "user": cast.uma, **minutes},
        {"name": "Office", "scope": "code", "code": code, **minutes, "then": "refuse"},
    ):
        add_limit(cast.account, values, actor=cast.olivia)


def furnish_rates(cast: LawFirm) -> Tariff:
    """Rates of every kind, and calls that are charged by them."""
    set_currency(cast.account, "USD", actor=cast.olivia)
    rates = [
        Rate("London by day", prefix="+4420", price=Decimal("0.12"), block_seconds=6,
             weekdays=frozenset(range(5)), begins=time(8), ends=time(18)),
        Rate("Abroad", call_type="international", first_seconds=120, first_price=Decimal("0.20"),
             price=Decimal("0.30"), per=Per.BLOCK, maximum=Decimal(9)),
        Rate("All other calls", price=Decimal("0.02"), connection_fee=Decimal("0.05")),
    ]  # fmt: skip
    made = make_version(cast.account, NewVersion("Carrier, 2026", "USD", rates), actor=cast.olivia)
    rate_again(cast.account, since=None, actor=cast.olivia)
    work_all()
    return made


def furnish_shared_rates() -> Tariff:
    """The operator's, for all accounts."""
    new = NewVersion("For all", "USD", [Rate("All other calls", price=Decimal("0.03"))])
    return make_version(None, new, actor=None)


def furnish_history(cast: LawFirm) -> Call:
    """Calls of every outcome; the last is one with attempts."""
    start = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    outcomes = ("not_gated", "connected", "proceeded_after_max_retries", "abandoned",
                "ended_after_max_retries", "refused_while_down", "let_through_unasked",
                "refused_unasked", "refused_number", "declined", "connected")  # fmt: skip
    for number, outcome in enumerate(outcomes):
        call = Call(
            account=cast.account,
            user=None if outcome == "refused_unasked" else cast.uma,
            user_name="" if outcome == "refused_unasked" else "Uma",
            payer="unknown" if outcome == "refused_unasked" else "user",
            switch="main",
            leg=2 if number == len(outcomes) - 1 else 1,
            linked_id="main-1772442000.17" if number >= len(outcomes) - 3 else "",
            number="011442079460000" if number % 2 else "2125550142",
            dialed="9011442079460000" if number % 2 else "2125550142",
            e164="+442079460000" if number % 2 else "+12125550142",
            direction="outbound",
            call_type="international" if number % 2 else "domestic",
            outcome=outcome,
            started_at=start + timedelta(minutes=17 * number),
            seconds=83 * number if outcome in {"not_gated", "connected"} else None,
            simulated=number == 1,
            why=["international: country code +44 differs from the caller's +1"],
            account_code_name="Harper v. Castellan" if outcome == "connected" else "",
        )
        call.account_code = "0417" if outcome == "connected" else ""
        call.save()
    for position, result in enumerate(("wrong_length", "unknown_code", "accepted"), start=1):
        CallAttempt.objects.create(
            call=call,
            position=position,
            result=result,
            entered_by="prompt",
            at=start,
            user=cast.ben if position > 1 else None,
        )
    return call


@pytest.mark.parametrize("size", SIZES)
def test_before_anything_is_set_up(arrive: Arrive, cast: LawFirm, size: Size) -> None:
    olivia = arrive(person=cast.olivia, size=size)
    olivia.expected = ("404", "403")
    for path, name in (
        ("account-codes/", "first-time"),
        (f"users/{cast.uma.pk}/settings/", "user-before-set-up"),
        ("calls/", "calls-empty"),
        ("nothing/", "not-found"),
    ):
        olivia.go(f"/accounts/firm/{path}")
        olivia.examine(name)
    olivia.go("/help/?q=star+code")
    olivia.examine("help-search")
    first_time(cast)
    olivia.go("/accounts/firm/account-codes/codes/")
    olivia.examine("codes-empty")
    olivia.go("/accounts/firm/account-codes/")
    olivia.examine("settings-new")
    rick = arrive(person=cast.rick, size=size)
    rick.expected = ("403",)
    rick.go("/accounts/firm/users/")
    rick.examine("forbidden")


@pytest.mark.parametrize("size", SIZES)
def test_a_firm_in_use(arrive: Arrive, cast: LawFirm, size: Size) -> None:
    furnish(cast)
    olivia = arrive(person=cast.olivia, size=size)
    olivia.go(f"/accounts/firm/users/{cast.ben.pk}/settings/")
    olivia.examine("user-defaults")
    olivia.go("/accounts/firm/account-codes/")
    form = olivia.page.locator("#settings-form")
    form.get_by_role("button", name="Save", exact=True).click()
    olivia.page.get_by_role("dialog").wait_for()
    olivia.examine("dialog-save")
    olivia.page.keyboard.press("Escape")
    olivia.switch("Allow account codes", False)
    form.get_by_role("button", name="Save", exact=True).click()
    olivia.page.get_by_role("dialog").wait_for()
    olivia.examine("dialog-turn-off")


def furnish_programs(cast: LawFirm) -> Delivery:
    """Webhooks and tokens in every state; the delivery is one that was given up."""
    endpoint = webhook(cast, include_codes=True)
    paused = webhook(cast, "")
    delivery(paused, Delivery.State.DELIVERED, (204,))
    change_endpoint(paused, {"active": False}, actor=cast.olivia)
    delivery(endpoint, Delivery.State.DELIVERED, (503, 200))
    given_up = delivery(endpoint, Delivery.State.GIVEN_UP, (0, 503, 503))
    delivery(endpoint)
    now, log = timezone.now(), every(WebhookEndpoint).filter(account=cast.account)
    tired, gone = webhook(cast, "Case files"), webhook(cast, "Alarms")
    log.filter(pk=tired.pk).update(
        failing_since=now - timedelta(days=2), quiet_until=now + timedelta(minutes=30)
    )
    log.filter(pk=gone.pk).update(active=False, off_reason=OffReason.GONE, off_at=now)
    token(cast, "Switch in the server room")
    token(cast)
    revoke_token(token(cast, "Former billing program").token, actor=cast.olivia)
    return given_up


def furnish_activity(cast: LawFirm) -> None:
    """Somebody was locked out, somebody could not sign in, and the operator lent a hand."""
    record_visit(cast.otto, cast.account)
    change_person(cast.ben, {"name": "Ben Attorney"}, actor=cast.otto)
    change_person(cast.ben, {"name": "Ben"}, actor=cast.otto)
    sign_in_failed("uma@firm.example")
    with transaction.atomic():
        until = {"locked_until": timezone.now()}
        record(Action.LOCKED_OUT, cast.account, cast.uma, actor=None, after=until)


@pytest.mark.parametrize("size", SIZES)
def test_looking_after_the_account(arrive: Arrive, cast: LawFirm, size: Size) -> None:
    olivia = arrive(person=cast.olivia, size=size)
    for path, name in (("webhooks/", "webhooks-empty"), ("api-tokens/", "api-tokens-empty")):
        olivia.go(f"/accounts/firm/{path}")
        olivia.examine(name)
    furnish(cast)
    furnish_programs(cast)
    furnish_activity(cast)
    olivia.go("/accounts/firm/activity/?kind=account")
    olivia.examine("activity-nothing-found")
    olivia.go("/accounts/firm/api-tokens/")
    olivia.click("link", "Revoke Billing export")
    olivia.page.get_by_role("dialog").wait_for()
    olivia.examine("api-token-revoke")
    olivia.go("/accounts/firm/webhooks/add/")
    olivia.page.get_by_label("Address").fill("https://localhost/")
    olivia.click("button", "Add webhook")
    assert olivia.sees("Choose at least one event.")
    olivia.examine("webhook-errors")
    olivia.go("/accounts/firm/api-tokens/add/")
    olivia.page.get_by_label("Name").fill("Billing export")
    olivia.click("button", "Make token")
    assert olivia.sees("It is shown only now.")
    olivia.examine("api-token-secret")


@pytest.mark.parametrize("size", SIZES)
def test_the_phone_and_the_operator(arrive: Arrive, cast: LawFirm, size: Size) -> None:
    furnish(cast)
    olivia = arrive(person=cast.olivia, size=size)
    olivia.go("/accounts/firm/test-call/")
    olivia.page.get_by_label("Call as").select_option(label="Olivia")
    olivia.page.get_by_label("Number to dial").fill("011442079460000")
    olivia.click("button", "Call")
    assert olivia.sees("is calling")
    olivia.page.keyboard.type("9999")
    assert olivia.sees("Invalid entry.")
    olivia.examine("test-call-ringing")
    olivia.page.keyboard.type("0417")
    assert olivia.sees("The call goes through")
    olivia.examine("test-call-over")
    otto = arrive(person=cast.otto, size=size)
    pbx = every(User).get(name="Old PBX")
    for path, name in (
        ("users/add-trunk/", "trunk-add"),
        (f"users/{pbx.pk}/details/", "trunk-details"),
    ):
        otto.go(f"/accounts/firm/{path}")
        otto.examine(name)
    otto.go("/")
    otto.click("link", "Firm Ltd")
    otto.page.get_by_role("heading", name="so far").wait_for()
    if size == "phone":
        otto.click("button", "Menu")
        otto.examine("menu")
