"""Telling running gates that an account's policy has changed."""

from django.db.models import F

from callmark.accounts.models import Account, PolicyRevision


def policy_changed(account: Account) -> None:
    """Make gates load this account again; call inside the change's own transaction."""
    if not PolicyRevision.objects.of(account).update(number=F("number") + 1):
        PolicyRevision.objects.create(account=account)
