"""What an account code consists of: the columns that a code and a row of a change of many share."""

from django.db import models
from django.utils.translation import gettext_lazy

from callmark.keys.installed import keyring

NAME_LENGTH = 100
ID_LENGTH = 40
LABEL_LENGTH = 40
USE_COLUMNS = ("starts_on", "ends_on", "user_ids", "call_types")
"""What a code may be used for; each may be empty."""
CODE_IDS = ("client_id", "matter_id", "external_id")
"""What a code is called in other systems: each may be empty."""

_NONE = models.Value([], models.JSONField())


class CodeColumns(models.Model):
    """What an account code consists of; besides it, a row of a change of many has these columns."""

    name = models.CharField(max_length=NAME_LENGTH)
    code_encrypted = models.CharField(max_length=100, editable=False)
    code_lookup = models.CharField(max_length=64, editable=False)
    active = models.BooleanField(default=True)
    label = models.CharField("Label", max_length=LABEL_LENGTH, blank=True, db_default="")
    # Whom and what its calls are billed to, and what another system calls it.
    client_id = models.CharField(gettext_lazy("Client id"), max_length=ID_LENGTH, blank=True)
    matter_id = models.CharField(gettext_lazy("Matter id"), max_length=ID_LENGTH, blank=True)
    external_id = models.CharField(gettext_lazy("External id"), max_length=ID_LENGTH, blank=True)
    # Both days included, in the account's time zone.
    starts_on = models.DateField(gettext_lazy("First day"), null=True, blank=True)
    ends_on = models.DateField(gettext_lazy("Last day"), null=True, blank=True)
    # Ids of users, and types of calls; none: everybody, every call. No rows of their own: a user
    # who is deleted must not open the code to everybody else.
    user_ids = models.JSONField(
        gettext_lazy("Only for"), default=list, db_default=_NONE, blank=True
    )
    call_types = models.JSONField(
        gettext_lazy("Opens only"), default=list, db_default=_NONE, blank=True
    )

    class Meta:
        abstract = True

    @property
    def code(self) -> str:
        """The digits, decrypted. Set it after the account."""
        return keyring().decrypt(self.code_encrypted)

    @code.setter
    def code(self, digits: str) -> None:
        self.code_encrypted = keyring().encrypt(digits)
        self.code_lookup = keyring().lookup(self.account_id, digits)  # type: ignore[attr-defined]
