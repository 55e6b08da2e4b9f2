"""What bills need to know besides calls: the firm, its timekeepers, saved formats, invoices."""

import uuid
from typing import ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy

from callmark.accounts.models import Account, User
from callmark.audit.audited import Audited, Values, values_of
from callmark.local_formats import in_readers_language
from callmark.managers import AccountManager
from callmark.reports.handover.units import UNIT_LABELS, TimeUnit

ADDRESS_LINES = 8

_shown = lazy(in_readers_language, str)


class TimeUnitChoice(models.IntegerChoices):
    """The unit, in seconds, that time is rounded up to on statements."""

    EXACT = TimeUnit.EXACT.value, _shown(UNIT_LABELS[TimeUnit.EXACT])
    SIX_SECONDS = TimeUnit.SIX_SECONDS.value, _shown(UNIT_LABELS[TimeUnit.SIX_SECONDS])
    MINUTE = TimeUnit.MINUTE.value, _shown(UNIT_LABELS[TimeUnit.MINUTE])
    SIX_MINUTES = TimeUnit.SIX_MINUTES.value, _shown(UNIT_LABELS[TimeUnit.SIX_MINUTES])
    QUARTER_HOUR = TimeUnit.QUARTER_HOUR.value, _shown(UNIT_LABELS[TimeUnit.QUARTER_HOUR])


class FirmDetails(Audited):
    """An account's letter head, its id for clients' systems, and its invoice numbers."""

    account = models.OneToOneField(
        Account, primary_key=True, on_delete=models.CASCADE, related_name="firm_details"
    )
    # Empty: the account's name.
    firm_name = models.CharField("Name on bills", max_length=100, blank=True)
    address = models.TextField("Address", max_length=500, blank=True)
    law_firm_id = models.CharField("Law firm id", max_length=20, blank=True)
    invoice_prefix = models.CharField(
        "Invoice numbers begin with",
        max_length=10,
        blank=True,
        validators=[
            RegexValidator(
                r"^[A-Za-z0-9/_. -]*$", gettext_lazy("Use letters, digits, and / _ . - only.")
            )
        ],
    )
    next_invoice = models.PositiveIntegerField(
        "Next invoice number",
        default=1,
        validators=[
            MinValueValidator(1, gettext_lazy("Use 1 or more.")),
            MaxValueValidator(999_999_999),
        ],
    )
    time_unit = models.PositiveSmallIntegerField(
        "Time is told in", choices=TimeUnitChoice.choices, default=TimeUnit.MINUTE.value
    )
    mask_numbers = models.BooleanField("Hide the last digits of numbers", default=False)
    show_codes = models.BooleanField("Print the digits of the account code", default=False)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        verbose_name_plural = "firm details"

    def __str__(self) -> str:
        return self.firm_name or self.account.name

    def audited(self) -> Values:
        """All that is set."""
        return values_of(self, FIRM_FIELDS)


FIRM_FIELDS = (
    "firm_name",
    "address",
    "law_firm_id",
    "invoice_prefix",
    "next_invoice",
    "time_unit",
    "mask_numbers",
    "show_codes",
)


class Classification(models.TextChoices):
    """What a timekeeper is, as LEDES 1998B writes it."""

    PARTNER = "PT", gettext_lazy("Partner")
    ASSOCIATE = "AS", gettext_lazy("Associate")
    COUNSEL = "OC", gettext_lazy("Of counsel")
    LAW_CLERK = "LC", gettext_lazy("Law clerk")
    PARALEGAL = "PL", gettext_lazy("Paralegal")
    OTHER = "OT", gettext_lazy("Other")


class Timekeeper(Audited):
    """What a user is called in the billing system, and the rate of their time."""

    user = models.OneToOneField(
        User, primary_key=True, on_delete=models.CASCADE, related_name="timekeeper"
    )
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="timekeepers")
    timekeeper_id = models.CharField("Timekeeper id", max_length=20, blank=True)
    # As "surname, first name".
    timekeeper_name = models.CharField("Name on bills", max_length=60, blank=True)
    classification = models.CharField(max_length=2, choices=Classification.choices, blank=True)
    hourly_rate = models.DecimalField(
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0, gettext_lazy("Use 0 or more."))],
    )

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    def __str__(self) -> str:
        return self.timekeeper_name or self.user.name

    def audited(self) -> Values:
        """All that is set."""
        values = values_of(self, TIMEKEEPER_FIELDS)
        rate = values["hourly_rate"]
        return {**values, "hourly_rate": None if rate is None else f"{rate:.2f}"}


TIMEKEEPER_FIELDS = ("timekeeper_id", "timekeeper_name", "classification", "hourly_rate")


class SavedFormat(Audited):
    """A format that an account hands its calls over in, as ``forms.read_format`` reads it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="handover_formats")
    name = models.CharField(max_length=60)
    options = models.JSONField(default=dict)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("account", "name"),
                name="format_name_once",
                violation_error_message=gettext_lazy("There is a format of this name already."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def audited(self) -> Values:
        """All of it."""
        return values_of(self, ("name", "options"))


class Invoice(models.Model):
    """A number that was given to a matter's calls of a month; a file made again has it, too."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="invoices")
    number = models.CharField(max_length=20)
    month = models.DateField()
    client_id = models.CharField(max_length=40)
    matter_id = models.CharField(max_length=40)
    # Some currencies have three decimals.
    total = models.DecimalField(max_digits=15, decimal_places=3)
    made_on = models.DateField()
    made_by = models.CharField(max_length=100)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("month", "number")
        constraints = (
            models.UniqueConstraint(fields=("account", "number"), name="invoice_number_once"),
            models.UniqueConstraint(
                fields=("account", "month", "client_id", "matter_id"), name="invoice_once_a_month"
            ),
        )

    def __str__(self) -> str:
        return self.number
