"""Changes of what bills need to know besides calls. All or nothing; raises :class:`Refused`.

``actor`` is who asks, for the audit; None: the one the origin names.
"""

import unicodedata
from collections.abc import Mapping

from django.utils.translation import gettext

from callmark.accounts.changes import change
from callmark.accounts.models import Account, User
from callmark.accounts.names import name_problem
from callmark.accounts.refused import Refused, refuse_if_invalid
from callmark.accounts.services import account_of
from callmark.accounts.versions import STALE, refuse_if_changed, version_of
from callmark.audit.actions import Action
from callmark.audit.audited import Audited
from callmark.reports.handover.formats import BadFormat, read_format
from callmark.reports.handover.models import (
    ADDRESS_LINES,
    FIRM_FIELDS,
    TIMEKEEPER_FIELDS,
    FirmDetails,
    Invoice,
    SavedFormat,
    Timekeeper,
)

MOST_FORMATS = 50
"""Saved ones of an account."""


def firm_of(account: Account) -> FirmDetails:
    """The firm's details; as they are at first, not stored, where nobody has saved any."""
    stored = FirmDetails.objects.of(account).select_related("account").first()
    return stored or FirmDetails(account=account)


def firm_version(firm: FirmDetails) -> str:
    """What changes whenever somebody changes the firm's details."""
    return version_of(firm, FIRM_FIELDS)


def save_firm(
    account: Account,
    changes: Mapping[str, object],
    *,
    expected_version: str | None = None,
    actor: User | None,
) -> FirmDetails:
    """Save letter head, law firm id, invoice numbers and how statements are printed.

    ``changes``: values by the names of :data:`FIRM_FIELDS`; what is left out stays.
    """
    firm = firm_of(account)
    with change(account, Action.FIRM_SAVED, firm, actor=actor, about=account):
        refuse_if_changed(expected_version, firm_version(firm))
        _assign(firm, changes, FIRM_FIELDS)
        firm.address = _address(firm.address)
        _refuse_numbers_that_are_taken(firm)
    return firm


def _refuse_numbers_that_are_taken(firm: FirmDetails) -> None:
    numbers = Invoice.objects.of(firm.account_id).filter(number__startswith=firm.invoice_prefix)
    found = numbers.values_list("number", flat=True)
    ends = (one.removeprefix(firm.invoice_prefix) for one in found)
    last = max((int(one) for one in ends if one.isdigit()), default=0)
    if firm.next_invoice <= last:
        raise Refused(
            gettext(
                "Invoices up to {last} have been made with this beginning: use {next} or more."
            ).format(last=last, next=last + 1),
            "next_invoice",
        )


def _address(text: str) -> str:
    lines = [line.strip() for line in text.splitlines()]
    if len(lines) > ADDRESS_LINES:
        raise Refused(
            gettext("Use at most {most} lines for the address.").format(most=ADDRESS_LINES),
            "address",
        )
    for line in lines:
        if line and (problem := name_problem(line)):
            raise Refused(problem, "address")
    return "\n".join(lines).strip()


def timekeeper_of(user: User) -> Timekeeper:
    """The user as timekeeper; not stored, where nobody has saved one."""
    return Timekeeper.objects.of(user).first() or Timekeeper(user=user, account=account_of(user))


def timekeeper_version(timekeeper: Timekeeper) -> str:
    """What changes whenever somebody changes a timekeeper."""
    return version_of(timekeeper, TIMEKEEPER_FIELDS)


def save_timekeeper(
    user: User,
    changes: Mapping[str, object],
    *,
    expected_version: str | None = None,
    actor: User | None,
) -> Timekeeper:
    """Save what a user is called on bills, and the hourly rate (None: their time is not billed).

    ``timekeeper_name`` is "surname, first name".
    """
    keeper = timekeeper_of(user)
    account = account_of(user)
    with change(account, Action.TIMEKEEPER_SAVED, keeper, actor=actor, about=user):
        refuse_if_changed(expected_version, timekeeper_version(keeper))
        _assign(keeper, changes, TIMEKEEPER_FIELDS)
        name = keeper.timekeeper_name
        if name and not all(part.strip() for part in f"{name},".split(",", 2)[:2]):
            raise Refused(
                gettext("Write surname, first name: such as Attorney, Ben."), "timekeeper_name"
            )
    return keeper


def save_format(
    account: Account,
    *,
    name: str,
    options: Mapping[str, object],
    upon: str | None = None,
    actor: User | None,
) -> SavedFormat:
    """Save a format under this name, in the place of one that has it already.

    ``upon``: the :func:`format_version` that it was made of, and only that is replaced; None: any.
    """
    name = name.strip()
    if problem := name_problem(name):
        raise Refused(problem, "name")
    try:
        options = read_format(options).options()
    except BadFormat as bad:
        raise Refused(bad.message, bad.field) from None
    formats = SavedFormat.objects.of(account)
    saved = formats.filter(name=name).first() or SavedFormat(account=account, name=name)
    if saved._state.adding and formats.count() >= MOST_FORMATS:
        raise Refused(
            gettext("Delete one first: {most} formats can be saved.").format(most=MOST_FORMATS),
            "name",
        )
    with change(account, Action.HANDOVER_SAVED, saved, actor=actor):
        if upon is not None and not saved._state.adding and upon != format_version(saved):
            told = gettext(
                "There is a format “{name}” with other choices than those that this page began "
                "with: choose it above, or take another name."
            )
            raise Refused(told.format(name=name), "name", code=STALE)
        _assign(saved, {"options": options}, ("options",))
    return saved


def format_version(saved: SavedFormat) -> str:
    """Which format it is, and what it says."""
    return version_of(saved, ("id", "options"))


def delete_format(saved: SavedFormat, *, actor: User | None) -> None:
    """Delete a saved format; what was handed over in it stays as it is."""
    with change(saved.account, Action.HANDOVER_DELETED, saved, actor=actor):
        saved.delete()


def _assign(row: Audited, changes: Mapping[str, object], allowed: tuple[str, ...]) -> None:
    if unknown := changes.keys() - set(allowed):
        raise ValueError(f"these fields cannot be changed: {sorted(unknown)}")
    for name, value in changes.items():
        text = unicodedata.normalize("NFC", value).strip() if isinstance(value, str) else ""
        if text and name != "address" and (problem := name_problem(text)):
            raise Refused(problem, name)
        setattr(row, name, text if isinstance(value, str) else value)
    refuse_if_invalid(row.full_clean)
