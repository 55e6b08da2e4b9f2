"""Who may see and do what: the one place for the roles of reference section 9, deny by default."""

from django.db.models import QuerySet
from django.http import Http404

from callmark.accounts.activity import note_visit
from callmark.accounts.models import Account, Role, User


def visible_accounts(person: User) -> QuerySet[Account]:
    """The accounts this person may know of: an operator all, anybody else only his own."""
    if not person.is_active:
        return Account.objects.none()
    if person.role == Role.OPERATOR:
        return Account.objects.all()
    if person.account_id is None:
        return Account.objects.none()
    return Account.objects.filter(pk=person.account_id)


def account_for(person: User, slug: str) -> Account:
    """The account of that name. Raises ``Http404`` alike for a foreign one and one that is not."""
    account = visible_accounts(person).filter(slug=slug).first()
    if account is None:
        raise Http404("No such account.")
    if person.role == Role.OPERATOR:
        note_visit(person, account)
    return account


def may_administer(person: User, account: Account) -> bool:
    """Whether this person may change the account's settings, codes and users."""
    if not person.is_active:
        return False
    if person.role == Role.OPERATOR:
        return True
    return person.role == Role.ADMINISTRATOR and person.account_id == account.pk


def may_read_history(person: User, account: Account) -> bool:
    """Whether this person may read every call of the account (a user reads only his own)."""
    if may_administer(person, account):
        return True
    return person.is_active and person.role == Role.REPORTER and person.account_id == account.pk


def may_see_codes(person: User, account: Account) -> bool:
    """Whether this person may see the account's codes; others see them masked."""
    return may_administer(person, account)


def may_read_audit(person: User, account: Account) -> bool:
    """Whether this person may read who changed what on the account."""
    return may_administer(person, account)
