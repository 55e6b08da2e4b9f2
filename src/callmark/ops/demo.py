"""The demo data of a first ``make run``: two accounts, people to sign in as, phones for a switch.

Only ever made in an empty database.
"""

import os
import secrets
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from callmark.accounts.models import Account, Role, User
from callmark.accounts.refused import Refused
from callmark.accounts.services import (
    add_account,
    add_extension,
    add_person,
    add_phone_number,
)
from callmark.calls.models import Call
from callmark.calls.periods import Month
from callmark.calls.reratings import set_currency
from callmark.codes.services import (
    SettingsChange,
    add_code,
    enable_account_codes,
    save_account_settings,
    save_user_settings,
)
from callmark.ops.demo_bills import close_older_month, enter_bills
from callmark.ops.demo_calls import ZONE, place_calls
from callmark.policy.rating import Rate
from callmark.policy.rules import CodeRules
from callmark.policy.values import value_class
from callmark.tariffs.services import NewVersion, make_version

DEMO_CALLS = 560
"""About as many as four busy people place and take in two months and some days."""
DEMO_RULES = CodeRules(validate=True, international=True, directory_assistance=True, premium=True)
DEMO_CODES = (
    ("0417", "Harper v. Castellan"),
    ("1234", "General office"),
    ("2086", "Estate of Whitlock"),
    ("5521", "Nordby Shipping"),
    ("7730", "Firm business (catch-all)"),
)
DEMO_RATES = (
    Rate("United Kingdom", prefix="+44", price=Decimal("0.039"), block_seconds=6),
    Rate(
        "Abroad",
        call_type="international",
        first_seconds=60,
        first_price=Decimal("0.12"),
        block_seconds=6,
        price=Decimal("0.12"),
    ),
    Rate("Directory assistance", call_type="directory_assistance", connection_fee=Decimal("1.99")),
    Rate("Premium", call_type="premium", price=Decimal("1.50"), connection_fee=Decimal("0.50")),
    Rate("Calls that come in", call_type="inbound"),
    Rate("Toll-free", call_type="toll_free"),
    Rate("All other calls", price=Decimal("0.012"), block_seconds=6),
)
_LAW_FIRM_PEOPLE = (
    # name, extension, phone number
    ("Olivia Office-Manager", "100", "+12125550100"),
    ("Ben Attorney", "101", "+12125550101"),
    ("Carla Paralegal", "102", "+12125550102"),
    ("Front Desk", "103", "+12125550103"),
)


@value_class
class DemoSignIn:
    """One person to sign in as."""

    who: str
    email: str


SIGN_INS = (
    DemoSignIn("administrator of Demo Law Firm, account codes on", "olivia@demo.example"),
    DemoSignIn("administrator of Demo School, account codes not yet set up", "sam@school.example"),
    DemoSignIn("operator of both", "operator@callmark.example"),
)


def database_is_empty() -> bool:
    """Whether nobody and nothing is there yet."""
    people = User.objects.of_every_account("there may be none")
    return not Account.objects.exists() and not people.exists()


@transaction.atomic
def create_demo(password: str) -> None:
    """Create both demo accounts; everybody in :data:`SIGN_INS` gets this password."""
    add_person(
        None,
        name="Otto Operator",
        email="operator@callmark.example",
        password=password,
        role=Role.OPERATOR,
    )
    _create_law_firm(password)
    _create_school(password)


def _create_law_firm(password: str) -> None:
    firm = add_account(slug="demo", name="Demo Law Firm", country="US", outside_prefix="9")
    for name, extension, number in _LAW_FIRM_PEOPLE:
        signs_in = extension == "100"
        person = add_person(
            firm,
            name=name,
            email="olivia@demo.example" if signs_in else None,
            password=password if signs_in else None,
            role=Role.ADMINISTRATOR if signs_in else Role.USER,
        )
        add_extension(person, number=extension, endpoint=f"demo-{extension}")
        add_phone_number(person, e164=number)
    settings = enable_account_codes(firm, code_length=4, max_retries=3, actor=None)
    for code, name in DEMO_CODES:
        add_code(firm, name=name, code=code, actor=None)
    save_account_settings(
        firm,
        SettingsChange(max_retries=3, rules=DEMO_RULES),
        enable_everyone=True,
        expected_version=settings.version,
        actor=None,
    )
    enter_bills(firm)
    _give_rates(firm)
    front_desk = User.objects.of(firm).get(name="Front Desk")
    save_user_settings(
        front_desk,
        enabled=True,
        override=CodeRules(
            validate=True,
            international=True,
            directory_assistance=True,
            premium=True,
            other_outside=True,
        ),
        actor=None,
    )


def _give_rates(firm: Account) -> None:
    """What the firm's calls cost, as an office's carrier might bill them."""
    set_currency(firm, "USD", actor=None)
    make_version(firm, NewVersion("Carrier", "USD", DEMO_RATES), actor=None)


def _create_school(password: str) -> None:
    school = add_account(slug="school", name="Demo School", country="GB")
    sam = add_person(
        school,
        name="Sam School-IT",
        email="sam@school.example",
        password=password,
        role=Role.ADMINISTRATOR,
    )
    add_extension(sam, number="200", endpoint="school-200")
    staff_room = add_person(school, name="Staff Room")
    add_extension(staff_room, number="201", endpoint="school-201")


def add_demo_calls(count: int = DEMO_CALLS) -> int:
    """Two months of calls for the law firm, and this one's up to now; more each time.

    The first time the older month is closed, the newer one is to close. Returns how many calls.
    Raises :class:`Refused` where there is no such account, or it is used for real.
    """
    firm = Account.objects.filter(slug="demo").first()
    if firm is None:
        raise Refused("There is no demo account to put calls into.", code="not_the_demo")
    now = timezone.now()
    # Different calls each time, and the same ones in every new installation.
    seed = Call.objects.of(firm).count()
    since = _month_before_last(now)
    made = place_calls(firm, count=count, since=since, until=now, seed=seed)
    if not seed:
        close_older_month(firm, since)
    return made


def _month_before_last(now: datetime) -> date:
    """Its first day, so that there is a whole month that is closed, and one to close."""
    this = Month(now.astimezone(ZONE).date().replace(day=1))
    return this.before.before.first


def demo_password(data_directory: Path) -> str:
    """The demo's password: ``CALLMARK_DEMO_PASSWORD``, or a random one kept in the data folder."""
    path = data_directory / "demo-password"
    if path.exists():
        return path.read_text().strip()
    password = os.environ.get("CALLMARK_DEMO_PASSWORD") or secrets.token_urlsafe(9)
    path.touch(mode=0o600)
    path.write_text(password + "\n")
    return password


def sign_in_help(data_directory: Path, url: str) -> str | None:
    """Where to sign in and as whom, or None when this installation has no demo (any more)."""
    if not (data_directory / "demo-password").exists():
        return None
    password = demo_password(data_directory)
    lines = [f"Sign in at {url}"]
    for one in SIGN_INS:
        people = User.objects.of_every_account("the demo has two, and an operator")
        person = people.filter(email=one.email).first()
        if person is not None and person.check_password(password):
            lines.append(f"  {one.email:28} {password}   ({one.who})")
    return "\n".join(lines) if len(lines) > 1 else None
