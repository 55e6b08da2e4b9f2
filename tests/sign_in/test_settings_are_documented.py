"""Every variable that the settings read is in the operator's guide or the sign-in page."""

import re
from pathlib import Path

import callmark

PACKAGE = Path(callmark.__file__).parent
DOCS = PACKAGE.parent.parent / "docs"


def test_every_variable_of_the_settings_is_documented() -> None:
    read = (PACKAGE / "settings.py").read_text() + (PACKAGE / "sign_in" / "oidc.py").read_text()
    told = (DOCS / "operator.md").read_text() + (DOCS / "sign-in.md").read_text()
    variables = set(re.findall(r"\"(CALLMARK_[A-Z_]+)\"", read))
    assert len(variables) > 20
    assert not {name for name in variables if f"`{name}" not in told}
