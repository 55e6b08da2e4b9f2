"""Deleting people who leave. All or nothing; raises :class:`Refused`."""

from django.db import transaction
from django.utils.translation import gettext

from callmark.accounts.access import refuse_losing_the_last
from callmark.accounts.changes import change
from callmark.accounts.locks import lock_account
from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.accounts.signals import person_leaves
from callmark.audit.actions import Action


@transaction.atomic
def delete_person(person: User, *, actor: User | None) -> None:
    """Delete a user or an operator with extensions, numbers, settings, sign-in and API tokens.

    Call records stay, with the name as it was. ``actor`` None: the server's command line.
    """
    if actor == person:
        raise Refused(gettext("You cannot delete yourself: ask somebody else who may."), code="own")
    refuse_losing_the_last(person, actor=actor)
    with change(person.account, Action.PERSON_DELETED, person, actor=actor) as deleted:
        deleted.before["extensions"] = [str(extension) for extension in person.extensions.all()]
        deleted.before["phone_numbers"] = [str(number) for number in person.phone_numbers.all()]
        if person.account_id is not None:
            # A call of theirs that is being stored is seen, or finds them gone.
            lock_account(person.account_id)
        person_leaves.send(User, person=person, actor=actor)
        person.delete()
