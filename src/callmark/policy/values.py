"""Values: what is made once, compared by what is in it, and never changed.

Like ``@dataclass(frozen=True, slots=True)``, of which there are hundreds, for a third of what that
costs as a process starts: what compares, hashes and shows a value is not written and compiled anew
for each class, and what makes one is written when the first is made. That nobody changes one is
checked by mypy, not while it runs.
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields
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
    # Where there is no docstring, dataclass() reads the whole signature to write one.
    cls.__doc__ = cls.__doc__ or cls.__name__
    made = dataclass(slots=True, kw_only=kw_only, init=False, eq=False, repr=False)(cls)
    compared = [one.name for one in fields(made) if one.compare]
    made._compared = attrgetter(*compared) if compared else type

    def first(self: object, *given: object, **named: object) -> None:
        made.__init__ = _init_of(made)
        made.__init__(self, *given, **named)

    made.__init__ = first
    return made


_NOT_GIVEN: Any = object()


def _init_of(made: Any) -> Callable[..., None]:  # noqa: ANN401
    """What a dataclass of these fields would be made by."""
    asked = [one for one in fields(made) if one.init]
    by_place = [_parameter(one) for one in asked if not one.kw_only]
    by_name = [_parameter(one) for one in asked if one.kw_only]
    parameters = ", ".join([*by_place, *(["*", *by_name] if by_name else [])])
    body = [_set(one) for one in fields(made) if one.init or one.default is not MISSING]
    if hasattr(made, "__post_init__"):
        body.append("self.__post_init__()")
    known: dict[str, Any] = {"_not_given": _NOT_GIVEN}
    for one in fields(made):
        known |= {f"_default_{one.name}": one.default, f"_new_{one.name}": one.default_factory}
    text = f"def __init__(self, {parameters}):\n " + "\n ".join(body or ["pass"])
    # There is nothing in it but the names of fields.
    exec(text, known)  # noqa: S102
    written: Callable[..., None] = known["__init__"]
    written.__qualname__ = f"{made.__qualname__}.__init__"
    return written


def _parameter(one: Field[Any]) -> str:
    if one.default is not MISSING:
        return f"{one.name}=_default_{one.name}"
    return one.name if one.default_factory is MISSING else f"{one.name}=_not_given"


def _set(one: Field[Any]) -> str:
    given = one.name if one.init else f"_default_{one.name}"
    if one.default_factory is not MISSING:
        given = f"_new_{one.name}() if {one.name} is _not_given else {one.name}"
    return f"self.{one.name} = {given}"


def _equal(self: Any, other: Any) -> Any:  # noqa: ANN401
    if other.__class__ is not self.__class__:
        return NotImplemented
    return self._compared(self) == self._compared(other)


def _hash(self: Any) -> int:  # noqa: ANN401
    return hash(self._compared(self))


def _shown(self: "DataclassInstance") -> str:
    told = (f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{type(self).__qualname__}({', '.join(told)})"
