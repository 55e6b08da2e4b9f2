"""Labels of codes: a word that many of them share, such as a department, to find them by."""

from callmark.accounts.models import Account
from callmark.codes.models import AccountCode

MOST_SHOWN = 200


def labels_of(account: Account) -> list[str]:
    """The labels that the account's codes have, in order; the first :data:`MOST_SHOWN`."""
    labeled = AccountCode.objects.of(account).exclude(label="")
    labels = labeled.order_by("label").values_list("label", flat=True).distinct()
    return list(labels[:MOST_SHOWN])
