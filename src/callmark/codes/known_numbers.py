"""Numbers that are known to belong to a code: calls to them suggest it. All or nothing."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext

from callmark.accounts.changes import change
from callmark.accounts.models import User
from callmark.accounts.refused import Refused, refuse_if_invalid
from callmark.audit.actions import Action
from callmark.codes.models import AccountCode, KnownNumber

MOST_OF_A_CODE = 200


def add_known_number(code: AccountCode, e164: str, *, actor: User | None) -> KnownNumber:
    """Let calls to or from this number (as +12125550100) suggest the code."""
    number = KnownNumber(account=code.account, code=code, e164=e164.strip())
    with change(code.account, Action.KNOWN_NUMBER_ADDED, number, actor=actor, about=code):
        if KnownNumber.objects.of(code).count() >= MOST_OF_A_CODE:
            raise Refused(
                gettext("A code can have {most_of_a_code} known numbers.").format(
                    most_of_a_code=MOST_OF_A_CODE
                ),
                "e164",
            )
        refuse_if_invalid(number.full_clean, "e164")
    return number


@transaction.atomic
def change_known_numbers(
    code: AccountCode, *, add: Collection[str], remove: Collection[str], actor: User | None
) -> None:
    """Add and remove numbers of a code; one that is there, or gone, already is as wanted."""
    known = KnownNumber.objects.of(code)
    for number in known.filter(e164__in=remove):
        remove_known_number(number, actor=actor)
    there = set(known.filter(e164__in=add).values_list("e164", flat=True))
    for e164 in sorted(set(add) - there):
        add_known_number(code, e164, actor=actor)


def remove_known_number(number: KnownNumber, *, actor: User | None) -> None:
    """Calls to this number no longer suggest the code."""
    code = number.code
    with change(code.account, Action.KNOWN_NUMBER_REMOVED, number, actor=actor, about=code):
        number.delete()
