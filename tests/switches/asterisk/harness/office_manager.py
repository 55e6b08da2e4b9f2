"""Puts calls right on the database of a running gate, through the real services.

Run with the gate's environment: ``python office_manager.py ACCOUNT inbox``, ``assign CALL CODE``
(the code's name), ``undo CORRECTION``, ``prices`` or ``bill``; prints what is to be seen then as
JSON.
"""

import sys
from typing import Any


def inbox(account: Any, _: Any) -> dict[str, str]:  # noqa: ANN401
    """The calls to assign, each with the name of the code that is suggested ('' for none)."""
    from callmark.calls.inbox import to_assign
    from callmark.calls.suggesting import suggestions

    calls = list(to_assign(account, account.users.get(role="administrator")))
    likely = suggestions(account, calls)
    return {str(one.pk): likely[one.pk].code.name if one.pk in likely else "" for one in calls}


def assign(account: Any, actor: Any, call: str, code: str) -> str:  # noqa: ANN401
    """Give a call a code; the correction's id."""
    from uuid import UUID

    from callmark.calls.corrections import assign_code
    from callmark.codes.default_codes import active_code_called

    named = active_code_called(account, code)
    return str(assign_code(account, [UUID(call)], code=named, actor=actor).pk)


def undo(account: Any, actor: Any, correction: str) -> str:  # noqa: ANN401
    """Take a correction back; its undoing's id."""
    from callmark.calls import corrections

    batch = account.corrections.get(pk=correction)
    return str(corrections.undo(batch, actor=actor).pk)


def prices(account: Any, actor: Any) -> None:  # noqa: ANN401
    """A second costs a cent; and what bills need to know of the firm and its codes."""
    from decimal import Decimal

    from callmark.calls.reratings import set_currency
    from callmark.codes.services import change_code
    from callmark.policy.rating import Rate
    from callmark.reports.handover.services import save_firm
    from callmark.tariffs.services import NewVersion, make_version

    set_currency(account, "USD", actor=actor)
    a_second = Rate("A cent a second", price=Decimal("0.60"), block_seconds=1)
    make_version(account, NewVersion("Carrier", "USD", [a_second]), actor=actor)
    save_firm(account, {"law_firm_id": "98-1", "time_unit": 1}, actor=actor)
    for number, code in enumerate(account.codes.all()):
        ids = {"client_id": f"C{number}", "matter_id": f"M{number}"}
        change_code(code, name=code.name, ids=ids, actor=actor)


def bill(account: Any, actor: Any) -> dict[str, Any]:  # noqa: ANN401
    """Close the month once it is over, look at its statements, and hand it over.

    Then it is opened again: others place calls in it. Pages by the codes' names, the beginnings of
    the PDF files, and the LEDES file.
    """
    from datetime import UTC, datetime, time

    import time_machine
    from django.test import Client
    from django.urls import reverse

    from callmark.calls.months import close_month, month_from, reopen_month
    from callmark.calls.periods import Month
    from callmark.reports.handover.files import make_file
    from callmark.reports.handover.formats import LedesFormat
    from callmark.reports.handover.gathering import billing
    from callmark.reports.paper import pdf_is_possible
    from callmark.reports.statement_files import statement_pdf
    from callmark.reports.statements import statement, statements_of

    month = month_from(account, None)
    after = datetime.combine(Month(month).next.first, time(18), tzinfo=UTC)
    with time_machine.travel(after):
        close_month(account, month, actor=actor)
        try:
            to_bill, browser = billing(account, month), Client(SERVER_NAME="localhost")
            browser.force_login(actor)
            codes = [one.code for one in statements_of(to_bill)]
            where = {
                one.name: reverse("portal:statement", args=[account.slug, month, one.pk])
                for one in codes
            }
            pdfs = [statement_pdf(statement(to_bill, one)) for one in codes if pdf_is_possible()]
            return {
                "pages": {name: browser.get(at).content.decode() for name, at in where.items()},
                "pdfs": [made[:5].decode() for made in pdfs],
                "ledes": "".join(make_file(to_bill, LedesFormat(), actor=actor).lines),
            }
        finally:
            reopen_month(account, month, actor=actor)


def main(slug: str, what: str, *arguments: str) -> None:
    """Do one thing as the account's office manager, who is added when she is not there yet."""
    import json

    import django

    django.setup()
    from callmark.accounts.models import Account
    from callmark.accounts.services import add_person

    account = Account.objects.get(slug=slug)
    actor = account.users.filter(role="administrator").first() or add_person(
        account, name="Office manager", email=f"manager@{slug}.example", role="administrator"
    )
    acts: dict[str, Any] = {
        "inbox": inbox,
        "assign": assign,
        "undo": undo,
        "prices": prices,
        "bill": bill,
    }
    sys.stdout.write(json.dumps(acts[what](account, actor, *arguments)))


if __name__ == "__main__":
    main(*sys.argv[1:])
