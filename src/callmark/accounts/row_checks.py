"""Whether a row may be stored: Django's ``full_clean`` with fewer questions to the database.

Of a new person Django asks what is known: whether an id made just now is taken, what conditions say
of the row's own columns, and who else signs in with no address.
"""

from collections.abc import Iterable
from typing import Any, cast

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models


def check_row(row: models.Model) -> None:
    """Raises ``ValidationError`` as ``row.full_clean()`` does, of the first kind that is found."""
    row.clean_fields()
    row.clean()
    row.validate_unique(exclude={row._meta.pk.name} if row._state.adding else None)
    for model, constraints in row.get_constraints():
        for constraint in constraints:
            try:
                _check(row, model, constraint)
            except ValidationError as problem:
                raise ValidationError({NON_FIELD_ERRORS: problem.messages}) from None


def _check(row: models.Model, model: type[models.Model], constraint: models.BaseConstraint) -> None:
    if isinstance(constraint, models.CheckConstraint):
        assert isinstance(constraint.condition, models.Q)
        if not holds(constraint.condition, row):
            raise ValidationError(constraint.get_violation_error_message())
    elif not isinstance(constraint, models.UniqueConstraint) or _can_be_taken(row, constraint):
        constraint.validate(model, row)


def _can_be_taken(row: models.Model, constraint: models.UniqueConstraint) -> bool:
    """NULL is like no other NULL, and what is made of it is NULL."""
    made: Iterable[Any] = constraint.expressions
    columns = [part for one in made for part in one.flatten() if isinstance(part, models.F)]
    return all(getattr(row, str(one.name)) is not None for one in columns)  # type: ignore[attr-defined]


def holds(condition: models.Q, row: models.Model) -> bool:
    """What the database says of a condition on columns of one row that are not NULL.

    Raises ``NotImplementedError`` for another comparison than with a value, or with NULL.
    """
    told = [
        holds(part, row) if isinstance(part, models.Q) else _is(row, *cast("tuple[str, Any]", part))
        for part in condition.children
    ]
    if condition.connector == models.Q.XOR:
        joined = sum(told) % 2 == 1
    else:
        joined = all(told) if condition.connector == models.Q.AND else any(told)
    return joined != condition.negated


def _is(row: models.Model, name: str, wanted: Any) -> bool:  # noqa: ANN401
    column, _, comparison = name.partition("__")
    value = getattr(row, column)
    if comparison == "isnull":
        return bool((value is None) == wanted)
    if comparison:
        raise NotImplementedError(f"Compare {name} here as the database does.")
    return bool(value == wanted)
