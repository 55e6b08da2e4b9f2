"""A code's own rules as they are stored: from when until when, by whom, on which types of calls."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.accounts.revisions import revision_of
from callmark.codes.models import (
    USE_COLUMNS,
    AccountCode,
    AccountCodeSettings,
    CodeColumns,
    UserCodeSettings,
)
from callmark.policy.code_use import OPENED_TYPES, UNLIMITED, CodeUse
from callmark.policy.numbering import CallType
from callmark.policy.values import value_class

_MOST_USERS = 100
_YEARS = range(1970, 3000)


@value_class
class StoredUse:
    """What is stored of a code's rules; both days included. Empty: no limit."""

    starts_on: date | None = None
    ends_on: date | None = None
    user_ids: tuple[str, ...] = ()
    call_types: tuple[str, ...] = ()

    @classmethod
    def of(cls, code: AccountCode) -> "StoredUse":
        """A code's own."""
        return cls(code.starts_on, code.ends_on, tuple(code.user_ids), tuple(code.call_types))

    def values(self) -> dict[str, object]:
        """By column, as they are stored."""
        users, types = list(self.user_ids), list(self.call_types)
        return dict(zip(USE_COLUMNS, (self.starts_on, self.ends_on, users, types), strict=True))

    def put_on(self, code: CodeColumns) -> None:
        """Set them, without saving."""
        code.starts_on, code.ends_on = self.starts_on, self.ends_on
        code.user_ids, code.call_types = list(self.user_ids), list(self.call_types)

    def checked(self, account: Account, kept: Sequence[str] = ()) -> "StoredUse":
        """As they are stored. Raises :class:`Refused`.

        ``kept``: users whom the code names already. They may be gone meanwhile, and stay named: it
        must not become everybody's.
        """
        self._check_days()
        if len(self.user_ids) > _MOST_USERS:
            raise Refused(
                gettext("Name at most {most_users} users for a code.").format(
                    most_users=_MOST_USERS
                ),
                "user_ids",
            )
        new = set(self.user_ids) - set(kept)
        if new and User.objects.of(account).filter(pk__in=new).count() != len(new):
            raise Refused(gettext("Choose users of this account."), "user_ids")
        if set(self.call_types) - set(OPENED_TYPES):
            raise Refused(
                gettext("Choose among the types of calls that are offered."), "call_types"
            )
        types = [one.value for one in OPENED_TYPES if one in self.call_types]
        users = tuple(dict.fromkeys(self.user_ids))
        return StoredUse(self.starts_on, self.ends_on, users, tuple(types))

    def _check_days(self) -> None:
        for name in ("starts_on", "ends_on"):
            day: date | None = getattr(self, name)
            if day is not None and day.year not in _YEARS:
                raise Refused(gettext("Use a year from 1970 to 2999."), name)
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise Refused(gettext("The last day is before the first one."), "ends_on")


NO_RULES = StoredUse()
"""Of most codes."""


def stored_use(
    starts_on: date | None, ends_on: date | None, user_ids: Sequence[str], call_types: Sequence[str]
) -> StoredUse:
    """The values of a row's columns."""
    if not (starts_on or ends_on or user_ids or call_types):
        return NO_RULES
    return StoredUse(starts_on, ends_on, tuple(user_ids), tuple(call_types))


def have_rules(account: Account) -> bool:
    """Whether a code of the account has rules of its own."""
    codes = AccountCode.objects.of(account)
    dates = Q(starts_on__isnull=False) | Q(ends_on__isnull=False)
    return codes.filter(dates | ~Q(user_ids=[]) | ~Q(call_types=[])).exists()


def code_use(
    zone: ZoneInfo,
    starts_on: date | None,
    ends_on: date | None,
    user_ids: Sequence[str],
    call_types: Sequence[str],
) -> CodeUse:
    """The rules as the policy's value; days are those of the account's ``zone``."""
    if not (starts_on or ends_on or user_ids or call_types):
        return UNLIMITED
    return CodeUse(
        starts_at=_midnight(starts_on, zone) if starts_on else None,
        ends_at=_midnight(ends_on + timedelta(days=1), zone) if ends_on else None,
        user_ids=frozenset(user_ids),
        call_types=frozenset(CallType(one) for one in call_types),
    )


