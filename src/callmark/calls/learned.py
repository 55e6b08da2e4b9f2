"""What was learned of calls after their month was closed: of which calls, for a figure of it."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from callmark.calls.models import Adjustment
from callmark.codes.models import AccountCode
from callmark.policy.values import value_class


def adjustments_about(
    account: object,
    *,
    user_id: UUID | None = None,
    code_ids: Collection[UUID] = (),
    other_than_code_ids: Collection[UUID] = (),
) -> QuerySet[Adjustment]:
    """Those of an account (or its id), this user and these codes, as the calls had them then."""
    conditions = Q()
    if user_id:
        conditions &= Q(who=user_id)
    if code_ids:
        conditions &= Q(account_code_lookup__in=lookups_of(account, code_ids))
    if other_than_code_ids:
        conditions &= ~Q(account_code_lookup__in=lookups_of(account, other_than_code_ids))
    return Adjustment.objects.of(account).filter(conditions)


def lookups_of(account: object, ids: Collection[UUID]) -> list[str]:
    """The hashes of these codes' digits."""
    codes = AccountCode.objects.of(account).filter(pk__in=ids)
    return list(codes.values_list("code_lookup", flat=True))


@value_class
class LearnedLater:
    """Calls that an open month's figures were adjusted for, or that it was closed without.

    ``state`` '' : however they stood with codes.
    """

    account_id: UUID
    month: date
    state: str = ""
    user_id: UUID | None = None
    code_ids: frozenset[UUID] = frozenset()
    other_than_code_ids: frozenset[UUID] = frozenset()

    @property
    def words(self) -> dict[str, Any]:
        """As JSON, which :meth:`read` reads."""
        return {
            "account_id": str(self.account_id),
            "month": self.month.isoformat(),
            "state": self.state,
            "user_id": str(self.user_id) if self.user_id else None,
            "code_ids": sorted(map(str, self.code_ids)),
            "other_than_code_ids": sorted(map(str, self.other_than_code_ids)),
        }

    @classmethod
    def read(cls, words: Mapping[str, Any]) -> "LearnedLater":
        """From what :attr:`words` made."""
        return cls(
            account_id=UUID(words["account_id"]),
            month=date.fromisoformat(words["month"]),
            state=words["state"],
            user_id=UUID(words["user_id"]) if words["user_id"] else None,
            code_ids=frozenset(map(UUID, words["code_ids"])),
            other_than_code_ids=frozenset(map(UUID, words["other_than_code_ids"])),
        )

    def ids(self) -> QuerySet[Adjustment, UUID | None]:
        """The calls' ids, for a condition; of those that have been deleted there is none."""
        rows = adjustments_about(
            self.account_id,
            user_id=self.user_id,
            code_ids=self.code_ids,
            other_than_code_ids=self.other_than_code_ids,
        )
        rows = rows.filter(Q(month=self.month) | Q(of_month=self.month), call__isnull=False)
        if self.state:
            rows = rows.filter(state=self.state)
        return rows.order_by().values_list("call_id", flat=True)
