"""Years of activity on an account: mostly people who sign in, some who change something."""

import random
import uuid
from datetime import timedelta
from itertools import islice

from django.db import transaction

from bench.size import ENTRIES, MONTHS, NOW
from callmark.accounts.models import Account, User
from callmark.audit.actions import Action
from callmark.audit.models import AuditEntry
from callmark.audit.origin import Source
from callmark.calls.upserts import insert_rows

_AT_ONCE = 5000
_NAMES = (
    "id", "at", "account_id", "account_name", "actor_id", "actor_name", "actor_is_operator",
    "token_name", "source", "action", "target_type", "target_id", "target_name", "before", "after",
)  # fmt: skip
_KINDS = (
    (Action.SIGNED_IN, 80),
    (Action.CODE_RENAMED, 10),
    (Action.USER_SETTINGS_SAVED, 8),
    (Action.CALLS_CORRECTED, 2),
)


def write_activity(account: Account, people: list[User]) -> None:
    """Write ENTRIES entries of the last MONTHS, oldest first."""
    chance = random.Random(11)
    step, begins = timedelta(days=30 * MONTHS) / ENTRIES, NOW - timedelta(days=30 * MONTHS)

    def entry(number: int) -> tuple[object, ...]:
        who = chance.choice(people)
        (action,) = chance.choices([one for one, _ in _KINDS], [share for _, share in _KINDS])
        of = "account_code" if action == Action.CODE_RENAMED else "user"
        return (
            uuid.UUID(int=chance.getrandbits(128)), begins + step * number, account.pk,
            account.name, who.pk, who.name, False, "", str(Source.PORTAL), str(action), of,
            str(who.pk), who.name, "{}", "{}",
        )  # fmt: skip

    rows = (entry(number) for number in range(ENTRIES))
    with transaction.atomic():
        while part := list(islice(rows, _AT_ONCE)):
            insert_rows(AuditEntry, _NAMES, part)
