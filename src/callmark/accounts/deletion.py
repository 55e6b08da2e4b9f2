"""Deleting people who leave. All or nothing; raises :class:`Refused`."""

from django.db import transaction
from django.dispatch import Signal

from callmark.accounts.access import refuse_losing_the_last
from callmark.accounts.activity import note, values_of
from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.accounts.revisions import policy_changed
from callmark.accounts.services import PERSON_CHANGES
from callmark.audit.actions import Action

person_leaves = Signal()
"""Sent with ``person`` and ``actor``, in the transaction and while all of the person is there."""


@transaction.atomic
def delete_person(person: User, *, actor: User | None) -> None:
    """Delete a user or an operator with extensions, numbers, settings, sign-in and API tokens.

    Call records stay, with the name as it was. ``actor`` None: the server's command line.
    """
    if actor == person:
        raise Refused("You cannot delete yourself: ask somebody else who may.", code="own")
    refuse_losing_the_last(person, actor=actor)
    locked = (
        User.objects.of_account_or_none(person.account_id).select_for_update().filter(pk=person.pk)
    )
    if not locked.exists():
        raise Refused(f"{person.name} was deleted meanwhile.")
    account = person.account
    before = values_of(person, PERSON_CHANGES) | {
        "extensions": [str(extension) for extension in person.extensions.all()],
        "phone_numbers": [number.e164 for number in person.phone_numbers.all()],
    }
    person_leaves.send(User, person=person, actor=actor)
    note(Action.PERSON_DELETED, account, person, actor=actor, before=before)
    person.delete()
    if account is not None:
        policy_changed(account)
