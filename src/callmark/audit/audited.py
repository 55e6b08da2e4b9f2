"""What a row tells of itself in the entry of a change: said once, beside its columns."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models

Values = Mapping[str, Any]


class Audited(models.Model):
    """A model whose rows are changed by people: :class:`callmark.accounts.changes.change`."""

    class Meta:
        abstract = True

    def audited(self) -> Values:
        """Every value that an entry may tell, by name. Never a code's digits, nor any secret."""
        raise NotImplementedError


def values_of(row: models.Model, names: Iterable[str]) -> dict[str, Any]:
    """These fields' values; of another row, how it is called."""
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: object) -> object:
    return str(value) if isinstance(value, models.Model) else value
