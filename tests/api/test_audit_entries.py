"""Who changed what, over the API: as a list and as a file, with the same filters."""

import csv
import io

from callmark.codes.services import rename_code
from tests.api.programs import Program, body_of, problem
from tests.cast import LawFirm
from tests.leaks import shows


def test_the_list_and_the_file_tell_the_same(firm: LawFirm, olivia: Program, at: str) -> None:
    rename_code(firm.code, name="Harper (closed)", actor=firm.olivia)
    query = f"action=account_code.&person_id={firm.olivia.pk}"
    (renamed, added) = body_of(olivia.get(f"{at}/audit?{query}"))["items"]
    assert (renamed["action"], renamed["after"]) == (
        "account_code.renamed",
        {"name": "Harper (closed)"},
    )
    answer = olivia.get(f"{at}/audit/export?{query}")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))
    told = [(row["action"], row["actor"], row["target id"]) for row in rows]
    assert told == [(one["action"], "Olivia", one["target_id"]) for one in (renamed, added)]
    assert not shows("1234", answer.content.decode())


def test_a_wrong_filter_is_told_not_ignored(olivia: Program, at: str) -> None:
    for path in ("audit", "audit/export"):
        assert problem(olivia.get(f"{at}/{path}?since=yesterday")) == (422, "invalid_request")
