"""Puts calls right on the database of a running gate, through the real services.

Run with the gate's environment: ``python office_manager.py ACCOUNT inbox``, ``assign CALL CODE``
(the code's name) or ``undo CORRECTION``; prints what is to be seen then as JSON.
"""

import sys
from typing import Any


def inbox(account: Any, _: Any) -> dict[str, str]:  # noqa: ANN401
    """The calls to assign, each with the name of the code that is suggested ('' for none)."""
    from callmark.calls.inbox import suggestions, to_assign

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
    acts: dict[str, Any] = {"inbox": inbox, "assign": assign, "undo": undo}
    sys.stdout.write(json.dumps(acts[what](account, actor, *arguments)))


if __name__ == "__main__":
    main(*sys.argv[1:])
