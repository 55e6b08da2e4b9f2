"""What is kept of a call, or of a star code, between two requests. No digits entered are."""

from typing import Any, ClassVar, Self

from django.db import models

from callmark.accounts.models import Account, User
from callmark.managers import AccountManager


class Asked(models.Model):
    """What is kept of a question between two requests.

    ``answers`` keeps what each step was answered: a repeated request gets the same.
    """

    request = models.JSONField()
    state = models.JSONField()
    answers = models.JSONField(default=dict)
    finished = models.BooleanField(default=False)
    touched_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def answer(self, step: str = "") -> dict[str, Any]:
        """What this step was answered, word for word; without one: what is to be done now."""
        answer: dict[str, Any] = self.answers[step or self.answers["latest"]]
        return answer


class HttpCall(Asked):
    """A call of a switch that asks over HTTP."""

    # The call record's id.
    id = models.UUIDField(primary_key=True, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="controlled_calls")
    # None: deleted meanwhile; how the call ended is still to be reported.
    user = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="controlled_calls"
    )
    call_id = models.CharField(max_length=150)
    ended = models.BooleanField(default=False)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        # Its name from when it was part of the API's own tables.
        db_table = "api_controlledcall"
        constraints = (models.UniqueConstraint(fields=("account", "call_id"), name="call_id_once"),)
        indexes = (
            models.Index(fields=("account", "finished", "touched_at"), name="calls_at_the_prompt"),
        )

    def __str__(self) -> str:
        return self.call_id


class HttpTagging(Asked):
    """One press of the star code during a call."""

    # Made from the account, the switch's id of the call and its id of the press.
    id = models.UUIDField(primary_key=True, editable=False)
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="controlled_taggings"
    )
    # Who pressed; not always whose call it is.
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="controlled_taggings")
    tagging_id = models.CharField(max_length=150)
    # The record of the call that is tagged.
    record_id = models.UUIDField()

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        db_table = "api_controlledtagging"
        indexes = (
            models.Index(fields=("account", "finished", "touched_at"), name="taggings_under_way"),
        )

    def __str__(self) -> str:
        return self.tagging_id
