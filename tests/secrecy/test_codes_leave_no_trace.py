"""Codes go in every way; the search at the end of the run (tests/conftest.py) proves the rest.

Each test also looks at what its own way answered: addresses, error pages, headers.
"""

import asyncio
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from callmark.accounts.models import Account
from callmark.calls.models import Call
from callmark.gate.background import GateProcess
from callmark.policy.payer import AskedBy
from callmark.switches.asterisk.server import AgiServer
from callmark.switches.port import LegRequest, SwitchIdentity
from callmark.switches.simulator.simulation import ScriptedPort, Simulation
from tests.cast import LawFirm, make_law_firm
from tests.installations import copied
from tests.rows import every
from tests.secrecy.watch import leaks, watch, watched

LONDON = "011442079460000"


def firm_with(code: str) -> LawFirm:
    """A firm whose one code is watched for."""
    return make_law_firm(digits=code)


def page(name: str, account: Account) -> str:
    """The address of an account's page."""
    return reverse(f"portal:{name}", args=[account.slug])


@pytest.mark.django_db
def test_in_the_portal(client: Client) -> None:
    firm, new, wrong = firm_with(watch()), watch(), watch()
    client.force_login(firm.olivia)
    added = client.post(page("codes", firm.account), {"name": "Watched", "code": new})
    assert added.status_code == 302
    assert new not in added.headers["Location"]
    again = client.post(page("codes", firm.account), {"name": "Watched", "code": new})
    assert "already in use" in again.content.decode()
    client.post(page("codes_search", firm.account), {"q": new})
    listed = {"text": f"name,code\nWatched,{watch()}\nAgain,{new}\n"}
    previewed = client.post(page("codes_import", firm.account), listed)
    assert "Nothing can be imported yet" in previewed.content.decode()
    test_call = page("test_call", firm.account)
    client.post(test_call, {"action": "dial", "user": str(firm.ben.pk), "dialed": LONDON})
    for keys in (wrong, new):
        answer = client.post(test_call, {"action": "keys", "keys": keys})
        assert keys not in answer.content.decode()
    assert every(Call).get().account_code == new


@pytest.mark.django_db
def test_in_an_error_page_and_its_log(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    firm, new = firm_with(watch()), watch()

    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("something of ours is broken")

    monkeypatch.setattr("callmark.portal.views.codes.add_code", break_down)
    client.raise_request_exception = False
    client.force_login(firm.olivia)
    answer = client.post(page("codes", firm.account), {"name": "Watched", "code": new})
    assert answer.status_code == 500
    assert new not in answer.content.decode()
    assert "RuntimeError" not in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_in_the_gate_its_spool_and_its_log(tmp_path: Path) -> None:
    firm, wrong = firm_with(watch()), watch()
    right = firm.code.code

    async def story() -> None:
        process = GateProcess(tmp_path)
        await process.start()
        call = LegRequest(SwitchIdentity("main"), "c1", LONDON, AskedBy("firm-101"))
        port = ScriptedPort((wrong, right), Simulation(), hang_up=True)
        await process.gate.handle_leg(call, port)
        await process.stop()

    asyncio.run(story())
    assert every(Call).get().account_code == right


@pytest.mark.django_db(transaction=True)
def test_in_the_fastagi_server(tmp_path: Path) -> None:
    firm = firm_with(watch())
    right = firm.code.code

    async def story() -> None:
        process = GateProcess(tmp_path)
        await process.start()
        server = AgiServer(process.gate, host="127.0.0.1", port=0)
        await server.start()
        await speak_agi(server.port, [watch(), right])
        await server.close(5)
        await process.stop()

    asyncio.run(story())
    assert every(Call).get().account_code == right


async def speak_agi(port: int, entries: list[str]) -> None:
    """A switch with a caller who types these entries."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    header = {
        "agi_request": f"agi://127.0.0.1:{port}/gate?switch=main",
        "agi_network_script": "gate?switch=main",
        "agi_channel": "PJSIP/firm-101-00000001",
        "agi_uniqueid": "1.1",
        "agi_arg_1": f"number={LONDON}",
    }
    writer.write("".join(f"{name}: {value}\n" for name, value in header.items()).encode() + b"\n")
    keys = iter(entries)
    while line := await reader.readline():
        entry = next(keys) if line.startswith(b"GET DATA") else "0"
        writer.write(f"200 result={entry}\n".encode())
    writer.close()


def test_in_the_files_of_an_installation(with_demo: Path, tmp_path: Path) -> None:
    """The command line in a process of its own: its data folder and its standard error."""
    code = watch()
    data = copied(with_demo, tmp_path / "data")
    environment = {"CALLMARK_DATA_DIR": str(data), "CALLMARK_LOG_LEVEL": "DEBUG"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "callmark", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    call = ["simulate", "--account", "demo", "--user", "101", "--dial", "9411"]
    done = run(*call, "--digits", code)
    assert code not in done.stderr
    assert list(leaks([data])) == []


def test_the_search_itself_finds_what_is_there(tmp_path: Path) -> None:
    digits = "7654321"
    watched.add(digits)
    try:
        (tmp_path / "leaky.log").write_text(f"the caller entered {digits}\n")
        assert len(list(leaks([tmp_path]))) == 1
    finally:
        (tmp_path / "leaky.log").unlink()
        watched.discard(digits)


def test_debug_lines_of_the_run_are_written_down() -> None:
    assert logging.getLogger("callmark").isEnabledFor(logging.DEBUG)
