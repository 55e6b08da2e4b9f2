"""The cast: a law firm, another firm that must see nothing of it, and the operator of both."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.utils import timezone

from callmark.accounts.models import Account, Role, Switch, User
from callmark.accounts.services import add_phone_number
from callmark.calls.corrections import assign_code
from callmark.calls.jobs import work_all
from callmark.calls.limits import add_limit
from callmark.calls.models import CallLimit, CorrectionBatch, Direction, SavedFilter
from callmark.calls.months import close_month
from callmark.calls.reratings import rate_again, set_currency
from callmark.calls.saved_filters import save_filter
from callmark.calls.store import store
from callmark.codes.known_numbers import add_known_number
from callmark.codes.listed_numbers import add_listed_number
from callmark.codes.many import change_many as change_many_codes
from callmark.codes.models import CodeBatch, Kind, KnownNumber, ListedNumber
from callmark.codes.services import add_code
from callmark.codes.templates import save_template
from callmark.codes.user_batch_models import UserBatch, UserBatchKind
from callmark.codes.user_batches import change_many
from callmark.policy.limits import LimitOf, LimitPer, LimitUnit, WhenReached
from callmark.policy.number_list import CodeNeed
from callmark.policy.rating import Rate
from callmark.reports.exports import ask_for_report
from callmark.reports.handover.services import save_format
from callmark.reports.models import Run, RunState, SavedReport, Schedule
from callmark.reports.running import work_some
from callmark.reports.saved import save_report
from callmark.reports.schedules import add_schedule
from callmark.sign_in.api_tokens import Scope, create_token
from callmark.sign_in.invitations import invite
from callmark.switches.http.calls import StartOfCall, start_call
from callmark.switches.http.taggings import StartOfTagging, start_tagging
from callmark.switches.simulator import simulate
from callmark.tariffs.models import Tariff
from callmark.tariffs.services import NewVersion, make_version
from callmark.web.limits import counters
from callmark.webhooks.models import Event
from callmark.webhooks.services import add_endpoint, send_test
from tests.api.programs import Program, program_of
from tests.beginnings import begun_with
from tests.cast import LawFirm, make_law_firm
from tests.factories import decided_call

LONDON = "011442079460000"


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    """No test has spent another's requests."""
    counters.clear()
    yield
    counters.clear()


@begun_with
def other() -> LawFirm:
    return make_law_firm("other")


@begun_with
def otto(firm: LawFirm) -> User:
    """The operator."""
    return firm.otto


@pytest.fixture
def olivia(firm: LawFirm) -> Program:
    """The administrator's program, which may do all an administrator may."""
    return program_of(firm.olivia)


@pytest.fixture
def operator(otto: User) -> Program:
    """The operator's program."""
    return program_of(otto)


@pytest.fixture
def at(firm: LawFirm) -> str:
    """The address of the firm."""
    return f"/accounts/{firm.account.pk}"


@dataclass(frozen=True, slots=True)
class Belongings:
    """One of everything that belongs to an account, by the names of path parameters."""

    firm: LawFirm
    ids: dict[str, str]
    controlled_call_id: str

    def ids_for(self, operation_path: str) -> dict[str, str]:
        """The ids, with the kind of call that the path is about."""
        if "/call-control/" in operation_path:
            return self.ids | {"call_id": self.controlled_call_id}
        return self.ids


def invited(account: Account | None, email: str, role: Role) -> User:
    """Somebody with an open invitation, a second factor to remove, and a company identity."""
    invitation = invite(account, name="Invited", email=email, role=role, actor=None).invitation
    return with_factors(invitation.user)


def with_factors(person: User) -> User:
    """Gives somebody a second factor to remove, and a company identity."""
    data = {"secret": get_adapter().encrypt("JBSWY3DPEHPK3PXP")}
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data=data)
    SocialAccount.objects.create(user=person, provider="company", uid=person.email)
    return person


def put_right(firm: LawFirm) -> tuple[CorrectionBatch, SavedFilter, KnownNumber]:
    """A call that was corrected, one to assign, a closed month, a shared filter, a known number."""
    records = [
        decided_call(firm, "let_through_unasked", at=datetime(2026, 3, day, 12, tzinfo=UTC))
        for day in (10, 11)
    ]
    store(records)
    corrected = assign_code(firm.account, [UUID(records[0].id)], code=firm.code, actor=firm.olivia)
    close_month(firm.account, date(2026, 2, 1), actor=firm.olivia)
    saved = save_filter(firm.account, name="All", query="q=Harper", shared=True, actor=firm.olivia)
    return corrected, saved, add_known_number(firm.code, "+442079460000", actor=firm.olivia)


def label_codes(firm: LawFirm) -> CodeBatch:
    """A change of many codes that can be undone."""
    codes = [firm.code.pk]
    return change_many_codes(firm.account, Kind.LABEL, codes, label="Estates", actor=firm.olivia)


def list_a_number(firm: LawFirm) -> ListedNumber:
    """A number that never needs a code."""
    return add_listed_number(
        firm.account,
        number="+442079460001",
        need=CodeNeed.NEVER,
        name="Registry",
        actor=firm.olivia,
    )


