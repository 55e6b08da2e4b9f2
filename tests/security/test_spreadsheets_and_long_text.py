"""Exports are harmless in a spreadsheet; no text keeps a pattern busy for long."""

import csv
import io
import re
import time

import pytest
from django.test import Client

from callmark.codes.files import write_csv
from callmark.codes.models import AccountCode
from callmark.policy.numbering import text as dialed_text
from callmark.switches.asterisk.identity import endpoint_of_channel
from callmark.webhooks.addresses import Forbidden, check
from tests.cast import LawFirm, code, first_time
from tests.rows import every

FORMULAS = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", " =1", "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("name", FORMULAS)
def test_no_cell_of_the_codes_is_a_formula(cast: LawFirm, name: str) -> None:
    first_time(cast)
    code(cast, name=name)
    text = write_csv(every(AccountCode).filter(account=cast.account))
    for row in csv.reader(io.StringIO(text)):
        for cell in row:
            assert not cell.lstrip().startswith(("=", "+", "-", "@"))


NASTY = [
    "9" * 50_000,
    "*" * 50_000,
    "1,w;p#x" * 8_000,
    "extext" * 9_000,
    "(" * 50_000,
    "a-" * 25_000,
]


@pytest.mark.parametrize("text", NASTY, ids=lambda text: text[:8])
def test_patterns_take_no_longer_than_their_text(text: str) -> None:
    started = time.process_time()
    for pattern in vars(dialed_text).values():
        if isinstance(pattern, re.Pattern):
            pattern.search(text)
            pattern.fullmatch(text)
    endpoint_of_channel("PJSIP/" + text)
    with pytest.raises(Forbidden):
        check("ftp://" + text)
    assert time.process_time() - started < 1.0


def test_a_long_search_is_answered(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    for page in ("users/", "calls/", "people/"):
        answer = olivia.get(
            f"/accounts/firm/{page}", {"q": "a" * 5000, "page": "9" * 400, "after": "9" * 400}
        )
        assert answer.status_code == 200
