"""A gate that waits reads only what others have written since it read."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

from callmark.gate import news
from callmark.gate.news import MOST_SECONDS, News

pytestmark = pytest.mark.django_db


class Clock:
    """A clock that stands still until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def place(tmp_path: Path) -> dict[str, dict[str, object]]:
    return {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "db.sqlite3"}}


@pytest.fixture
def ours(place: dict[str, dict[str, object]]) -> Iterator[BaseDatabaseWrapper]:
    """The gate's connection to an SQLite file."""
    made = ConnectionHandler(place)["default"]
    yield made
    made.close()


@pytest.fixture
def others(
    place: dict[str, dict[str, object]],
    ours: BaseDatabaseWrapper,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[BaseDatabaseWrapper]:
    """That of another process to the same file."""
    theirs = ConnectionHandler(place)["default"]
    monkeypatch.setattr(news, "connection", ours)
    write(theirs, "CREATE TABLE codes (name TEXT)")
    yield theirs
    theirs.close()


def write(where: BaseDatabaseWrapper, sql: str) -> None:
    with where.cursor() as cursor:
        cursor.execute(sql)


def read(what: News) -> bool:
    """Whether it had to be read; then it is."""
    if what:
        what.done()
        return True
    return False


@pytest.mark.sqlite
def test_what_nobody_has_written_to_is_not_read_again(others: BaseDatabaseWrapper) -> None:
    policy = News(Clock())
    assert [read(policy), read(policy), read(policy)] == [True, False, False]
    write(others, "INSERT INTO codes VALUES ('Harper v. Castellan')")
    assert [read(policy), read(policy)] == [True, False]


@pytest.mark.sqlite
def test_what_is_written_while_it_is_read_is_read_again(others: BaseDatabaseWrapper) -> None:
    policy = News(Clock())
    assert policy
    write(others, "INSERT INTO codes VALUES ('Harper v. Castellan')")
    policy.done()
    assert read(policy)


@pytest.mark.sqlite
def test_a_reading_that_failed_is_tried_again(others: BaseDatabaseWrapper) -> None:
    policy = News(Clock())
    read(policy)
    write(others, "INSERT INTO codes VALUES ('Harper v. Castellan')")
    # Each is asked and never done.
    assert [bool(policy), bool(policy)] == [True, True]


@pytest.mark.sqlite
@pytest.mark.usefixtures("others")
def test_a_new_connection_and_time_alone_are_reasons_to_read(ours: BaseDatabaseWrapper) -> None:
    clock = Clock()
    policy = News(clock)
    read(policy)
    ours.close()
    assert [read(policy), read(policy)] == [True, False]
    clock.now += MOST_SECONDS
    assert [read(policy), read(policy)] == [True, False]


@pytest.mark.postgres
def test_postgresql_is_always_read() -> None:
    assert connection.vendor == "postgresql"
    policy = News(Clock())
    assert [read(policy), read(policy)] == [True, True]