def limit_calls(firm: LawFirm) -> CallLimit:
    """Ten calls abroad an hour, and no more."""
    values = {
        "name": "Abroad",
        "scope": LimitOf.ACCOUNT.value,
        "call_type": "international",
        "amount": 10,
        "unit": LimitUnit.CALLS.value,
        "per": LimitPer.HOUR.value,
        "then": WhenReached.WARN.value,
    }
    return add_limit(firm.account, values, actor=firm.olivia)


def enabled(firm: LawFirm, user: User) -> UserBatch:
    """A change of many users, of one."""
    return change_many(firm.account, UserBatchKind.ENABLE, {user.pk: None}, actor=firm.olivia)


def rates_of(firm: LawFirm) -> Tariff:
    """What calls to London cost, and calls that were rated by it."""
    set_currency(firm.account, "USD", actor=firm.olivia)
    london = Rate("London", prefix="+4420", price=Decimal("0.12"))
    made = make_version(firm.account, NewVersion("2026", "USD", [london]), actor=firm.olivia)
    rate_again(firm.account, since=None, actor=firm.olivia)
    work_all()
    return made


def shared_rates() -> Tariff:
    """The operator's rates in another currency than the firm's."""
    return make_version(None, NewVersion("For all", "EUR", []), actor=None)


def tariffs_of(firm: LawFirm) -> dict[str, UUID]:
    """The firm's own rates, and the operator's for all."""
    return {"tariff_id": rates_of(firm).pk, "shared_tariff_id": shared_rates().pk}


def scheduled(firm: LawFirm, report: SavedReport) -> tuple[Schedule, Run]:
    """A schedule, and a file that it has made."""
    values = {
        "every": "month",
        "day": 2,
        "hour": 6,
        "way": "link",
        "format": "csv",
        "recipients": "olivia@firm.example",
    }
    schedule = add_schedule(firm.account, report, values, actor=firm.olivia)
    now = timezone.now()
    run = Run.objects.create(
        account=firm.account,
        schedule=schedule,
        due_at=now,
        state=RunState.DONE,
        finished_at=now,
        file_name="bill.csv",
        content=b"Account code,Calls",
    )
    return schedule, run


def reports_of(firm: LawFirm) -> dict[str, UUID]:
    """A saved report, and another with its schedule and a file."""
    kept = save_report(firm.account, name="Kept", asked={}, shared=True, actor=firm.olivia)
    sent = save_report(firm.account, name="Sent", asked={}, shared=True, actor=firm.olivia)
    schedule, run = scheduled(firm, sent)
    asked = ask_for_report(firm.account, {}, "csv", actor=firm.olivia)
    work_some()
    ids = {"saved_report_id": kept.pk, "schedule_id": schedule.pk, "run_id": run.pk}
    return {**ids, "export_id": asked.pk}


def belongings_of(firm: LawFirm) -> Belongings:
    """Give the account one of everything."""
    slug = firm.account.slug
    add_code(firm.account, name="Spare", code="0001", actor=None)
    digit = 1 + len(slug) % 9
    number = add_phone_number(firm.ben, e164=f"+1212555{digit:04}")
    simulate(firm.ben, LONDON, ["1234"])
    step = start_call(
        firm.account, StartOfCall(call_id="at-the-prompt", user=firm.ben, dialed=LONDON)
    )
    press = StartOfTagging("came-in", "press", firm.ben, direction=Direction.INBOUND, number="1")
    tagging = start_tagging(firm.account, press)
    account, olivia = firm.account, firm.olivia
    token = create_token(account, name="spare", scopes=[Scope.READ], days=1, actor=olivia).token
    oda = invited(None, f"oda@{slug}.example", Role.OPERATOR)
    webhook = add_endpoint(
        firm.account, url="https://hooks.example/", events=Event.values, actor=firm.olivia
    ).endpoint
    delivery = send_test(webhook, actor=firm.olivia)
    corrected, saved, known = put_right(firm)
    ids = {
        "account_id": firm.account.pk,
        "user_id": firm.ben.pk,
        "switch_id": Switch.objects.get(name="main").pk,
        "template_id": save_template(firm.account, "Law firms", actor=None).pk,
        "code_id": firm.code.pk,
        "call_id": firm.ben.calls.get(simulated=True).pk,
        "extension_id": firm.ben.extensions.get().pk,
        "number_id": number.pk,
        "token_id": token.pk,
        "tagging_id": tagging["id"],
        "webhook_id": webhook.pk,
        "delivery_id": delivery.pk,
        "person_id": invited(firm.account, f"ida@{slug}.example", Role.REPORTER).pk,
        "operator_id": oda.pk,
        "correction_id": corrected.pk,
        "user_change_id": enabled(firm, firm.rick).pk,
        "code_change_id": label_codes(firm).pk,
        "saved_filter_id": saved.pk,
        "known_number_id": known.pk,
        "limit_id": limit_calls(firm).pk,
        **tariffs_of(firm),
        "listed_number_id": list_a_number(firm).pk,
        "format_id": save_format(
            firm.account, name="Books", options={"format": "csv"}, actor=firm.olivia
        ).pk,
        **reports_of(firm),
    }
    return Belongings(firm, {name: str(pk) for name, pk in ids.items()}, step["id"])


@begun_with
def here(firm: LawFirm) -> Belongings:
    """The firm with one of everything."""
    return belongings_of(firm)


@begun_with
def there(other: LawFirm) -> Belongings:
    """The other firm with one of everything."""
    return belongings_of(other)
