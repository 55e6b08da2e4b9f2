"""Numbers that are known to belong to a code: calls to them suggest it. All or nothing."""

from django.core.exceptions import ValidationError

from callmark.accounts.changes import change
from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.audit.actions import Action
from callmark.codes.models import AccountCode, KnownNumber

MOST_OF_A_CODE = 200


def add_known_number(code: AccountCode, e164: str, *, actor: User | None) -> KnownNumber:
    """Let calls to or from this number (as +12125550100) suggest the code."""
    number = KnownNumber(account=code.account, code=code, e164=e164.strip())
    with change(code.account, Action.KNOWN_NUMBER_ADDED, number, actor=actor, about=code):
        if KnownNumber.objects.of(code).count() >= MOST_OF_A_CODE:
            raise Refused(f"A code can have {MOST_OF_A_CODE} known numbers.", "e164")
        try:
            number.full_clean()
        except ValidationError as problem:
            raise Refused(" ".join(problem.messages), "e164") from None
    return number


def remove_known_number(number: KnownNumber, *, actor: User | None) -> None:
    """Calls to this number no longer suggest the code."""
    code = number.code
    with change(code.account, Action.KNOWN_NUMBER_REMOVED, number, actor=actor, about=code):
        number.delete()
