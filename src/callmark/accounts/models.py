"""Accounts and who is on them. Vocabulary: reference section 1; roles: section 9."""

import uuid
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F
from django.db.models.functions import Lower
from django.utils.translation import gettext, gettext_lazy

from callmark.accounts.checks import (
    check_country,
    check_days_activity_is_kept,
    check_days_calls_are_kept,
    check_own_numbers,
    check_time_zone,
)
from callmark.accounts.csv_forms import CsvChoice, csv_form
from callmark.accounts.switch_models import HeardGate as HeardGate  # noqa: PLC0414
from callmark.accounts.switch_models import Switch as Switch  # noqa: PLC0414
from callmark.accounts.time_zones import time_zone_of, zone
from callmark.audit.audited import Audited, Values, values_of
from callmark.csv_files import CsvForm
from callmark.languages import Language
from callmark.managers import AccountManager
from callmark.policy.settings import STAR_CODE_DEFAULT

LATEST_BILLING_DAY = 28
"""Every month has one."""

digits_only = RegexValidator(r"^[0-9]+$", gettext_lazy("Use digits only."))


class Account(Audited):
    """One customer organization (a tenant)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    country = models.CharField(max_length=2, default="US", validators=[check_country])
    outside_prefix = models.CharField(max_length=4, blank=True, validators=[digits_only])
    star_code = models.CharField(
        max_length=5,
        default=STAR_CODE_DEFAULT,
        validators=[
            RegexValidator(r"^\*[0-9]{2,4}$", gettext_lazy("Use a star and two to four digits."))
        ],
    )
    # Regions inside the caller's own calling code that the operator bills as international.
    international_regions = models.JSONField(default=list, blank=True)
    # Groups, queues, conferences, mailboxes: texts as callmark.policy.numbering.OwnNumbers reads.
    own_numbers = models.JSONField(default=list, blank=True, validators=[check_own_numbers])
    # For phones that send digits only in an answered call: the caller is answered, then asked.
    answer_first = models.BooleanField(default=False)
    # Everybody on the account must sign in with a second factor.
    requires_second_factor = models.BooleanField(default=False)
    # In days; 0: forever; null: as the operator's settings say.
    calls_kept_days = models.PositiveIntegerField(
        null=True, blank=True, validators=[check_days_calls_are_kept]
    )
    activity_kept_days = models.PositiveIntegerField(
        null=True, blank=True, validators=[check_days_activity_is_kept]
    )
    # IANA; empty: that of the account's country. Days and months of its calls are in it.
    time_zone = models.CharField(max_length=64, blank=True, validators=[check_time_zone])
    # On which its months begin.
    billing_day = models.PositiveSmallIntegerField(
        default=1,
        validators=[
            MinValueValidator(1, gettext_lazy("Use a day from 1 to 28.")),
            MaxValueValidator(LATEST_BILLING_DAY, gettext_lazy("Use a day from 1 to 28.")),
        ],
    )
    # ISO 4217: what its calls are charged in; empty: they have no cost.
    currency = models.CharField(max_length=3, blank=True, default="", db_default="")
    # How files for spreadsheets are written; empty: as in the account's country.
    csv_choice = models.CharField(
        max_length=9, blank=True, default="", db_default="", choices=CsvChoice.choices
    )
    # Of its pages, mails, reports and spoken prompts; empty: the installation's.
    language = models.CharField(
        max_length=5, blank=True, default="", db_default="", choices=Language.choices
    )
    # Users may assign and correct the codes of their own calls.
    users_may_correct = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the account's days and months."""
        return zone(self.time_zone or time_zone_of(self.country))

    @property
    def csv(self) -> CsvForm:
        """How files for the account's people are written."""
        return csv_form(self.csv_choice, self.country)

    def audited(self) -> Values:
        """All that an operator enters."""
        return values_of(self, ("slug", "requires_second_factor", "currency", *ACCOUNT_CHANGES))


ACCOUNT_CHANGES = frozenset(
    {
        "name",
        "country",
        "outside_prefix",
        "star_code",
        "international_regions",
        "own_numbers",
        "answer_first",
        "calls_kept_days",
        "activity_kept_days",
        "time_zone",
        "billing_day",
        "csv_choice",
        "language",
        "users_may_correct",
    }
)
"""What can be changed of an account's details."""


class Role(models.TextChoices):
    """What a person who signs in may do (reference section 9)."""

    OPERATOR = "operator", gettext_lazy("Operator")
    ADMINISTRATOR = "administrator", gettext_lazy("Administrator")
    REPORTER = "reporter", gettext_lazy("Reporter")
    USER = "user", gettext_lazy("User")


