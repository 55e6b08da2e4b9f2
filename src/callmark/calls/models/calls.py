"""Call detail records (CDR). Codes and names are copied: a record never changes with its code."""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy

from callmark.accounts.models import Account, User
from callmark.calls.models.other_party import OTHER_PARTY
from callmark.keys.columns import EncryptedColumn, register
from callmark.keys.installed import keyring
from callmark.managers import AccountManager
from callmark.policy.code_entry import EntryResult
from callmark.policy.numbering import CallType
from callmark.policy.outbound import Outcome


class Direction(models.TextChoices):
    """Which way the call went, seen from the account."""

    OUTBOUND = "outbound", gettext_lazy("Outbound")
    INTERNAL = "internal", gettext_lazy("Internal")
    INBOUND = "inbound", gettext_lazy("Inbound")


class CallOutcome(models.TextChoices):
    """What became of the call at the gate."""

    NOT_GATED = Outcome.NOT_GATED.value, gettext_lazy("No code needed")
    CONNECTED = Outcome.CONNECTED.value, gettext_lazy("Code accepted")
    DECLINED = Outcome.DECLINED.value, gettext_lazy("Declined: no code wanted")
    PROCEEDED = Outcome.PROCEEDED.value, gettext_lazy("Proceeded after max retries")
    ENDED = Outcome.ENDED.value, gettext_lazy("Ended after max retries")
    ABANDONED = Outcome.ABANDONED.value, gettext_lazy("Abandoned at the prompt")
    LET_THROUGH = Outcome.LET_THROUGH.value, gettext_lazy("Let through: nobody could be asked")
    REFUSED_UNASKED = Outcome.REFUSED_UNASKED.value, gettext_lazy("Refused: nobody could be asked")
    REFUSED_NUMBER = (
        Outcome.REFUSED_NUMBER.value,
        gettext_lazy("Refused: no number can be made of it"),
    )
    REFUSED_LIMIT = Outcome.REFUSED_LIMIT.value, gettext_lazy("Refused: a limit was reached")
    CONNECTED_WHILE_DOWN = "connected_while_down", gettext_lazy("Connected while Callmark was down")
    REFUSED_WHILE_DOWN = "refused_while_down", gettext_lazy("Refused while Callmark was down")


CODE_WAS_REQUIRED = frozenset(
    {CallOutcome.CONNECTED, CallOutcome.PROCEEDED, CallOutcome.LET_THROUGH}
)
"""Outcomes of calls that went on and of which a code was wanted."""


class CallTypeChoice(models.TextChoices):
    """The policy's call types, with the words the portal shows."""

    EMERGENCY = CallType.EMERGENCY.value, gettext_lazy("Emergency")
    INTERNAL = CallType.INTERNAL.value, gettext_lazy("Internal")
    TOLL_FREE = CallType.TOLL_FREE.value, gettext_lazy("Toll-free")
    DOMESTIC = CallType.DOMESTIC.value, gettext_lazy("Domestic")
    INTERNATIONAL = CallType.INTERNATIONAL.value, gettext_lazy("International")
    DIRECTORY_ASSISTANCE = CallType.DIRECTORY_ASSISTANCE.value, gettext_lazy("Directory assistance")
    PREMIUM = CallType.PREMIUM.value, gettext_lazy("Premium toll")
    SERVICE = CallType.SERVICE.value, gettext_lazy("Service code")
    UNROUTABLE = CallType.UNROUTABLE.value, gettext_lazy("Unroutable")


class EnteredBy(models.TextChoices):
    """How the code on a call was entered."""

    PROMPT = "prompt", gettext_lazy("At the prompt")
    STAR_CODE = "star_code", gettext_lazy("By star code")
    CONVERSATION = "conversation", gettext_lazy("Earlier in the conversation")
    DEFAULT_CODE = "default_code", gettext_lazy("As the user's default")
    DIALED = "dialed", gettext_lazy("Dialed with the number")
    LAST_CALL = "last_call", gettext_lazy("Same as on the last call")
    KEPT = "kept", gettext_lazy("Kept from an earlier call")
    CORRECTED = "corrected", gettext_lazy("Corrected later")


class Payer(models.TextChoices):
    """Whether it is known who asked for the destination."""

    USER = "user", gettext_lazy("A user")
    UNKNOWN = "unknown", gettext_lazy("Caller unknown")


class EndToldBy(models.TextChoices):
    """Which side of a leg told its end."""

    CALLER = "caller", gettext_lazy("The caller's side")
    OUTSIDE = "outside", gettext_lazy("The outside line")
    CDR = "cdr", gettext_lazy("The switch's call records")


