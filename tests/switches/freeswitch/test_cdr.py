"""Calls that the dialplan decided while the gate was away, told by the switch's own CDR."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from django.conf import settings as configured

from callmark.accounts.services import add_extension
from callmark.calls.ids import leg_id
from callmark.calls.models import Call
from callmark.calls.store import store
from callmark.cli.freeswitch import follow_cdr
from callmark.ops.supervisor import web_and_gate
from callmark.switches.alone.records import ImportCounts
from callmark.switches.freeswitch.cdr.follower import Follower
from callmark.switches.freeswitch.cdr.importing import import_events
from callmark.switches.freeswitch.cdr.reading import COLUMNS, event_of_json, read, template
from tests.beginnings import begun_with
from tests.cast import LawFirm, make_law_firm
from tests.factories import decided_call

pytestmark = pytest.mark.django_db

AT = 1_700_000_000
A, B, T = ("aaaa0000-1", "bbbb0000-1", "cccc0000-1")
PHONE: dict[str, Any] = {
    "sip_authorized": "true",
    "sip_auth_username": "201",
    "sip_auth_realm": "firm.test",
}


@begun_with
def firm() -> LawFirm:
    firm = make_law_firm()
    add_extension(firm.ben, number="201", endpoint="201@firm.test")
    return firm


def mark(outcome: str, number: str = "12125550100", nth: int = 1, question: str = ";") -> str:
    return f"{outcome};firm;{number};{'i' * nth};{AT}000000;{question},"


def row(uuid: str = A, *, seconds: int = 30, **variables: str) -> dict[str, str]:
    """The variables of a channel that was answered after 5 s."""
    end = AT + 5 + seconds
    times = {"start_uepoch": f"{AT}000000", "end_uepoch": f"{end}000000"}
    if seconds:
        times["answer_uepoch"] = f"{AT + 5}000000"
    return {
        **{"uuid": uuid, "direction": "inbound", "hangup_cause": "NORMAL_CLEARING"},
        **times,
        "billsec": str(seconds),
        **variables,
    }


def trunk_leg(seconds: int = 42, nth: int = 1, question: str = ";") -> dict[str, str]:
    led = f"{A};{'i' * nth};{question}"
    return row(
        T, seconds=seconds, direction="outbound", originating_leg_uuid=A,
        callmark_of="none", callmark_alone=led,
    )  # fmt: skip


def as_json(values: dict[str, str]) -> bytes:
    flow = [{"caller_profile": {"caller_id_number": "boss", "destination_number": "x"}}]
    variables = {name: quote(value) for name, value in values.items()}
    return json.dumps({"core-uuid": "x", "variables": variables, "callflow": flow}).encode()


def as_line(values: dict[str, str]) -> str:
    return ",".join(f'"{values.get(column, "")}"' for column in COLUMNS) + "\n"


def imported(*rows: dict[str, str]) -> ImportCounts:
    events = [event_of_json(as_json(one)) for one in rows]
    return import_events([one for one in events if one], "main")


def test_a_call_without_a_gate_lands_once_with_its_payer_and_the_trunks_seconds(
    firm: LawFirm,
) -> None:
    caller = row(**PHONE, callmark_marks=mark("asked") + mark("connected_while_down"))
    imported(caller, trunk_leg(seconds=42))
    imported(trunk_leg(seconds=42), caller)  # again, in another order
    call = Call.objects.of(firm.account).get()
    assert (call.user, call.dialed, call.outcome) == (
        firm.ben,
        "12125550100",
        "connected_while_down",
    )
    assert (call.seconds, call.disposition, call.switch_call_id) == (42, "ANSWERED", A)


def test_the_trunks_row_may_come_first(firm: LawFirm) -> None:
    imported(trunk_leg(seconds=42))
    imported(row(**PHONE, callmark_marks=mark("connected_while_down")))
    assert Call.objects.of(firm.account).get().seconds == 42


def test_nobody_known_is_caller_unknown(firm: LawFirm) -> None:
    forged: dict[str, Any] = {
        **PHONE,
        "sip_authorized": "",
        "user_name": "201",
        "domain_name": "firm.test",
    }
    imported(row(**forged, callmark_marks=mark("refused_while_down"), seconds=0))
    call = Call.objects.of(firm.account).get()
    assert (call.user, call.outcome, call.seconds) == (None, "refused_while_down", 0)


def test_a_forward_is_not_the_callers_to_pay(firm: LawFirm) -> None:
    marks = mark("connected_while_down", "102") + mark("refused_while_down", "0114420", nth=2)
    imported(row(**PHONE, callmark_marks=marks, seconds=0))
    payers = Call.objects.of(firm.account).order_by("leg").values_list("dialed", "user")
    assert list(payers) == [("102", firm.ben.pk), ("0114420", None)]


def test_an_emergency_call_is_in_the_history(firm: LawFirm) -> None:
    imported(row(**PHONE, callmark_marks=mark("emergency", "911")), trunk_leg(7))
    call = Call.objects.of(firm.account).get()
    assert (call.call_type, call.outcome, call.seconds) == ("emergency", "not_gated", 7)


def test_who_hangs_up_at_a_gate_that_hangs_has_abandoned(firm: LawFirm) -> None:
    imported(row(**PHONE, callmark_marks=mark("asked"), seconds=0))
    assert Call.objects.of(firm.account).get().outcome == "abandoned"


def test_a_question_that_the_gate_answered_is_the_gates(firm: LawFirm) -> None:
    answered: dict[str, Any] = {
        "callmark_result": "connect",
        "callmark_call": f"{A}/1/{A}/201@firm.test",
    }
    imported(row(**PHONE, **answered, callmark_marks=mark("asked")))
    assert not Call.objects.of(firm.account).exists()


def test_a_gate_that_wrote_and_died_is_corrected(firm: LawFirm) -> None:
    origin = f"{A}/1/{A}/201@firm.test"
    question, identity = f";{origin}", str(leg_id("main", "", A, 1))
    entry = decided_call(firm, "connected")
    store([replace(entry, id=identity, call_id=A, switch="main")])
    imported(row(**PHONE, callmark_marks=mark("refused_while_down", question=question), seconds=0))
    call = Call.objects.of(firm.account).get()
    assert (str(call.pk), call.outcome) == (identity, "refused_while_down")


HOSTILE = [
    b"",
    b"{",
    b"[]",
    b'{"variables": 1}',
    b'{"variables": {"uuid": "../x"}}',
    b"[" * 100_000,
    b"\xff\x00",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_cdr_makes_no_record(text: bytes) -> None:
    assert event_of_json(text) is None


def test_marks_that_the_dialplan_did_not_write_make_no_record(firm: LawFirm) -> None:
    for marks in (
        "emergency;firm;9;i;x;;,",
        "x" * 9000,
        ";;;;;;,",
        "connected_while_down;nobody;1;i;1;;,",
    ):
        imported(row(**PHONE, callmark_marks=marks))
    assert not Call.objects.of(firm.account).exists()


def test_columns_that_a_quote_has_shifted_are_no_line(firm: LawFirm, tmp_path: Path) -> None:
    text = as_line(row(**PHONE, callmark_marks=mark("connected_while_down")))
    file = tmp_path / "Master.csv"
    file.write_text('"a","b"\n' + text.replace('"true"', '"tr","ue"') + text + text[:40])
    found = read(file)
    assert len(found.events) == 1
    assert [one.where for one in found.skipped] == ["line 1", "line 2"]


def test_the_template_has_the_columns_that_are_read() -> None:
    text = ElementTree.fromstring(template()).text or ""
    assert text.count("${") == len(COLUMNS)
    assert "accountcode" not in text


def test_a_folder_is_followed_and_a_file_half_written_waits(firm: LawFirm, tmp_path: Path) -> None:
    folder, place = tmp_path / "json", tmp_path / "place"
    folder.mkdir()
    whole = as_json(row(**PHONE, callmark_marks=mark("connected_while_down")))
    (folder / f"a_{A}.cdr.json").write_bytes(whole[:50])
    assert Follower(folder, "main", place).look().skipped == []
    assert not Call.objects.of(firm.account).exists()
    (folder / f"a_{A}.cdr.json").write_bytes(whole)
    assert len(Follower(folder, "main", place).look().events) == 1
    assert Follower(folder, "main", place).look().events == []
    assert Call.objects.of(firm.account).count() == 1


def test_a_csv_file_is_followed_over_its_rotation(firm: LawFirm, tmp_path: Path) -> None:
    file, place = tmp_path / "Master.csv", tmp_path / "place"
    file.write_text(as_line(row(**PHONE, callmark_marks=mark("connected_while_down"))))
    Follower(file, "main", place).look()
    with file.open("a") as more:
        more.write(as_line(row(B, **PHONE, callmark_marks=mark("connected_while_down", "102"))))
    file.rename(tmp_path / "Master.csv.2026-11-26-09-00-00")
    file.write_text(as_line(row(T, **PHONE, callmark_marks=mark("emergency", "911"))))
    assert len(Follower(file, "main", place).look().events) == 1
    assert Call.objects.of(firm.account).count() == 3


def test_a_running_callmark_follows_what_it_is_told_to_by_its_settings(
    firm: LawFirm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = as_json(row(**PHONE, callmark_marks=mark("connected_while_down")))
    (tmp_path / f"a_{A}.cdr.json").write_bytes(whole)
    monkeypatch.setattr(configured, "DATA_DIR", tmp_path)
    monkeypatch.setattr(configured, "FREESWITCH_CDR", str(tmp_path))
    (child,) = (
        one for one in web_and_gate("", 0, follow_cdr_of=("freeswitch",)) if "CDR" in one.name
    )
    assert child.command[-2:] == ["freeswitch", "follow-cdr"]
    follow_cdr(once=True)
    assert Call.objects.of(firm.account).count() == 1
