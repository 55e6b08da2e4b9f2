"""The registry of encrypted columns: what a change of keys renews, and what keeps a key needed."""

from collections.abc import Iterator
from dataclasses import field
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from callmark.keys.keyring import Keyring
from callmark.policy.values import value_class

_BATCH = 2000


@value_class
class EncryptedColumn:
    """One column of one model.

    ``inside``: the value is this member of a JSON column. ``where`` narrows the rows. ``lookup`` is
    the column of the keyed hash, if the value is found by one, and ``owner`` the hash's owner.
    """

    model: str
    column: str
    inside: str = ""
    where: dict[str, object] = field(default_factory=dict)
    lookup: str = ""
    owner: str = "account_id"

    def __str__(self) -> str:
        return f"{self.model}.{self.column}{'.' + self.inside if self.inside else ''}"

    def rows(self) -> models.QuerySet[models.Model]:
        """Every row, of all accounts, with a value in the column."""
        manager: models.Manager[models.Model] = apps.get_model(self.model)._base_manager
        rows = manager.filter(**self.where)
        if self.inside:
            return rows.filter(**{f"{self.column}__has_key": self.inside})
        return rows.exclude(**{self.column: ""})

    def not_by(self, key: str) -> models.QuerySet[models.Model]:
        """The rows whose value another key than this one encrypts."""
        name = f"{self.column}__{self.inside}" if self.inside else self.column
        return self.rows().exclude(**{f"{name}__startswith": f"{key}:"})

    def value(self, row: models.Model) -> str:
        """The encrypted value."""
        stored: Any = getattr(row, self.column)
        return str(stored[self.inside] if self.inside else stored)

    def renew(self, row: models.Model, keys: Keyring) -> None:
        """Encrypt and hash the row's value again, by the primary key; not yet stored."""
        text = keys.decrypt(self.value(row))
        if self.inside:
            getattr(row, self.column)[self.inside] = keys.encrypt(text)
        else:
            setattr(row, self.column, keys.encrypt(text))
        if self.lookup:
            setattr(row, self.lookup, keys.lookup(getattr(row, self.owner), text))


_registered: dict[str, EncryptedColumn] = {}


def register(column: EncryptedColumn) -> None:
    """Make a column known; stands below its model."""
    _registered[str(column)] = column


def encrypted_columns() -> list[EncryptedColumn]:
    """Every registered column whose table is there already."""
    tables = set(connection.introspection.table_names())
    known = _registered.values()
    return [one for one in known if apps.get_model(one.model)._meta.db_table in tables]


def one_of_each() -> Iterator[tuple[EncryptedColumn, str]]:
    """A stored value of each column that has any."""
    for column in encrypted_columns():
        rows = column.rows().order_by()
        if column.lookup:
            # Indexed, unlike the value: years of untagged calls need not be read to find one.
            rows = rows.filter(**{f"{column.lookup}__gt": ""})
        row = next(iter(rows[:1]), None)
        if row is not None:
            yield column, column.value(row)


def renew_all(keys: Keyring) -> dict[str, int]:
    """Renew whatever the primary key has not encrypted; how many values, by model's name.

    In steps, each a transaction: pages and calls go on. May be repeated.
    """
    counted: dict[str, int] = {}
    for column in encrypted_columns():
        name = apps.get_model(column.model)._meta.verbose_name_plural
        counted[str(name)] = counted.get(str(name), 0) + _renew_column(column, keys)
    return counted


def _renew_column(column: EncryptedColumn, keys: Keyring) -> int:
    count = 0
    ids = list(column.not_by(keys.primary).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), _BATCH):
        count += _renew_batch(column, ids[start : start + _BATCH], keys)
    return count


@transaction.atomic
def _renew_batch(column: EncryptedColumn, ids: list[Any], keys: Keyring) -> int:
    # Locked and asked again: a value may have been changed, or a recovery code marked as used.
    rows = list(
        column.not_by(keys.primary).select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    )
    for row in rows:
        column.renew(row, keys)
    names = [column.column, *([column.lookup] if column.lookup else [])]
    apps.get_model(column.model)._base_manager.bulk_update(rows, names, batch_size=500)
    return len(rows)


def still_needing_others(key: str) -> list[str]:
    """The columns with a value that another key encrypts."""
    return [str(column) for column in encrypted_columns() if column.not_by(key).exists()]