def use_of(code: AccountCode, zone: ZoneInfo) -> CodeUse:
    """A stored code's rules."""
    return code_use(zone, code.starts_on, code.ends_on, code.user_ids, code.call_types)


def today(account: Account) -> date:
    """The day that it is for the account."""
    return timezone.now().astimezone(account.zone).date()


def usable_codes(account: Account) -> QuerySet[AccountCode]:
    """Codes that somebody can enter today: active, begun, not over."""
    day = today(account)
    codes = AccountCode.objects.of(account).filter(active=True)
    return codes.filter(
        Q(starts_on__isnull=True) | Q(starts_on__lte=day),
        Q(ends_on__isnull=True) | Q(ends_on__gte=day),
    )


def usable_code_count(account: Account, at_most: int | None = None) -> int:
    """How many codes somebody could enter today."""
    if at_most is not None or connection.in_atomic_block:
        # In no order: the first of them are found without a look at the rest.
        return usable_codes(account).order_by()[:at_most].count()
    # Each page on codes tells it. Whatever changes a code raises the account's revision.
    policy = (revision_of(account), today(account))
    known, count = _counted.get(account.pk, (None, 0))
    if known != policy:
        count = usable_codes(account).count()
        if len(_counted) >= _COUNTS_KEPT:
            _counted.clear()
        _counted[account.pk] = policy, count
    return count


_counted: dict[UUID, tuple[tuple[int, date], int]] = {}
_COUNTS_KEPT = 10_000


def is_usable(code: AccountCode) -> bool:
    """Whether somebody can enter it today."""
    day = today(code.account)
    begun = code.starts_on is None or code.starts_on <= day
    return code.active and begun and (code.ends_on is None or day <= code.ends_on)


def validation_is_on_anywhere(account: Account) -> bool:
    """Whether *Validate* is on at the account or in any user's custom settings."""
    account_wide = AccountCodeSettings.objects.of(account).filter(validate=True).exists()
    return (
        account_wide
        or UserCodeSettings.objects.of(account).filter(override=True, validate=True).exists()
    )


@contextmanager
def keeps_a_code(account: Account) -> Iterator[None]:
    """What the block does to many codes is refused if nobody could place a gated call then."""
    before = usable_codes(account).exists()
    yield
    if before and not usable_codes(account).exists() and validation_is_on_anywhere(account):
        raise Refused(
            gettext(
                "No code could be used any more, while Validate account codes when dialed is "
                "on: nobody could place a call that needs a code. Leave at least one active."
            ),
            code="last_active_code",
        )


_LAST_CODE = {
    "given such dates": gettext_lazy(
        "This is the last code that can be used today and cannot be given such dates "
        "while Validate account codes when dialed is on: "
        "nobody could place a call that needs a code. Add another code first, or turn Validate "
        "off for the account and for every user with custom settings."
    ),
    "deactivated": gettext_lazy(
        "This is the last code that can be used today and cannot be deactivated "
        "while Validate account codes when dialed is on: "
        "nobody could place a call that needs a code. Add another code first, or turn Validate "
        "off for the account and for every user with custom settings."
    ),
    "deleted": gettext_lazy(
        "This is the last code that can be used today and cannot be deleted "
        "while Validate account codes when dialed is on: "
        "nobody could place a call that needs a code. Add another code first, or turn Validate "
        "off for the account and for every user with custom settings."
    ),
}


@contextmanager
def keeps_the_last_code(code: AccountCode, what: str) -> Iterator[None]:
    """What the block does to the code is refused if nobody could place a gated call afterwards."""
    before = is_usable(code)
    yield
    if not before or is_usable(code):
        return
    others = usable_codes(code.account).exclude(pk=code.pk)
    if not others.exists() and validation_is_on_anywhere(code.account):
        raise Refused(
            str(_LAST_CODE[what]),
            code="last_active_code",
        )


def _midnight(day: date, zone: ZoneInfo) -> float:
    return datetime.combine(day, time.min, zone).timestamp()
