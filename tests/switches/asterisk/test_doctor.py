"""What ``callmark doctor`` learns from a real Asterisk, which is broken in every way first."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from callmark.ops.doctor.switch import listens
from callmark.switches.alone.findings import Finding
from callmark.switches.asterisk import running
from callmark.switches.asterisk.dialplan.agi import Agi
from callmark.switches.asterisk.running import Console, logs_digits, not_loaded, reaches_gate
from callmark.switches.asterisk.written import Written

from .harness.gate import GateProcess
from .harness.world import World

pytestmark = pytest.mark.asterisk


@pytest.fixture
def console(world: World) -> Iterator[Console]:
    """Of the switch, which has loaded what every Asterisk has unless it is told otherwise."""
    conf = world.pbx.inside(world.pbx.etc / "asterisk.conf")
    console = Console(("chroot", str(world.pbx.root), "/usr/sbin/asterisk", "-C", conf))
    console.run("module load res_clioriginate.so")
    yield console
    console.run("module unload res_clioriginate.so")


def found(console: Console, gate: GateProcess) -> list[Finding]:
    """Of a dialplan that asks this gate and its relay."""
    return list(reaches_gate(console, asks(gate), listens, time.time))


def asks(gate: GateProcess) -> Agi:
    here = "agi://127.0.0.1"
    return Agi(f"{here}:{gate.port}", f"{here}:{gate.relay_port}", "main")


def test_whether_it_reaches_the_gate_and_is_let_in(
    world: World, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = world.gates["live"]
    assert found(console, live) == []

    # Of this one nobody but the relay runs.
    at_the_gate, at_the_relay = found(console, world.gates["stopped"])
    assert "Asterisk cannot reach the gate there (FAILURE)" in at_the_gate.what
    assert "gets no answer as from the relay" in at_the_relay.what

    with monkeypatch.context() as strict:
        strict.setattr(running, "MOST_OFFSET", -1.0)
        assert "differ" in found(console, live)[0].what

    secret_file = world.pbx.etc / "callmark" / "callmark_secret.conf"
    secret = secret_file.read_text()
    secret_file.write_text("[gate]\nsecret = another-secret-of-nobody\n")
    refused = found(console, live)
    secret_file.write_text(secret)
    assert [one.where for one in refused] == [asks(live).gate_url, asks(live).relay_url]
    assert all("CALLMARK_AGI_SECRET" in one.do for one in refused)

    console.run("module unload res_clioriginate.so")
    assert "res_clioriginate" in found(console, live)[0].do
    console.run("module load res_clioriginate.so")


def test_what_it_logs_and_has_loaded(console: Console) -> None:
    loaded = Written(Path("extensions_callmark.conf"), None, ("acme-law", "nobody-knows"))
    assert [one.what for one in not_loaded(console, loaded)] == [
        "the running dialplan has no context callmark-nobody-knows"
    ]
    assert list(logs_digits(console)) == []
    console.run("logger add channel digits notice,dtmf")
    console.run("core set debug 1")
    logged, debug = logs_digits(console)
    console.run("logger remove channel digits")
    console.run("core set debug 0")
    assert logged.leak
    assert "DTMF" in logged.what
    assert "debug level 1" in debug.what


def test_nothing_of_it_stays_no_channel_no_context_and_no_call_in_anybodys_history(
    world: World, console: Console
) -> None:
    assert found(console, world.gates["live"]) == []
    assert "callmark-doctor" not in console.run("core show channels concise")
    assert "callmark-doctor" not in console.run("dialplan show")

    def ours() -> list[bytes]:
        # Bytes: strange calls of other tests may stand there, too.
        lines = world.pbx.cdr_csv.read_bytes().splitlines(keepends=True)
        return [line for line in lines if b"callmark-doctor" in line]

    world.wait_until(lambda: bool(ours()), "the CDR")
    alone = world.pbx.home / "doctor.csv"
    alone.write_bytes(b"".join(ours()))
    assert world.gates["live"].database.import_cdr(alone) == "0 completed, 0 added"
