"""What the demo's law firm is called on bills: so that statements and LEDES files can be made."""

from decimal import Decimal

from callmark.accounts.models import Account, User
from callmark.codes.models import AccountCode
from callmark.codes.services import change_code
from callmark.reports.handover.services import save_firm, save_timekeeper

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
    """Enter the firm's details, the ids of its codes, and its timekeepers."""
    save_firm(firm, FIRM, actor=None)
    for code in AccountCode.objects.of(firm):
        client, matter, external = MATTERS[code.name]
        ids = {"client_id": client, "matter_id": matter, "external_id": external}
        change_code(code, name=code.name, ids=ids, actor=None)
    for user in User.objects.of(firm).filter(name__in=TIMEKEEPERS):
        short, name, classification, rate = TIMEKEEPERS[user.name]
        values = {"timekeeper_id": short, "timekeeper_name": name, "hourly_rate": rate}
        save_timekeeper(user, {**values, "classification": classification}, actor=None)
