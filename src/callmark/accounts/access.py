"""Who may see and do what: the one place for the roles of reference section 9, deny by default."""

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from callmark.accounts.models import Account, Role, User
from callmark.accounts.refused import Refused


def visible_accounts(person: User) -> QuerySet[Account]:
    """The accounts this person may know of: an operator all, anybody else only their own."""
    if not person.is_active:
        return Account.objects.none()
    if person.role == Role.OPERATOR:
        return Account.objects.all()
    if person.account_id is None:
        return Account.objects.none()
    return Account.objects.filter(pk=person.account_id)


def is_operator(person: User) -> bool:
    """Whether this person runs the installation: every account, and the switches."""
    return person.is_active and person.role == Role.OPERATOR


def may_administer(person: User, account: Account) -> bool:
    """Whether this person may change the account's settings, codes and users."""
    if not person.is_active:
        return False
    if person.role == Role.OPERATOR:
        return True
    return person.role == Role.ADMINISTRATOR and person.account_id == account.pk


def may_read_history(person: User, account: Account) -> bool:
    """Whether this person may read every call of the account (a user reads only their own)."""
    if may_administer(person, account):
        return True
    return person.is_active and person.role == Role.REPORTER and person.account_id == account.pk


def may_see_codes(person: User, account: Account) -> bool:
    """Whether this person may see the account's codes; others see them masked."""
    return may_administer(person, account)


def may_read_audit(person: User, account: Account) -> bool:
    """Whether this person may read who changed what on the account."""
    return may_administer(person, account)


def refuse_losing_the_last(person: User, *, actor: User | None) -> None:
    """Refuse to take away an account's last administrator who can sign in, or the last operator.

    Call it in the transaction of the change. An operator (or ``actor`` None, the command line) may
    leave an account without: they can invite another.
    """
    if actor is None or (person.role == Role.ADMINISTRATOR and actor.role == Role.OPERATOR):
        return
    if person.role not in _NEEDED or not person.is_active or not person.email:
        return
    # Locked in one order: two of them who take each other's rights away wait for each other.
    peers = _who_can_sign_in_as(person).select_for_update(no_key=True).order_by("pk")
    if all(peer.pk == person.pk for peer in peers):
        raise Refused(
            str(_NEEDED[person.role]).format(name=person.name), code=f"last_{person.role}"
        )


def is_last_administrator(person: User) -> bool:
    """Whether nobody else who can sign in administers this person's account."""
    can = person.role == Role.ADMINISTRATOR and person.is_active and person.email
    return bool(can) and not _who_can_sign_in_as(person).exclude(pk=person.pk).exists()


_NEEDED: dict[str, Promise] = {
    Role.ADMINISTRATOR: gettext_lazy(
        "{name} is the last administrator who can sign in: make somebody else administrator first."
    ),
    Role.OPERATOR: gettext_lazy(
        "{name} is the last operator who can sign in: invite another first."
    ),
}
"""Roles that somebody must have, and what to do before the last one goes."""


def _who_can_sign_in_as(person: User) -> QuerySet[User]:
    peers = User.objects.of_account_or_none(person.account_id).filter(role=person.role)
    return peers.filter(is_active=True, email__isnull=False)
