"""What a person has chosen for a page: kept with them, on whatever browser they sign in."""

from typing import ClassVar, Self

from django.db import models

from callmark.accounts.models import User
from callmark.managers import AccountManager


class PageChoice(models.Model):
    """``values`` as the page wants them; nothing secret, and nothing that anybody else reads."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    page = models.CharField(max_length=60)
    values = models.JSONField(default=dict)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("person", "page"), name="page_choice_once_a_person"),
        )

    def __str__(self) -> str:
        return self.page