class UserManager(AccountManager["User"], BaseUserManager["User"]):
    """Creates users; passwords are hashed, never stored."""

    def create_user(
        self, email: str | None, password: str | None = None, **fields: object
    ) -> "User":
        """Create a user; without a password the user cannot sign in."""
        user = self.model(email=self.normalize_email(email) or None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(Audited, AbstractBaseUser):
    """A person: a phone user of one account, someone who signs in, or both; or a SIP trunk.

    Operators belong to no account. A user without an e-mail address cannot sign in. A trunk stands
    for everybody on the PBX behind it: it has an endpoint on a switch, and no extension number.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.CASCADE, related_name="users"
    )
    name = models.CharField(max_length=100)
    # NULL, not empty, for those who cannot sign in: it must be unique.
    email = models.EmailField(null=True, blank=True, unique=True)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.USER)
    # Empty: the account's country.
    home_country = models.CharField(max_length=2, blank=True, validators=[check_country])
    # Of the pages and mails they read and of the prompts they hear; empty: the account's.
    language = models.CharField(
        max_length=5, blank=True, default="", db_default="", choices=Language.choices
    )
    # IANA, in which pages tell them the time; empty: the account's.
    time_zone = models.CharField(
        max_length=64, blank=True, default="", db_default="", validators=[check_time_zone]
    )
    is_trunk = models.BooleanField(default=False, editable=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        ordering = ("name",)
        indexes = (
            # The list of users, and a page of it from where the one before ended.
            models.Index("account", F("is_active").desc(), "name", "id", name="users_by_name"),
        )
        constraints = (
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_once_in_any_case",
                violation_error_message=gettext_lazy(
                    "Another person already signs in with this address."
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(role="operator") ^ models.Q(account__isnull=False),
                name="only_operators_have_no_account",
                violation_error_message=gettext_lazy(
                    "An operator has no account; everybody else needs one."
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(is_trunk=False) | models.Q(email__isnull=True, role="user"),
                name="a_trunk_cannot_sign_in",
                violation_error_message=gettext_lazy(
                    "A SIP trunk cannot sign in: it has no e-mail and no role."
                ),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def country(self) -> str:
        """The country this user dials from."""
        if self.home_country or self.account is None:
            return self.home_country
        return self.account.country

    def audited(self) -> Values:
        """Who it is; ``is_trunk`` never changes."""
        return values_of(self, PERSON_CHANGES)


PERSON_CHANGES = frozenset(
    {"name", "email", "role", "home_country", "language", "time_zone", "is_active"}
)
"""What can be changed of a person."""


class Extension(Audited):
    """An extension of a user: what colleagues dial, and the switch's endpoint it calls from.

    Of a SIP trunk the endpoint alone: its number is ''.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="extensions")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="extensions")
    number = models.CharField(max_length=10, blank=True, validators=[digits_only])
    switch = models.ForeignKey(Switch, on_delete=models.PROTECT, related_name="extensions")
    endpoint = models.CharField(max_length=80)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(
                fields=("account", "number"),
                condition=~models.Q(number=""),
                name="extension_once_in_an_account",
                violation_error_message=gettext_lazy(
                    "This extension is already in use on the account."
                ),
            ),
            models.UniqueConstraint(
                fields=("switch", "endpoint"),
                name="endpoint_once_on_a_switch",
                violation_error_message=gettext_lazy(
                    "This endpoint of the switch already belongs to a user."
                ),
            ),
        )

    def __str__(self) -> str:
        return self.number or self.endpoint

    def audited(self) -> Values:
        """Whose it is, and where."""
        return values_of(self, ("user", "number", "endpoint", "switch"))

    def clean(self) -> None:
        """A number for a person, none for a trunk."""
        if self.user.is_trunk and self.number:
            raise ValidationError(
                {
                    "number": gettext(
                        "A SIP trunk has no extension: only its endpoint on the switch."
                    )
                }
            )
        if not self.user.is_trunk and not self.number:
            raise ValidationError({"number": gettext("Enter the extension.")})


class PhoneNumber(Audited):
    """A user's outside number in E.164, such as +12125550100."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="phone_numbers")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="phone_numbers")
    e164 = models.CharField(
        max_length=16,
        unique=True,
        validators=[
            RegexValidator(
                r"^\+[1-9][0-9]{5,14}$", gettext_lazy("Write the number as +12125550100.")
            )
        ],
    )

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("e164",)

    def __str__(self) -> str:
        return self.e164

    def audited(self) -> Values:
        """Whose it is."""
        return values_of(self, ("user", "e164"))


class PolicyRevision(models.Model):
    """Counts changes to an account's policy, so that a running gate sees what to load again."""

    account = models.OneToOneField(
        Account, primary_key=True, on_delete=models.CASCADE, related_name="policy_revision"
    )
    number = models.PositiveBigIntegerField(default=1)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    def __str__(self) -> str:
        return f"{self.account}: {self.number}"


class PolicyChange(models.Model):
    """What a change of an account's policy was about, so that a gate need not load all of it again.

    A change that has no row here may have been about anything. The newest are kept.
    """

    class About(models.TextChoices):
        """Which part of the policy a gate has to read."""

        CODE = "code", gettext_lazy("One account code")
        NO_CODE = "no_code", gettext_lazy("Anything but codes")

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="policy_changes", db_index=False
    )
    number = models.PositiveBigIntegerField()
    about = models.CharField(max_length=10, choices=About.choices)
    row = models.UUIDField(null=True)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("account", "number"), name="policy_change_once_in_an_account"
            ),
        )

    def __str__(self) -> str:
        return f"{self.account} {self.number}: {self.about}"
