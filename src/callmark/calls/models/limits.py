"""Budgets and velocity limits of an account, and what has been told of them."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext, gettext_lazy, ngettext

from callmark.accounts.currencies import with_currency
from callmark.accounts.models import Account, User
from callmark.audit.audited import Audited, Values, values_of
from callmark.calls.lengths import calls_in_words, clock
from callmark.calls.models.calls import CallTypeChoice
from callmark.calls.models.totals import NOBODY
from callmark.codes.models import NAME_LENGTH, AccountCode
from callmark.local_formats import number
from callmark.managers import AccountManager
from callmark.policy import limits as policy
from callmark.policy.limits import SMALLEST, LimitOf, LimitPer, LimitUnit, WhenReached
from callmark.policy.numbering import CallType

LIMITED_TYPES = (
    CallTypeChoice.INTERNATIONAL,
    CallTypeChoice.PREMIUM,
    CallTypeChoice.DIRECTORY_ASSISTANCE,
    CallTypeChoice.DOMESTIC,
    CallTypeChoice.TOLL_FREE,
)
MOST = 1_000_000
"""Calls or minutes of a limit."""


class LimitOfChoice(models.TextChoices):
    """Whose calls are counted together, in the portal's words."""

    ACCOUNT = LimitOf.ACCOUNT.value, gettext_lazy("The account")
    EACH_USER = LimitOf.EACH_USER.value, gettext_lazy("Each user")
    USER = LimitOf.USER.value, gettext_lazy("One user")
    CODE = LimitOf.CODE.value, gettext_lazy("One account code")


class LimitUnitChoice(models.TextChoices):
    """What is counted, in the portal's words."""

    CALLS = LimitUnit.CALLS.value, gettext_lazy("calls")
    MINUTES = LimitUnit.MINUTES.value, gettext_lazy("minutes")
    MONEY = LimitUnit.MONEY.value, gettext_lazy("of the account's currency")


class LimitPerChoice(models.TextChoices):
    """The period, in the portal's words."""

    HOUR = LimitPer.HOUR.value, gettext_lazy("an hour")
    DAY = LimitPer.DAY.value, gettext_lazy("a day")
    MONTH = LimitPer.MONTH.value, gettext_lazy("a month")


class WhenReachedChoice(models.TextChoices):
    """What becomes of further calls, in the portal's words."""

    WARN = WhenReached.WARN.value, gettext_lazy("Warn only")
    ASK = WhenReached.ASK.value, gettext_lazy("Warn, and ask for a code")
    REFUSE = WhenReached.REFUSE.value, gettext_lazy("Warn, and refuse further calls")


class CallLimit(Audited):
    """A budget (a month's) or a velocity limit (calls or minutes an hour or a day)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="call_limits")
    name = models.CharField(max_length=NAME_LENGTH)
    scope = models.CharField("Whose calls", max_length=10, choices=LimitOfChoice.choices)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    code = models.ForeignKey(AccountCode, null=True, on_delete=models.CASCADE, related_name="+")
    call_type = models.CharField(
        max_length=24, blank=True, choices=[(one.value, one.label) for one in LIMITED_TYPES]
    )
    amount = models.PositiveIntegerField(validators=[MinValueValidator(1), MaxValueValidator(MOST)])
    unit = models.CharField(max_length=7, choices=LimitUnitChoice.choices)
    per = models.CharField(max_length=5, choices=LimitPerChoice.choices)
    warn_at = models.PositiveSmallIntegerField(
        default=80, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    then = models.CharField(
        max_length=6, choices=WhenReachedChoice.choices, default=WhenReachedChoice.WARN
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name

    @property
    def value(self) -> policy.Limit:
        """The limit as the policy's value."""
        return policy.Limit(
            id=str(self.pk),
            name=self.name,
            scope=LimitOf(self.scope),
            amount=self.amount,
            unit=LimitUnit(self.unit),
            per=LimitPer(self.per),
            then=WhenReached(self.then),
            who=str(self.user_id or self.code_id or ""),
            call_type=CallType(self.call_type) if self.call_type else None,
            warn_at=self.warn_at,
        )

    @property
    def in_words(self) -> str:
        """How much in which period: 10 calls an hour."""
        most = self._in_words(Decimal(self.amount), self.amount)
        match self.per:
            case LimitPer.HOUR:
                words = gettext("{most} an hour")
            case LimitPer.DAY:
                words = gettext("{most} a day")
            case _:
                words = gettext("{most} a month")
        return words.format(most=most)

    def used_in_words(self, used: int) -> str:
        """What is counted, with its unit: 7 calls, 0:41:20, USD 40.50."""
        if self.unit == LimitUnit.MINUTES:
            return clock(used)
        return self._in_words(Decimal(used) / SMALLEST[LimitUnit(self.unit)], self.in_unit(used))

    def _in_words(self, exact: Decimal, whole: int) -> str:
        if self.unit == LimitUnit.MONEY:
            currency = self.account.currency
            return with_currency(exact, currency)
        if self.unit == LimitUnit.CALLS:
            return calls_in_words(whole)
        words = ngettext("{count} minute", "{count} minutes", whole)
        return words.format(count=number(whole))

    def in_unit(self, used: int) -> int:
        """What is counted, in whole ones of the unit."""
        return used // SMALLEST[LimitUnit(self.unit)]

    def audited(self) -> Values:
        """All of it."""
        names = ("name", "scope", "user", "code", "call_type", "amount", "unit", "per")
        return values_of(self, (*names, "warn_at", "then"))


class LimitWarning(models.Model):
    """What was told of a limit in a period: once for each step, of each whose count it is.

    ``used`` in the limit's unit; ``who`` is :data:`NOBODY` where all are counted together.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    limit = models.ForeignKey(CallLimit, on_delete=models.CASCADE, related_name="warnings")
    who = models.UUIDField(default=NOBODY)
    since = models.DateTimeField()
    percent = models.PositiveSmallIntegerField()
    used = models.BigIntegerField()
    at: "models.DateTimeField[datetime, datetime]" = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("limit", "who", "since", "percent"), name="limit_warned_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.percent}% of {self.limit}"
