"""The operator's page of switches: heard, written, checked, and whose phones are on each."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from callmark.accounts.models import Switch
from callmark.accounts.refused import Refused
from callmark.accounts.services import change_account
from callmark.switches.alone.findings import Finding
from callmark.switches.alone.installation import load_dialplans
from callmark.switches.alone.reports import overview, record_written, report_checked
from tests.cast import LawFirm
from tests.portal.test_call_history import place


@pytest.fixture
def otto(client: Client, cast: LawFirm) -> Client:
    """The operator, signed in."""
    client.force_login(cast.otto)
    return client


def text(answer: object) -> str:
    page = re.sub("<[^>]+>", " ", answer.content.decode())  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", page)


def main() -> Switch:
    return Switch.objects.get(name="main")


def test_a_switch_that_nobody_heard_yet(otto: Client, cast: LawFirm) -> None:
    page = text(otto.get("/switches/"))
    assert "main Last heard: Never Last call: None 1 account" in page
    assert "Not written here" in page
    one = text(otto.get(f"/switches/{main().pk}/"))
    assert "Never: no gate was asked by it" in one
    assert "callmark doctor --side switch --json" in one
    assert "Firm Ltd" in one


def test_one_that_has_gone_quiet_is_marked_and_its_last_call_told(
    otto: Client, cast: LawFirm
) -> None:
    Switch.objects.update(heard_at=timezone.now() - timedelta(days=2))
    place(cast, cast.uma, "2125550100")
    shown = overview(main())
    assert shown.is_quiet
    assert shown.last_call is not None
    assert "Quiet for more than a day" in text(otto.get(f"/switches/{main().pk}/"))


def test_what_was_written_is_compared_with_what_would_be_written_now(
    otto: Client, cast: LawFirm
) -> None:
    record_written("main", "Asterisk", load_dialplans("main"))
    assert overview(main()).is_current
    assert "As it would be written now" in text(otto.get(f"/switches/{main().pk}/"))
    change_account(cast.account, {"star_code": "*77"}, actor=cast.otto)
    assert "Accounts have changed since: write it again" in text(
        otto.get(f"/switches/{main().pk}/")
    )


def test_what_a_check_found_is_shown_with_what_to_do(otto: Client, cast: LawFirm) -> None:
    leak = Finding("logger.conf", "digits are logged", "Take dtmf out", leak=True)
    report_checked("main", [leak])
    assert "1 to put right" in text(otto.get("/switches/"))
    page = text(otto.get(f"/switches/{main().pk}/"))
    assert "Digits get out : logger.conf: digits are logged. Take dtmf out." in page
    with pytest.raises(Refused, match="There is no switch 'other'"):
        report_checked("other", [])


def test_a_program_reports_a_check_of_a_switch_elsewhere(otto: Client, cast: LawFirm) -> None:
    at = f"/api/v1/switches/{main().pk}"
    advice = {"kind": "advice", "where": "sip", "what": "it could be safer", "do": "See the guide"}
    body = json.dumps({"findings": [advice]})
    told = otto.post(f"{at}/check", body, content_type="application/json").json()
    assert (told["findings"], told["found"]) == (1, [advice])
    assert otto.get(at).json()["is_current"] is None
    listed = otto.get("/api/v1/switches").json()["items"]
    assert [(one["name"], one["accounts"], one["extensions"]) for one in listed] == [("main", 1, 2)]
