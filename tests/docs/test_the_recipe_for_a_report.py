"""The recipe for a report, followed word for word: its figures then lead to their calls."""

from pathlib import Path

import pytest

from tests.docs.recipes import Recipe

pytestmark = pytest.mark.sqlite

STORY = """
import django

django.setup()

from datetime import UTC, datetime

from django.core.management import call_command
from django.http import QueryDict

call_command("migrate", verbosity=0)

from tests.cast import make_law_firm
from tests.factories import decided_call, tag_of
from callmark.calls.store import store
from callmark.calls.sums import found_by
from callmark.portal.forms.calls import CallFilterForm
from callmark.portal.pages import Here
from callmark.portal.reports.links import calls_of_line
from callmark.reports.definitions import definition_from
from callmark.reports.making import make_report
from callmark.web.access import Caller

firm = make_law_firm()
at = datetime(2026, 3, 10, 12, tzinfo=UTC)
store([decided_call(firm, "connected", at=at, tag=tag_of(firm))])
store([decided_call(firm, "not_gated", at=at)])
asked = definition_from({"what": "outcome", "since": "2026-03-01", "until": "2026-03-31"})
report = make_report(firm.account, asked, person=firm.olivia)
here = Here(firm.account, Caller(firm.olivia))
print(report.title)
for line in report.lines:
    form = CallFilterForm(here, QueryDict(calls_of_line(report, line)))
    assert form.is_valid(), form.problems
    listed = found_by(form.chosen(), firm.account, firm.olivia)
    print(line.label, line.figures.calls, [call.outcome for call in listed])
"""


def test_who_follows_the_recipe_has_the_report(tmp_path: Path, migrated: Path) -> None:
    recipe = Recipe("a-report")
    told = recipe.told(recipe.followed(tmp_path, migrated), STORY)
    assert told.splitlines() == [
        "By outcome",
        "Code accepted 1 ['connected']",
        "No code needed 1 ['not_gated']",
    ]
