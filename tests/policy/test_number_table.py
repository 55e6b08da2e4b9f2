"""Numbers from public numbering plans of many countries, each with the source it is from."""

import csv
from pathlib import Path

from callmark.policy.numbering import CallType, NumberingPlan, classify
from tests.cases import for_each

_TABLE = Path(__file__).with_name("number_table.csv")


def _rows() -> list[dict[str, str]]:
    with _TABLE.open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def _name(row: dict[str, str]) -> str:
    prefix = f"{row['prefix']}>" if row["prefix"] else ""
    return f"{row['country']}:{prefix}{row['dialed']}"


@for_each(_rows(), name=_name)
def test_the_number_is_of_the_type_its_numbering_plan_says(row: dict[str, str]) -> None:
    found = classify(row["dialed"], NumberingPlan(row["country"], row["prefix"]))
    assert found.call_type == row["call_type"], (row["source"], found.why)
    if row["types"]:
        assert found.types == {CallType(name) for name in row["types"].split("|")}
    if row["number"]:
        assert found.number == (None if row["number"] == "refused" else row["number"])
    assert found.call_type in found.types
    assert found.why
    assert found.why[0].startswith(found.call_type.replace("_", " ").replace("toll free", "toll-"))


def test_the_table_is_large_and_every_row_names_its_source() -> None:
    rows = _rows()
    assert len(rows) >= 300
    assert len({row["country"] for row in rows}) >= 40
    assert all(len(row["source"]) > 10 for row in rows)
    assert len({(row["country"], row["prefix"], row["dialed"]) for row in rows}) == len(rows)
    independent = [row for row in rows if "metadata" not in row["source"]]
    assert len(independent) >= 300
    assert {row["call_type"] for row in independent} >= set(CallType) - {CallType.INTERNAL}
