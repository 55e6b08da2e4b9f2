"""Where many tests begin, with a firm and its people say: made once for all in a row that do.

``@begun_with`` makes a fixture of a function that writes rows. They are written in a transaction
around the tests; each test runs in a savepoint within, and gets copies of the objects. What a test
finds in the database is what its own fixtures have made, whatever ran before it: as soon as a test
begins elsewhere, the transaction is rolled back.
"""

import copy
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ParamSpec, TypeVar

import pytest
from django.db import transaction

P = ParamSpec("P")
Made = TypeVar("Made")

OWN = {"transactional_db", "live_server", "own_keys"}
"""What makes a test write its rows itself: real transactions, or other keys."""

_makers: dict[Callable[..., Any], Callable[..., Any]] = {}
_THERE = pytest.StashKey[dict[str, Any]]()


def begun_with(make: Callable[P, Made]) -> Callable[P, Made]:
    """A fixture; its parameters are other such fixtures."""
    name, needed = make.__name__, list(inspect.signature(make).parameters.values())

    def given(**there: Any) -> Any:  # noqa: ANN401
        made = there["request"].node.stash[_THERE]
        if name in made:
            return made[name]
        return make(**{parameter.name: there[parameter.name] for parameter in needed})  # type: ignore[call-arg]

    also = [
        inspect.Parameter(one, inspect.Parameter.KEYWORD_ONLY)
        for one in ("request", "db")
        if one not in {parameter.name for parameter in needed}
    ]
    first = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in needed]
    given.__signature__ = inspect.Signature([*first, *also])  # type: ignore[attr-defined]
    given.__doc__ = make.__doc__
    _makers[given] = make
    fixture: Callable[P, Made] = pytest.fixture(name=name)(given)
    return fixture


class Beginning:
    """The rows that are there now, before the next test runs."""

    def __init__(self) -> None:
        self._makers: dict[str, Callable[..., Any]] = {}
        self._made: dict[str, Any] = {}
        self._around: transaction.Atomic | None = None

    def of(self, makers: Mapping[str, Callable[..., Any]]) -> dict[str, Any]:
        """What these makers have made, each in copies; made now unless it is there."""
        if self._makers != makers:
            self.end()
            if makers:
                self._begin(makers)
        return copy.deepcopy(self._made)

    def _begin(self, makers: Mapping[str, Callable[..., Any]]) -> None:
        self._around = transaction.atomic()
        # As Django's own tests say it: code that wants to be outermost may run within.
        self._around._from_testcase = True  # type: ignore[attr-defined]
        self._around.__enter__()
        for name in makers:
            self._make(name, makers)
        self._makers = dict(makers)

    def _make(self, name: str, makers: Mapping[str, Callable[..., Any]]) -> Any:  # noqa: ANN401
        if name not in self._made:
            needed = inspect.signature(makers[name]).parameters
            there = {one: self._make(one, makers) for one in needed}
            self._made[name] = makers[name](**there)
        return self._made[name]

    def end(self) -> None:
        """Take the rows back."""
        if self._around is not None:
            transaction.set_rollback(True)
            self._around.__exit__(None, None, None)
        self._makers, self._made, self._around = {}, {}, None


def _makers_of(item: pytest.Item) -> dict[str, Callable[..., Any]]:
    """What this test begins with, by name, in an order that does not depend on the test."""
    marker = item.get_closest_marker("django_db")
    own = OWN & set(item.fixturenames)  # type: ignore[attr-defined]
    if own or (marker is not None and marker.kwargs.get("transaction")):
        return {}
    fixtures = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    found = {name: _makers.get(defined[-1].func) for name, defined in fixtures.items()}
    return {name: make for name, make in sorted(found.items()) if make is not None}


@pytest.fixture(scope="session")
def beginning(django_db_setup: None, django_db_blocker: Any) -> Iterator[Beginning]:  # noqa: ANN401
    """The one of this run."""
    there = Beginning()
    yield there
    with django_db_blocker.unblock():
        there.end()


@pytest.fixture
def begun(request: pytest.FixtureRequest, beginning: Beginning, django_db_blocker: Any) -> None:  # noqa: ANN401
    """See that what this test begins with is there, and nothing else."""
    with django_db_blocker.unblock():
        request.node.stash[_THERE] = beginning.of(_makers_of(request.node))


@pytest.fixture
def _django_db_helper(begun: None, _django_db_helper: None) -> None:
    """pytest-django's, on which ``db`` and ``transactional_db`` stand, after ours."""
