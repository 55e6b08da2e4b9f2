"""Modules that Django names as it starts and a short command never uses: loaded if it does.

``from package import submodule`` finds a submodule without loading the package's own code.
"""

import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    # Itself it takes as long as all that is left out.
    from importlib.abc import Loader, MetaPathFinder


GIVEN_BY: dict[str, dict[str, str]] = {
    # Django asks at each query whether a loop is running, from which it would refuse to be asked.
    "asyncio": {
        "get_running_loop": __name__,
        "iscoroutinefunction": "asyncio.coroutines",
    },
    "phonenumbers": {
        "COUNTRY_CODE_TO_REGION_CODE": "phonenumbers.phonenumberutil",
        # Not where it is from: this part has the data of short numbers read, too.
        "PhoneMetadata": "phonenumbers.shortnumberinfo",
        "PhoneNumber": "phonenumbers.phonenumber",
        "PhoneNumberFormat": "phonenumbers.phonenumberutil",
        "PhoneNumberType": "phonenumbers.phonenumberutil",
        "SUPPORTED_REGIONS": "phonenumbers.phonenumberutil",
    },
}
"""Names of a package, and the part of it that gives them: for these it is not loaded as a whole."""


ONLY_CALLED: dict[str, frozenset[str]] = {
    "email.message": frozenset({"Message"}),
    "email.utils": frozenset({"collapse_rfc2231_value", "formatdate"}),
    "statistics": frozenset({"pstdev", "pvariance", "stdev", "variance"}),
}
"""Names of which nothing is asked but to be called: their modules are loaded then."""


def get_running_loop() -> Any:  # noqa: ANN401
    """As asyncio's own; as long as that is not loaded, no loop can be running."""
    if events := sys.modules.get("asyncio.events"):
        return events.get_running_loop()
    raise RuntimeError("no running event loop")


class _NotYet(ModuleType):
    """A module whose code runs when something is asked for that only it can tell."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        if part := GIVEN_BY.get(self.__name__, {}).get(name):
            return getattr(import_module(part), name)
        if name in ONLY_CALLED.get(self.__name__, ()):
            return partial(self._call, name)
        below = f"{self.__name__}.{name}"
        if hasattr(self, "__path__") and find_spec(below):
            return import_module(below)
        return self._loaded(name)

    def _call(self, name: str, *given: object, **named: object) -> object:
        return self._loaded(name)(*given, **named)

    def _loaded(self, name: str) -> Any:  # noqa: ANN401
        loader = self.__spec__.loader if self.__spec__ else None
        assert isinstance(loader, _Later)
        if self.__class__ is _NotYet:
            loader.load(self)
        return getattr(self, name)


class _Later:
    def __init__(self, loader: "Loader") -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> None:
        """As Python makes one."""

    def exec_module(self, module: ModuleType) -> None:
        module.__class__ = _NotYet

    def load(self, module: ModuleType) -> None:
        module.__class__ = ModuleType
        self._loader.exec_module(module)


class _Finder:
    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in self._names:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = cast("Loader", _Later(spec.loader))
        return spec


def load_later(*names: str) -> None:
    """Have these modules loaded at their first use; for a process of one thread."""
    sys.meta_path.insert(0, cast("MetaPathFinder", _Finder(frozenset(names))))
