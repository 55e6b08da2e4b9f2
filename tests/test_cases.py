"""A test of many cases fails for each that does, and says which."""

import pytest

from tests.cases import for_each


def test_all_that_fail_are_told_by_name() -> None:
    @for_each([1, 2, 3, 4], name=lambda case: f"number {case}")
    def is_odd(number: int) -> None:
        assert number % 2, "it is even"

    with pytest.raises(AssertionError) as told:
        is_odd()
    assert "2 of 4:\nnumber 2: it is even" in str(told.value)
    assert "number 4: it is even" in str(told.value)
    assert "number 1" not in str(told.value)


def test_what_breaks_says_at_which_case() -> None:
    @for_each([1, 0])
    def divides(number: int) -> None:
        assert 1 / number

    with pytest.raises(ZeroDivisionError) as told:
        divides()
    assert told.value.__notes__ == ["Of 0."]


@for_each(["a", "b"])
def test_fixtures_are_there_as_ever(letter: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert tmp_path_factory.mktemp(letter).name.startswith(letter)
