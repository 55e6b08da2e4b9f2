"""What becomes of a person's tokens, and calls at the prompt, when the person is deleted."""

from callmark.accounts.models import User
from callmark.accounts.signals import person_leaves
from callmark.sign_in.api_tokens import revoke_token, usable_tokens_of


def _person_leaves(person: User, actor: User | None, **_: object) -> None:
    """Say in the activity which tokens go; record calls that wait for a code as abandoned."""
    # Late: it loads the schemas of the API, which a gate and most commands have no use for.
    from callmark.switches.http.ending import hang_up_for  # noqa: PLC0415

    for token in usable_tokens_of(person):
        revoke_token(token, actor=actor)
    hang_up_for(person)


def connect() -> None:
    """Listen from now on; called once, when Django is ready."""
    person_leaves.connect(_person_leaves, dispatch_uid="callmark.api.person_leaves")
