"""Telling running gates and portals that something they remember of an account has changed."""

from uuid import UUID

from django.db.models import F

from callmark.accounts.models import Account, PolicyChange, PolicyRevision

KEPT = 200
"""Changes of an account of which is known what they were about: gates look four times a second."""

About = PolicyChange.About


def policy_changed(
    account: Account, about: "PolicyChange.About | None" = None, row: UUID | None = None
) -> None:
    """Make gates load this account again; call inside the change's own transaction.

    ``about``: the only part of it that they must read; None: all. ``row``: which code.
    """
    revision = PolicyRevision.objects.of(account)
    if not revision.update(number=F("number") + 1):
        PolicyRevision.objects.create(account=account)
    if about is None:
        return
    number = revision.values_list("number", flat=True).get()
    PolicyChange.objects.create(account=account, number=number, about=about, row=row)
    if number % KEPT == 0:
        PolicyChange.objects.of(account).filter(number__lte=number - KEPT).delete()


def changes_between(account: Account, since: int, until: int) -> list[PolicyChange] | None:
    """What the changes after one revision, up to another, were about; None: who knows."""
    found = PolicyChange.objects.of(account).filter(number__gt=since, number__lte=until)
    changes = list(found[: KEPT + 1])
    return changes if len(changes) == until - since else None


def revision_of(account: Account) -> int:
    """How often the account's policy has changed: the same number, the same policy."""
    number = PolicyRevision.objects.of(account).values_list("number", flat=True).first()
    return number or 0