class Call(models.Model):
    """One leg of a call: one question. Seconds are talk time after answer; times are UTC.

    ``user`` is the payer; ``linked_id`` is the conversation, which its legs have in common.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Indexes that begin with these are below: others of their own would only slow down storing.
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="calls", db_index=False
    )
    user = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="calls", db_index=False
    )
    user_name = models.CharField(max_length=100, blank=True)
    switch = models.CharField(max_length=40, blank=True)
    switch_call_id = models.CharField(max_length=150, blank=True)
    leg = models.PositiveSmallIntegerField(default=1)
    linked_id = models.CharField(max_length=150, blank=True)
    payer = models.CharField(max_length=8, choices=Payer.choices, default=Payer.USER)
    direction = models.CharField(max_length=10, choices=Direction.choices)
    caller = models.CharField(max_length=80, blank=True)
    dialed = models.CharField(max_length=80)
    # What the switch was to dial, cleaned; empty where no number can be made of what was dialed.
    number = models.CharField(max_length=80, blank=True)
    e164 = models.CharField(max_length=16, blank=True)
    # Empty for an inbound call: types are of dialed numbers.
    call_type = models.CharField(max_length=24, choices=CallTypeChoice.choices, blank=True)
    outcome = models.CharField(max_length=32, choices=CallOutcome.choices)
    why = models.JSONField(default=list)
    started_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    # Of a call that came in: when the user's phone answered. A queue or a menu answers before.
    phone_answered_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True)
    seconds = models.PositiveIntegerField(null=True)
    disposition = models.CharField(max_length=20, blank=True)
    end_told_by = models.CharField(max_length=8, choices=EndToldBy.choices, blank=True)
    account_code_encrypted = models.CharField(max_length=100, blank=True, editable=False)
    account_code_lookup = models.CharField(max_length=64, blank=True, editable=False)
    account_code_name = models.CharField(max_length=100, blank=True)
    code = models.ForeignKey(
        "codes.AccountCode",
        null=True,
        on_delete=models.SET_NULL,
        related_name="calls",
        db_index=False,
    )
    entered_by = models.CharField(max_length=12, choices=EnteredBy.choices, blank=True)
    simulated = models.BooleanField(default=False)
    # The account's day on which it started, and the first day of the month in which it is billed.
    # Filled in by what counts the call (callmark.calls.counting); null: not counted yet.
    day = models.DateField(null=True, editable=False)
    billing_month = models.DateField(null=True, editable=False)
    # Its payer's rules wanted a code of it, and it was not refused.
    code_required = models.BooleanField(default=False, editable=False)
    # Somebody has said that nobody is to be billed for it.
    not_billable = models.BooleanField(default=False, editable=False)
    # Should have a code and has none. A call that nobody answered costs nothing, and need not.
    needs_code = models.GeneratedField(
        expression=models.Case(
            models.When(
                models.Q(
                    code_required=True,
                    account_code_encrypted="",
                    not_billable=False,
                    simulated=False,
                )
                & (models.Q(ended_at__isnull=True) | models.Q(disposition__in=("", "ANSWERED"))),
                then=models.Value(True),
            ),
            default=models.Value(False),
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("-started_at",)
        indexes = (
            models.Index(fields=("account", "-started_at", "-id"), name="calls_in_order"),
            models.Index(fields=("user", "-started_at", "-id"), name="calls_of_user_in_order"),
            models.Index(
                "account",
                OTHER_PARTY,
                models.F("started_at").desc(),
                models.F("id").desc(),
                condition=models.Q(code__isnull=False),
                name="calls_with_number_and_code",
            ),
            # Of all calls with a number in the order of the list.
            models.Index(
                "account",
                OTHER_PARTY,
                models.F("started_at").desc(),
                models.F("id").desc(),
                name="calls_with_number_in_order",
            ),
            models.Index(
                fields=("account", "-started_at", "-id"),
                condition=models.Q(needs_code=True),
                name="calls_to_assign",
            ),
            models.Index(
                fields=("account", "-started_at", "-id"),
                condition=models.Q(not_billable=True),
                name="calls_not_billable",
            ),
            models.Index(
                fields=("account", "billing_month", "-started_at", "-id"),
                name="calls_of_month_in_order",
            ),
            # Of all codes' calls in the order of the list.
            models.Index(fields=("code", "-started_at", "-id"), name="calls_of_code_in_order"),
            models.Index(fields=("switch", "switch_call_id"), name="calls_by_switch_id"),
            models.Index(fields=("switch", "linked_id"), name="calls_by_linked_id"),
            models.Index(fields=("account_code_lookup", "-started_at"), name="calls_by_code"),
        )

    def __str__(self) -> str:
        return f"{self.dialed} at {self.started_at:%Y-%m-%d %H:%M}"

    counting_itself: ClassVar[Callable[[Self], AbstractContextManager[None]]]
    """Around the saving of a call: :mod:`callmark.calls.counting`, which knows these rows."""

    def save(self, **options: Any) -> None:  # noqa: ANN401
        """Store the call and count it: totals follow in the same transaction."""
        if self._state.adding and self.outcome in CODE_WAS_REQUIRED:
            self.code_required = True
        if options.get("update_fields") is not None:
            options["update_fields"] = {*options["update_fields"], "day", "billing_month"}
        with self.counting_itself():
            super().save(**options)

    @property
    def payer_name(self) -> str:
        """Who pays, by name; *Caller unknown* where no user has the phone that asked."""
        return str(Payer.UNKNOWN.label) if self.payer == Payer.UNKNOWN else self.user_name

    @property
    def account_code(self) -> str:
        """The code's digits as entered, decrypted; '' when untagged. Set it after the account."""
        return keyring().decrypt(self.account_code_encrypted)

    @account_code.setter
    def account_code(self, digits: str) -> None:
        self.account_code_encrypted = keyring().encrypt(digits)
        self.account_code_lookup = keyring().lookup(self.account_id, digits)


