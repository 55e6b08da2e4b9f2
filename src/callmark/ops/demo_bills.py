"""The bills of the demo's law firm: statements and LEDES files can be made, a report is sent."""

from datetime import date
from decimal import Decimal

from django.conf import settings

from callmark.accounts.models import Account, Role, User
from callmark.calls.corrections import assign_code
from callmark.calls.inbox import to_assign
from callmark.calls.months import close_month
from callmark.codes.models import AccountCode
from callmark.codes.services import change_code
from callmark.reports.definitions import Definition
from callmark.reports.handover.services import save_firm, save_timekeeper
from callmark.reports.saved import save_report
from callmark.reports.schedules import add_schedule

FIRM = {
    "firm_name": "Demo Law Firm LLP",
    "address": "100 Church Street, Suite 800\nNew York, NY 10007",
    "law_firm_id": "13-5550100",
    "invoice_prefix": "TEL-",
    "next_invoice": 1001,
}
MATTERS = {
    # name of the code: client id, matter id, what the client calls it
    "Harper v. Castellan": ("10234", "0007", "HC-2026-118"),
    "General office": ("00001", "0001", ""),
    "Estate of Whitlock": ("10377", "0001", "WHIT-EST"),
    "Nordby Shipping": ("10410", "0003", "NS/NY/44"),
    "Firm business (catch-all)": ("00001", "0002", ""),
}
TIMEKEEPERS = {
    "Olivia Office-Manager": ("OO", "Office-Manager, Olivia", "OT", Decimal(95)),
    "Ben Attorney": ("BA", "Attorney, Ben", "AS", Decimal(340)),
    "Carla Paralegal": ("CP", "Paralegal, Carla", "PL", Decimal(165)),
}


def enter_bills(firm: Account) -> None:
    """Enter the firm's details, the ids of its codes, its timekeepers, and a monthly report."""
    save_firm(firm, FIRM, actor=None)
    for code in AccountCode.objects.of(firm):
        client, matter, external = MATTERS[code.name]
        ids = {"client_id": client, "matter_id": matter, "external_id": external}
        change_code(code, name=code.name, ids=ids, actor=None)
    for user in User.objects.of(firm).filter(name__in=TIMEKEEPERS):
        short, name, classification, rate = TIMEKEEPERS[user.name]
        values = {"timekeeper_id": short, "timekeeper_name": name, "hourly_rate": rate}
        save_timekeeper(user, {**values, "classification": classification}, actor=None)
    _send_a_report(firm)


def _send_a_report(firm: Account) -> None:
    """On the second of each month, by link; without a mail server *Last runs* says so."""
    olivia = _administrator(firm)
    bill = save_report(
        firm, name="The month's bill", asked=Definition().asked(), shared=True, actor=olivia
    )
    when = {"every": "month", "day": 2, "hour": 6, "way": "link", "recipients": olivia.email}
    portal = f"http://{settings.HTTP_HOST}:{settings.HTTP_PORT}/"
    add_schedule(firm, bill, when, portal_url=portal, actor=olivia)


def close_older_month(firm: Account, month: date) -> None:
    """Close this month as an office manager does: every call that needs a code has one."""
    olivia = _administrator(firm)
    ids = to_assign(firm, olivia).filter(billing_month=month).values_list("pk", flat=True)
    if unassigned := list(ids):
        rest = AccountCode.objects.of(firm).get(name="Firm business (catch-all)")
        assign_code(firm, unassigned, code=rest, actor=olivia)
    close_month(firm, month, actor=olivia)


def _administrator(firm: Account) -> User:
    return firm.users.get(role=Role.ADMINISTRATOR)
