"""Stored settings of accounts and users, and the account codes themselves."""

import uuid
from dataclasses import fields
from typing import Any, ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy

import callmark.codes.template_models
import callmark.codes.user_batch_models  # noqa: F401 (Django looks for models here)
from callmark.accounts.models import Account, User
from callmark.audit.audited import Audited, Values, values_of
from callmark.codes.batch_models import BatchCode, CodeBatch, Kind
from callmark.codes.code_columns import (
    CODE_IDS,
    ID_LENGTH,
    LABEL_LENGTH,
    NAME_LENGTH,
    USE_COLUMNS,
    CodeColumns,
)
from callmark.keys.columns import EncryptedColumn, register
from callmark.managers import AccountManager
from callmark.policy.number_list import CodeNeed
from callmark.policy.prompt_options import KEPT_MINUTES, SEPARATORS, PromptOptions
from callmark.policy.rules import RULE_NAMES, RULES, CodeRules
from callmark.policy.settings import (
    CODE_LENGTHS,
    MAX_RETRIES,
    AccountSettings,
    Unasked,
    UserSettings,
)


class RuleFields(Audited):
    """A column for each rule of :mod:`callmark.policy.rules`; read and set as :attr:`rules`."""

    class Meta:
        abstract = True

    @property
    def rules(self) -> CodeRules:
        """The stored rules as the policy's value."""
        return CodeRules(**{name: getattr(self, name) for name in RULE_NAMES})

    @rules.setter
    def rules(self, rules: CodeRules) -> None:
        for name in RULE_NAMES:
            setattr(self, name, getattr(rules, name))


for _rule in RULES:
    RuleFields.add_to_class(_rule.name, models.BooleanField(_rule.label, default=False))


class UnaskedChoice(models.TextChoices):
    """What becomes of a call that needs a code when nobody can be asked, in the portal's words."""

    REFUSE_COSTLY = (
        Unasked.REFUSE_COSTLY.value,
        gettext_lazy(
            "Refuse international, premium and directory assistance; let the rest through"
        ),
    )
    REFUSE = Unasked.REFUSE.value, gettext_lazy("Refuse them all")
    LET_THROUGH = Unasked.LET_THROUGH.value, gettext_lazy("Let them all through")


class SeparatorChoice(models.TextChoices):
    """What stands between a number and its code, where both are dialed in one go."""

    STAR = SEPARATORS[0], gettext_lazy("A star: number*code")
    TWO_STARS = SEPARATORS[1], gettext_lazy("Two stars: number**code")
    HASH = SEPARATORS[2], gettext_lazy("A pound key: number#code")


OPTION_NAMES = tuple(one.name for one in fields(PromptOptions))
"""The columns of what an account allows at the prompt."""


class AccountCodeSettings(RuleFields):
    """An account's settings; the row exists from the first *Save* on."""

    account = models.OneToOneField(
        Account, primary_key=True, on_delete=models.CASCADE, related_name="code_settings"
    )
    code_length = models.PositiveSmallIntegerField(
        gettext_lazy("Account code length"),
        validators=[MinValueValidator(CODE_LENGTHS[0]), MaxValueValidator(CODE_LENGTHS[-1])],
    )
    max_retries = models.PositiveSmallIntegerField(
        gettext_lazy("Max retries to validate code"),
        validators=[MinValueValidator(MAX_RETRIES[0]), MaxValueValidator(MAX_RETRIES[-1])],
    )
    allowed = models.BooleanField(gettext_lazy("Allow account codes"), default=False)
    unasked = models.CharField(
        gettext_lazy("Calls on which nobody can be asked"),
        max_length=20,
        choices=UnaskedChoice.choices,
        default=UnaskedChoice.REFUSE_COSTLY,
    )
    decline = models.BooleanField(gettext_lazy("Pound key for no code"), default=False)
    same_code = models.BooleanField(gettext_lazy("Star key for the last code"), default=False)
    separator = models.CharField(
        gettext_lazy("Number and code in one go"),
        max_length=2,
        choices=SeparatorChoice.choices,
        blank=True,
        default="",
    )
    kept_minutes = models.PositiveSmallIntegerField(
        gettext_lazy("Minutes a code is kept"),
        default=0,
        validators=[MaxValueValidator(KEPT_MINUTES[-1])],
    )
    # Counts saves, so that a page opened before another person's save is refused, not lost.
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        verbose_name_plural = "account code settings"

    def __str__(self) -> str:
        return f"Account Codes of {self.account}"

    @property
    def value(self) -> AccountSettings:
        """The stored settings as the policy's value."""
        return AccountSettings(
            code_length=self.code_length,
            max_retries=self.max_retries,
            allowed=self.allowed,
            defaults=self.rules,
            unasked=Unasked(self.unasked),
            options=self.options,
        )

    @property
    def options(self) -> PromptOptions:
        """What the account allows at the prompt, as the policy's value."""
        return PromptOptions(**{name: getattr(self, name) for name in OPTION_NAMES})

    @options.setter
    def options(self, options: PromptOptions) -> None:
        for name in OPTION_NAMES:
            setattr(self, name, getattr(options, name))

    def audited(self) -> Values:
        """All that is set; ``version`` and ``updated_at`` follow from it."""
        names = ("code_length", "allowed", "max_retries", "unasked", *OPTION_NAMES, *RULE_NAMES)
        return values_of(self, names)


