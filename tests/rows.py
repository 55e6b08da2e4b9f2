"""Looking at what is stored, whoever it belongs to."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


def every(model: type[Row]) -> QuerySet[Row]:
    """All rows of a model that asks for an account: a test looks at everything."""
    asking: Any = model
    rows: QuerySet[Row] = asking.objects.of_every_account("a test looks at everything")
    return rows
