"""A query names its account: what ``Model.objects`` is, for every model whose rows have one.

``Model.objects`` refuses every query until it is told whose rows: ``.of(account)``, or
``.of(user)`` and the like for rows that belong to something of an account;
``.of_every_account("why")`` where all are meant; ``.of_no_account()`` for the installation's own.
What is reached from a row (``account.users``) has named it. So has what is created.

``_default_manager`` and ``_base_manager``, which Django itself works with (cascades, constraints,
related managers, authentication), are as ever, and so is ``User.objects`` for allauth, which finds
people before anybody knows whose they are. Our own code uses neither: a test sees to that.
"""

import copy
import sys
from functools import cache
from typing import Any, Generic, NoReturn, TypeVar

from django.db import models
from django.db.models.manager import ManagerDescriptor

Row = TypeVar("Row", bound=models.Model)

_ACCOUNT = "accounts.Account"
_LIBRARIES = ("allauth.", "django.")


class NoAccountNamed(Exception):
    """A query does not say whose rows it means; its text says how to."""


class AccountManager(models.Manager[Row], Generic[Row]):
    """See the module. To be called ``objects``, on each model that leads to an account."""

    _asks = False

    def contribute_to_class(self, cls: type[models.Model], name: str) -> None:
        """Django's hook: the class's attribute is the manager that asks for an account."""
        super().contribute_to_class(cls, name)
        setattr(cls, name, _Asking(self))

    def of(self, owner: object) -> models.QuerySet[Row]:
        """The rows of an account (or its id), or of something of an account, such as a user."""
        return self._rows().filter(**_condition(self.model, owner))

    def of_no_account(self) -> models.QuerySet[Row]:
        """The rows that belong to the installation: operators, and what is theirs."""
        return self._rows().filter(**{f"{path_to_account(self.model)}__isnull": True})

    def of_account_or_none(self, account: object | None) -> models.QuerySet[Row]:
        """The rows of an account, or with None those of no account."""
        return self.of_no_account() if account is None else self.of(account)

    def of_every_account(self, why: str) -> models.QuerySet[Row]:
        """All rows. ``why`` is for the reader of the query; it must say something."""
        if not why.strip():
            raise NoAccountNamed("say why the rows of every account are meant")
        return self._rows()

    def get_queryset(self) -> models.QuerySet[Row]:
        """What every query begins with. Raises :class:`NoAccountNamed` on ``Model.objects``."""
        if self._asks:
            _refuse(self.model)
        return super().get_queryset()

    def none(self) -> models.QuerySet[Row]:
        """No rows, of nobody."""
        return self._rows().none()

    def create(self, **values: Any) -> Row:  # noqa: ANN401
        """Store a new row, which says itself whose it is."""
        return self._rows().create(**values)

    def bulk_create(self, *rows: Any, **options: Any) -> list[Row]:  # noqa: ANN401
        """Store new rows."""
        return self._rows().bulk_create(*rows, **options)

    def bulk_update(self, *rows: Any, **options: Any) -> int:  # noqa: ANN401
        """Store rows that were read before."""
        return self._rows().bulk_update(*rows, **options)

    def asking(self) -> "AccountManager[Row]":
        """The same manager, which asks for an account first."""
        twin = copy.copy(self)
        twin._asks = True
        return twin

    def _rows(self) -> models.QuerySet[Row]:
        return super().get_queryset() if self._asks else self.get_queryset()


class _Asking(ManagerDescriptor):
    """What a model's class gives as ``objects``."""

    _twins: dict[type[models.Model], AccountManager[Any]]

    def __init__(self, manager: AccountManager[Any]) -> None:
        super().__init__(manager)
        self._twins = {}

    def __get__(  # type: ignore[override]
        self, instance: models.Model | None, cls: type[models.Model]
    ) -> models.Manager[Any]:
        found = super().__get__(instance, cls)
        assert isinstance(found, AccountManager)
        if sys._getframe(1).f_globals.get("__name__", "").startswith(_LIBRARIES):
            return found
        if cls not in self._twins:
            self._twins[cls] = found.asking()
        return self._twins[cls]


def _refuse(model: type[models.Model]) -> NoReturn:
    name = model.__name__
    raise NoAccountNamed(
        f"this query of {name} names no account: write {name}.objects.of(account), or "
        f'{name}.objects.of_every_account("why") where all are meant'
    )


def _condition(model: type[models.Model], owner: object) -> dict[str, object]:
    if owner is None:
        raise NoAccountNamed(
            f"a query of {model.__name__} is given None for an account: .of_no_account() finds "
            "what belongs to none"
        )
    path = path_to_account(model)
    if not isinstance(owner, models.Model):
        return {path: owner}
    kind = owner._meta.concrete_model
    assert kind is not None
    if kind._meta.label == _ACCOUNT:
        return {path: owner.pk}
    to_it = [field for field in _foreign_keys(model) if field.related_model is kind]
    on_the_path = [field for field in to_it if path.startswith(f"{field.name}__")]
    chosen = on_the_path or to_it
    if len(chosen) != 1:
        raise NoAccountNamed(f"a {model.__name__} does not belong to a {kind.__name__}")
    return {chosen[0].attname: owner.pk}


@cache
def path_to_account(model: type[models.Model]) -> str:
    """How a query reaches the account's id, such as ``user__account_id``; '' if it does not."""
    if any(field.attname == "account_id" for field in model._meta.concrete_fields):
        return "account_id"
    paths = []
    for field in _foreign_keys(model):
        if field.related_model is not model and (onwards := path_to_account(field.related_model)):
            paths.append(f"{field.name}__{onwards}")
    return min(paths, key=len, default="")


def _foreign_keys(model: type[models.Model]) -> "list[models.ForeignKey[Any, Any]]":
    fields = model._meta.concrete_fields
    return [field for field in fields if isinstance(field, models.ForeignKey)]
