"""The search for digits that nobody may read: it finds them, and is not fooled by chance."""

from datetime import UTC, datetime
from uuid import UUID

from tests.leaks import shows

AN_ID = UUID("7531a0b1-7531-4753-8753-100007531000")
A_MOMENT = datetime(2026, 11, 26, 4, 17, 7, 753168, tzinfo=UTC)


def test_digits_are_found_wherever_somebody_wrote_them() -> None:
    for text in (
        "7531",
        "code=7531;",
        "07531",
        ["x", {"y": "7531"}],
        f"{AN_ID} 7531",
        "9011442079467531",
    ):
        assert shows("7531", text), text


def test_an_id_or_a_moment_shows_nothing() -> None:
    stamp = A_MOMENT.timestamp()
    for text in (
        AN_ID,
        AN_ID.hex,
        b"\n%s\n" % str(AN_ID).encode(),
        [A_MOMENT],
        A_MOMENT.isoformat(),
        {"at": A_MOMENT},
        stamp,
    ):
        assert not shows("7531", text), text


def test_nor_does_a_hash() -> None:
    version, token = "a07531c0ffee0123", "xY7531" + 58 * "z"
    for text in (f'value="{version}"', f"css/callmark.{version[:12]}.css", f'value="{token}"'):
        assert not shows("7531", text), text
