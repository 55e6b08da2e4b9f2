"""Values: what is made once, compared by what is in it, and never changed.

Like ``@dataclass(frozen=True, slots=True)``, of which there are hundreds, for a third of what that
costs as a process starts: what compares, hashes and shows a value is not written and compiled anew
for each class. That nobody changes one is checked by mypy, not while it runs.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform, overload

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Class = TypeVar("Class", bound="type[Any]")


@overload
def value_class(cls: Class, /) -> Class: ...
@overload
def value_class(*, kw_only: bool = False) -> Callable[[Class], Class]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value_class(cls: Any = None, /, *, kw_only: bool = False) -> Any:
    """Make a class of values; its fields are written as a dataclass's."""
    return _made(cls, kw_only=kw_only) if cls else lambda later: _made(later, kw_only=kw_only)


def _made(cls: Any, *, kw_only: bool) -> Any:  # noqa: ANN401
    shared = {"__eq__": _equal, "__hash__": _hash, "__repr__": _shown}
    for name, method in shared.items():
        # Only what the class itself has not written.
        if name not in cls.__dict__:
            setattr(cls, name, method)
    made = dataclass(slots=True, kw_only=kw_only, eq=False, repr=False)(cls)
    compared = [one.name for one in fields(made) if one.compare]
    made._compared = attrgetter(*compared) if compared else type
    return made


def _equal(self: Any, other: Any) -> Any:  # noqa: ANN401
    if other.__class__ is not self.__class__:
        return NotImplemented
    return self._compared(self) == self._compared(other)


def _hash(self: Any) -> int:  # noqa: ANN401
    return hash(self._compared(self))


def _shown(self: "DataclassInstance") -> str:
    told = (f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{type(self).__qualname__}({', '.join(told)})"
