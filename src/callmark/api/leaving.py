"""What becomes of a person's tokens, and calls at the prompt, when the person is deleted."""

from callmark.accounts.deletion import person_leaves
from callmark.accounts.models import User
from callmark.api import controlled_taggings
from callmark.api.controlled_calls import hang_up
from callmark.api.models import ControlledCall, ControlledTagging
from callmark.api.tokens import revoke_token, usable_tokens_of


def _person_leaves(person: User, actor: User | None, **_: object) -> None:
    """Say in the activity which tokens go; record calls that wait for a code as abandoned."""
    for token in usable_tokens_of(person):
        revoke_token(token, actor=actor)
    for call in ControlledCall.objects.of(person).filter(finished=False):
        hang_up(call)
    for tagging in ControlledTagging.objects.of(person).filter(finished=False):
        controlled_taggings.hang_up(tagging)


def connect() -> None:
    """Listen from now on; called once, when Django is ready."""
    person_leaves.connect(_person_leaves, dispatch_uid="callmark.api.person_leaves")