# Its encrypted code is registered where a change of keys brings counted calls along
# (callmark.calls.models.counted).


class CallAttempt(models.Model):
    """One entry of a code on a call. Wrong digits are never kept."""

    class Result(models.TextChoices):
        """What became of the entry."""

        ACCEPTED = EntryResult.ACCEPTED.value, gettext_lazy("Accepted")
        UNKNOWN_CODE = EntryResult.UNKNOWN_CODE.value, gettext_lazy("Not a code of the account")
        WRONG_LENGTH = EntryResult.WRONG_LENGTH.value, gettext_lazy("Wrong length")
        NO_DIGITS = EntryResult.NO_DIGITS.value, gettext_lazy("Nothing entered")
        NO_LAST_CODE = EntryResult.NO_LAST_CODE.value, gettext_lazy("No last code for this call")
        DECLINED = EntryResult.DECLINED.value, gettext_lazy("No code wanted")
        LOCKED_OUT = EntryResult.LOCKED_OUT.value, gettext_lazy("Locked out")

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="attempts")
    # Who typed it, where that is not the leg's payer.
    user = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="code_attempts"
    )
    position = models.PositiveSmallIntegerField()
    result = models.CharField(max_length=16, choices=Result.choices)
    entered_by = models.CharField(max_length=12, choices=EnteredBy.choices)
    counts_as_guess = models.BooleanField(default=False)
    # The accepted code's name as it was then: a later code replaces the call's, not the entry's.
    account_code_name = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField()

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        # Not by position: that tells only in which order they were stored.
        ordering = ("at", "position")
        constraints = (
            models.UniqueConstraint(fields=("call", "position"), name="attempt_once_in_a_call"),
        )
        indexes = (
            # Every gate asks for the newest of all accounts once a second.
            models.Index(
                fields=("at",), condition=models.Q(counts_as_guess=True), name="guesses_by_time"
            ),
        )

    def __str__(self) -> str:
        return f"{self.position}: {self.result}"


class WaitingRecord(models.Model):
    """A record that may have come before what it is about: several gates do not write in order.

    An end waits for its leg. A star code is kept for some days also once it is ``placed_on`` a leg,
    for it may turn out to belong to another; ``replaced`` is then the code (a record's, encrypted)
    that the leg had before. ``line`` is the record as :func:`callmark.calls.records.to_line` writes
    it, but for the encrypted code, which is in ``code_encrypted``.
    """

    leg_id = models.UUIDField(db_index=True)
    switch = models.CharField(max_length=150)
    linked_id = models.CharField(max_length=150, blank=True)
    line = models.TextField()
    code_encrypted = models.CharField(max_length=200, blank=True, editable=False)
    placed_on = models.UUIDField(null=True, db_index=True)
    replaced = models.JSONField(default=dict)
    came_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        indexes = (models.Index(fields=("switch", "linked_id"), name="waiting_by_conversation"),)

    def __str__(self) -> str:
        return f"waiting for {self.leg_id}"

    @property
    def is_star_code(self) -> bool:
        """Whether it is one; all else that waits are ends."""
        return '"kind":"tagged"' in self.line


register(EncryptedColumn("calls.WaitingRecord", "code_encrypted"))
register(EncryptedColumn("calls.WaitingRecord", "replaced", inside="code"))


class LockoutLift(models.Model):
    """An administrator lifted a user's lockout: wrong entries before this no longer count."""

    user = models.OneToOneField(
        User, primary_key=True, on_delete=models.CASCADE, related_name="lockout_lift"
    )
    lifted_at = models.DateTimeField()
    lifted_by = models.CharField(max_length=100)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    def __str__(self) -> str:
        return f"{self.user} at {self.lifted_at:%Y-%m-%d %H:%M}"
