"""Modules that Django names as it starts and a short command never uses: loaded if it does.

``from package import submodule`` finds a submodule without loading the package's own code.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    # Itself it takes as long as all that is left out.
    from importlib.abc import Loader, MetaPathFinder


class _NotYet(ModuleType):
    """A module whose code runs when something is asked for that only it can tell."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        below = f"{self.__name__}.{name}"
        if hasattr(self, "__path__") and find_spec(below):
            return import_module(below)
        loader = self.__spec__.loader if self.__spec__ else None
        assert isinstance(loader, _Later)
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
