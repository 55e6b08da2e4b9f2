"""One test of hundreds of cases: for what takes no longer than it takes to begin a test.

``@for_each(cases)`` runs a test once; its first parameter is each of the cases in turn. All that
fail are told by name, as tests of their own would be. A case finds what the one before has written,
unless it is ``taken_back()``.
"""

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction

_FAILURES = (AssertionError, pytest.fail.Exception)


def for_each(
    cases: Iterable[Any], name: Callable[[Any], str] = str
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make one test of it; ``name`` is what a case is called where it fails."""
    each = list(cases)
    assert each, "a test of nothing"

    def of_all(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def all_cases(**fixtures: Any) -> None:  # noqa: ANN401
            failed = []
            for case in each:
                try:
                    test(case, **fixtures)
                except _FAILURES as problem:
                    failed.append(f"{name(case)}: {problem}")
                except Exception as problem:
                    problem.add_note(f"Of {name(case)}.")
                    raise
            assert not failed, f"{len(failed)} of {len(each)}:\n" + "\n".join(failed)

        parameters = list(inspect.signature(test).parameters.values())
        all_cases.__signature__ = inspect.Signature(parameters[1:])  # type: ignore[attr-defined]
        return all_cases

    return of_all


@contextmanager
def taken_back() -> Iterator[None]:
    """What a case writes is gone for the next, which has its own number of requests again."""
    from callmark.web.limits import counters
    from callmark.web.refusal_log import lines

    counters.clear()
    lines.clear()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