class UserCodeSettings(RuleFields):
    """A user's settings; the rules count only while ``override`` is on. No row: all off."""

    user = models.OneToOneField(
        User, primary_key=True, on_delete=models.CASCADE, related_name="code_settings"
    )
    enabled = models.BooleanField(gettext_lazy("Enable account codes"), default=False)
    override = models.BooleanField(gettext_lazy("Override account level settings"), default=False)
    # Stands in where a call of this user needs a code and nobody can be asked for one.
    default_code = models.ForeignKey(
        "AccountCode",
        verbose_name=gettext_lazy("Default code"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="default_of",
    )
    # A code that the gate keeps for this user is asked for again after a change.
    updated_at = models.DateTimeField(auto_now=True, null=True)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        verbose_name_plural = "user code settings"

    def __str__(self) -> str:
        return f"Account Codes of {self.user}"

    @property
    def value(self) -> UserSettings:
        """The stored settings as the policy's value."""
        return UserSettings(enabled=self.enabled, override=self.rules if self.override else None)

    def audited(self) -> Values:
        """All that is set."""
        return values_of(self, ("enabled", "override", "default_code", *RULE_NAMES))


_SAME = "the code itself"


class AccountCode(CodeColumns, Audited):
    """One account code: digits that never change, and a name that may."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The constraint below begins with it: an index of its own would repeat that.
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="codes", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # By anything: what undoes a change of many codes sees here whether somebody was there since.
    changed_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("account", "code_lookup"), name="code_once_in_an_account"
            ),
        )
        indexes = (
            models.Index(fields=("account", "name", "id"), name="codes_by_name"),
            models.Index(fields=("account", "created_at", "name"), name="codes_by_age"),
            models.Index(
                fields=("account", "label", "name", "id"),
                condition=~models.Q(label=""),
                name="codes_by_label",
            ),
            # As reports sort them, whose first hundred are found without the others.
            models.Index("account", Lower("name"), "code_lookup", name="codes_in_any_case"),
        )

    def __str__(self) -> str:
        return self.name

    def save(self, **options: Any) -> None:  # noqa: ANN401
        """Store the row, and that it was changed now."""
        self.changed_at = timezone.now()
        if options.get("update_fields") is not None:
            options["update_fields"] = {*options["update_fields"], "changed_at"}
        super().save(**options)

    def audited(self) -> Values:
        """Never the digits, nor an id that is the same."""
        values = values_of(self, ("name", "active", "label", *CODE_IDS, *USE_COLUMNS))
        for name in ("starts_on", "ends_on"):
            values[name] = values[name] and str(values[name])
        if self.user_ids:
            allowed = User.objects.of(self.account_id).filter(pk__in=self.user_ids)
            values["user_ids"] = list(allowed.order_by("name", "pk").values_list("name", flat=True))
        if any(values[name] for name in (*CODE_IDS, "label")):
            digits = self.code
            return {name: _SAME if one == digits else one for name, one in values.items()}
        return values


register(EncryptedColumn("codes.AccountCode", "code_encrypted", lookup="code_lookup"))


class KnownNumber(Audited):
    """A number that is known to belong to a code's matter: calls to it suggest the code.

    ``e164`` as +12125550100.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="known_numbers")
    code = models.ForeignKey(AccountCode, on_delete=models.CASCADE, related_name="known_numbers")
    e164 = models.CharField(
        max_length=16,
        validators=[
            RegexValidator(
                r"^\+[1-9][0-9]{5,14}$", gettext_lazy("Write the number as +12125550100.")
            )
        ],
    )

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("e164", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("account", "e164", "code"),
                name="known_number_once_of_a_code",
                violation_error_message=gettext_lazy("This number is already known for the code."),
            ),
        )

    def __str__(self) -> str:
        return self.e164

    def audited(self) -> Values:
        """The number, and for which code."""
        return values_of(self, ("code", "e164"))


class NeedChoice(models.TextChoices):
    """What an entry of the list of numbers says, in the portal's words."""

    NEVER = CodeNeed.NEVER.value, gettext_lazy("Never needs a code")
    ALWAYS = CodeNeed.ALWAYS.value, gettext_lazy("Always needs a code")


class ListedNumber(Audited):
    """A number or prefix that never or always needs a code, whatever the types of calls say.

    ``pattern`` as +442079460000, or +4420* for all that begin so.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="listed_numbers")
    pattern = models.CharField(gettext_lazy("Number or prefix"), max_length=17)
    need = models.CharField(gettext_lazy("Account code"), max_length=6, choices=NeedChoice.choices)
    name = models.CharField(max_length=NAME_LENGTH)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("name", "pattern", "pk")
        constraints = (
            models.UniqueConstraint(fields=("account", "pattern"), name="listed_number_once"),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.pattern})"

    def audited(self) -> Values:
        """All of it."""
        return values_of(self, ("pattern", "need", "name"))


__all__ = [
    "CODE_IDS",
    "ID_LENGTH",
    "LABEL_LENGTH",
    "NAME_LENGTH",
    "USE_COLUMNS",
    "AccountCode",
    "AccountCodeSettings",
    "BatchCode",
    "CodeBatch",
    "CodeColumns",
    "Kind",
    "KnownNumber",
    "ListedNumber",
    "UserCodeSettings",
]
