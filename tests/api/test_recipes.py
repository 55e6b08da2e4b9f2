"""The recipes of docs/api/, pasted into a shell against a running server."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from callmark.accounts.models import Account, User
from callmark.calls import jobs as calls_jobs
from callmark.calls.models import Call
from callmark.codes.models import AccountCode
from callmark.reports import running as reports
from tests.api.programs import program_of
from tests.cast import make_law_firm
from tests.rows import every

DOCS = Path(__file__).parents[2] / "docs" / "api"
PAGES = ("recipes.md", "call-control.md", "bills.md")
TEXT = "".join((DOCS / page).read_text() for page in PAGES)

# What every recipe must have printed, in the page's order.
PRINTED = (
    '"name": "Olivia"',
    "true",
    "Estate of Whitlock,2086,active",
    '"name": "Estate of Whitlock (closed)"',
    '"max_retries": 4',
    '"refuse"',
    '{"number":"109","endpoint":"harper-109"}',
    '{"name":"Nina Clerk","mailed":false}',
    "nina@harper-law.example",
    '"Nina Clerk"',
    '"demo-pbx"',
    '"_7XX"',
    "9011442079460000: international",
    "911: emergency",
    "the entry is one of the account's codes",
    '"Ben","011442079460000","Nordby Shipping"',
    '{"calls":0,"seconds":0,"exact":true,"cost":null,"currency":null,"billed_seconds":null}',
    '"Olivia"',
    '"hint": "cmk_',
    '"event": "endpoint.test"',
    '"advice": null',
    '"messages": 0',
    '"prompts":["enter_code"]',
    "Invalid entry. Please enter a four-digit account code.",
    '"outcome": "connected"',
    '"seconds": 250',
    '"star_code": "*50"',
    '{"action":"resume","prompts":["splash"],"account_code":"Nordby Shipping"}',
    '"direction":"inbound","caller":"+442079460000","account_code_name":"Nordby Shipping"',
    '{"number":1,"currency":"USD","rate_count":2}',
    '{"cost":"0.38","rate":"London"}',
    "International: 1",
    "User,Calls,",
    "Nordby Shipping",
    '{"is_open":true,"cost":"0.50","currency":"USD"}',
    '"lines": 2',
    '{"state":"done","problem":""}',
    "started (America/New_York),user,direction",
    '{"name":"Abroad","amount":20,"used":1}',
)


def beside_a_worker(program: "subprocess.Popen[str]") -> tuple[str, str]:
    """What a program prints while what it asks for is worked on, as the worker does."""
    while True:
        try:
            return program.communicate(timeout=0.5)
        except subprocess.TimeoutExpired:
            calls_jobs.work_all()
            while reports.work_some():
                pass


@pytest.mark.django_db(transaction=True)
def test_every_recipe_works_as_it_is_written(live_server: LiveServer, tmp_path: Path) -> None:
    for tool in ("curl", "jq", "bash"):
        assert shutil.which(tool), f"the recipes need {tool}"
    firm = make_law_firm()
    token = program_of(firm.olivia).secret
    blocks = re.findall(r"^```sh\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    assert len(blocks) > 10
    script = "set -euo pipefail\n" + "\n".join(blocks)
    environment = {
        "PATH": os.environ["PATH"],
        "CALLMARK_URL": live_server.url,
        "CALLMARK_TOKEN": token,
        "CALLMARK_OPERATOR_TOKEN": program_of(firm.otto).secret,
        "no_proxy": "*",
    }
    program = subprocess.Popen(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    rest, wrong = beside_a_worker(program)
    assert program.returncode == 0, rest[-2000:] + wrong[-2000:]
    for text in PRINTED:
        assert text in rest, (text, rest)
        rest = rest.partition(text)[2]
    account = Account.objects.get()
    names = set(every(AccountCode).filter(account=account).values_list("name", flat=True))
    assert "Estate of Whitlock (closed)" in names
    assert len(names) == 4
    assert {call.account_code for call in every(Call).filter(simulated=False)} == {"5521"}
    assert every(User).get(name="Ben").code_settings.override
