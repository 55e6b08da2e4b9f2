"""Changes are kept beside the rest: whatever they are, all is found as if it were read anew."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmark.keys import lookup
from callmark.keys.keyring import Keyring
from callmark.keys.lookup import ByHash

Row = tuple[int, str]
"""An id and a name."""

DIGITS = [f"{n:02}" for n in range(12)]
KEYS = cast(Keyring, SimpleNamespace(lookups=lambda _owner, text: [text.encode().hex()]))
changes = st.lists(
    st.dictionaries(st.integers(0, 7), st.sampled_from([*DIGITS, None]), max_size=3), max_size=12
)


def by_hash(rows: dict[int, tuple[str, str]]) -> dict[bytes, Any]:
    return {digits.encode(): (pk, name) for pk, (digits, name) in rows.items()}


def identified(found: ByHash[Row], pk: int) -> Row | None:
    try:
        return found.identified(pk)
    except KeyError:
        return None


@pytest.mark.parametrize("few", [0, 3, 1000])
@given(changes=changes)
def test_whatever_is_added_renamed_moved_and_deleted(
    few: int, changes: list[dict[int, str | None]]
) -> None:
    rows = {pk: (digits, "first") for pk, digits in enumerate(DIGITS[:5])}
    found = ByHash[Row](KEYS, "firm", by_hash(rows), identity=lambda row: row[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookup, "FEW", few)
        for turn, changed in enumerate(changes):
            before = {digits: found.get(digits) for digits in DIGITS}
            old = found
            for pk, digits in changed.items():
                taken = {of for other, (of, _) in rows.items() if other != pk}
                rows.pop(pk, None)
                if digits is not None and digits not in taken:
                    rows[pk] = (digits, f"of turn {turn}")
            new = by_hash({pk: rows[pk] for pk in changed if pk in rows})
            found = found.changed(changed, new)
            read_anew = ByHash[Row](KEYS, "firm", by_hash(rows), identity=lambda row: row[0])
            assert {one: found.get(one) for one in DIGITS} == {
                one: read_anew.get(one) for one in DIGITS
            }
            assert len(found) == len(rows)
            assert sorted(found.values()) == sorted(read_anew.values())
            assert [identified(found, pk) for pk in range(8)] == [
                identified(read_anew, pk) for pk in range(8)
            ]
            assert {one: old.get(one) for one in DIGITS} == before, "calls under way have the old"
