"""What is told on a page has names in it: each is isolated, and none is markup."""

import ast
from pathlib import Path

import pytest

import callmark.portal
from callmark.portal.responses import named, with_names_isolated

PORTAL = Path(callmark.portal.__file__).parent


def test_a_name_is_isolated_and_escaped() -> None:
    told = named("“{name}” is deleted.", name="<b>משרד</b>")
    assert told == "“<bdi>&lt;b&gt;משרד&lt;/b&gt;</bdi>” is deleted."


def test_a_refusal_is_isolated_where_it_quotes() -> None:
    told = with_names_isolated("“משרד & co” is the last <code> of “Firm”.")
    assert told == "“<bdi>משרד &amp; co</bdi>” is the last &lt;code&gt; of “<bdi>Firm</bdi>”."


@pytest.mark.parametrize("path", sorted(PORTAL.rglob("*.py")), ids=lambda path: path.name)
def test_no_page_tells_a_name_without_isolating_it(path: Path) -> None:
    bare = [
        ast.unparse(value.value)
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and ast.unparse(call.func.value) == "messages"
        for text in call.args
        if isinstance(text, ast.JoinedStr)
        for value in text.values
        if isinstance(value, ast.FormattedValue)
        and ("name" in ast.unparse(value.value) or "email" in ast.unparse(value.value))
    ]
    assert not bare, f"{bare} in {path.name}: use named()"
