"""Whether each code of a month was called one name in it, as nearly all are: its total is its line.

A second name is another total, and totals are not taken away while calls are counted. So it is
looked for again only where there are not as many as at the last look: an index alone counts them,
in a sixth of the time. Who makes totals anew, or renews the hashes that they are of, raises the
account's revision: then it is looked for as well. Each process remembers for itself.
"""

from datetime import date
from uuid import UUID

from django.db.models import Count, Max

from callmark.accounts.models import Account
from callmark.accounts.revisions import revision_of
from callmark.calls.models import CodeTotal, TagState

_Seen = tuple[int, int]
_known: dict[tuple[UUID, date], tuple[_Seen, int | None]] = {}
_MONTHS_KEPT = 10_000


def codes_called_one_name(account: Account, month: date) -> int | None:
    """How many codes have a total in the month; None: one of them has been called two names."""
    totals = CodeTotal.objects.of(account).filter(month=month).order_by()
    # Before it is looked: what is counted meanwhile makes it look again.
    seen = (revision_of(account), totals.count())
    known = _known.get((account.pk, month))
    if known is not None and known[0] == seen:
        return known[1]
    by_code = totals.filter(state=TagState.TAGGED).values("account_code_lookup")
    found = by_code.annotate(totals=Count("*")).aggregate(codes=Count("*"), most=Max("totals"))
    codes = None if (found["most"] or 0) > 1 else int(found["codes"])
    if len(_known) >= _MONTHS_KEPT:
        _known.clear()
    _known[account.pk, month] = seen, codes
    return codes
