"""``callmark run``, ``gate``, ``drain``, ``relay``, ``manage``, ``openapi``."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from callmark.cli import app
from callmark.cli.commands import Option
from callmark.cli.shared import database, echo, fail

if TYPE_CHECKING:
    from callmark.ops.gate_processes import GateProcesses


@app.command()
def run(
    demo: Annotated[bool, Option(help="Fill an empty database with demo accounts.")] = False,
) -> None:
    """Prepare the database, then run portal, gate, drain and webhook worker until Ctrl-C."""
    with database():
        from django.conf import settings
        from django.core.management import call_command

        from callmark.keys.starting import require_keys
        from callmark.ops.supervisor import supervise, takes_connections, web_and_gate

        web, gate = (settings.HTTP_HOST, settings.HTTP_PORT), (settings.AGI_HOST, settings.AGI_PORT)
        for name, (host, port) in (("CALLMARK_PORT", web), ("CALLMARK_AGI_PORT", gate)):
            if takes_connections(host, port):
                fail(
                    f"something is already listening on {host} port {port}: "
                    f"set another with {name}."
                )
        echo("Preparing the database")
        keys_are_there = settings.CODE_KEYS_FILE.exists()
        call_command("migrate", verbosity=0, interactive=False)
        if not keys_are_there and settings.CODE_KEYS_FILE.exists():
            echo(f"Made {settings.CODE_KEYS_FILE}: back it up, apart from the database")
        # Migrating has made the file of a new installation; any other must have its own.
        require_keys()
        if demo:
            _create_demo_if_empty()
            # Who tries Callmark out reads where to go, not that all is well.
            os.environ.setdefault("CALLMARK_LOG_LEVEL", "WARNING")
            if settings.HTTP_HOST in {"127.0.0.1", "localhost", "::1"}:
                # The demo is for looking around, at once; nobody else can reach it.
                os.environ.setdefault("CALLMARK_OPERATORS_NEED_SECOND_FACTOR", "0")
        where_to_go = _where_to_go()
        echo("Starting portal and gate")
        follow = {
            "asterisk": settings.CDR_FILE or settings.CDR_DATABASE_URL,
            "freeswitch": settings.FREESWITCH_CDR,
        }
        cdr = tuple(kind for kind, source in follow.items() if source)
        several = _gate_processes() if settings.GATE_PROCESSES > 1 else None
        gates = several.children if several else ()
        workers = settings.PORTAL_WORKERS
        children = web_and_gate(*web, workers=workers, follow_cdr_of=cdr, gates=gates)
        supervise(children, lambda: echo(where_to_go), *(several.hooks if several else ()))


def _where_to_go() -> str:
    from django.conf import settings

    from callmark.ops.demo import sign_in_help

    url = f"http://{settings.HTTP_HOST}:{settings.HTTP_PORT}"
    lines = [f"Callmark is up: portal {url}, gate {settings.AGI_HOST}:{settings.AGI_PORT}"]
    lines += ["Ctrl-C stops everything."]
    return "\n".join([*lines, sign_in_help(settings.DATA_DIR, url) or ""]).rstrip()


def _create_demo_if_empty() -> None:
    from django.conf import settings

    from callmark.ops.demo import add_demo_calls, create_demo, database_is_empty, demo_password

    if database_is_empty():
        echo("Making the demo accounts, with two months of calls")
        create_demo(demo_password(settings.DATA_DIR))
        add_demo_calls()


@app.command("demo")
def demo_accounts(
    calls: Annotated[int, Option(help="Put this many more calls into the demo's law firm.")] = 0,
) -> None:
    """Create the demo accounts in an empty database, and say how to sign in.

    With --calls, add calls to the demo that is there; never to a real account.
    """
    with database():
        from django.conf import settings

        from callmark.accounts.refused import Refused
        from callmark.ops.demo import add_demo_calls, database_is_empty, sign_in_help

        if calls and not database_is_empty():
            try:
                echo(f"added {add_demo_calls(calls)} calls to the demo")
            except Refused as refused:
                fail(refused.message)
            return
        if not database_is_empty():
            fail("the database is not empty: the demo is only ever made in a new one.")
        _create_demo_if_empty()
        if calls:
            add_demo_calls(calls)
        url = f"http://{settings.HTTP_HOST}:{settings.HTTP_PORT}"
        echo(sign_in_help(settings.DATA_DIR, url) or "")


@app.command()
def portal() -> None:
    """Run only the web portal and the API; 'callmark manage migrate' comes before it."""
    with database():
        from django.conf import settings

        from callmark.keys.starting import require_keys
        from callmark.ops.supervisor import web_command

        require_keys()
        command = web_command(settings.HTTP_HOST, settings.HTTP_PORT, settings.PORTAL_WORKERS)
    os.execv(command[0], command)  # noqa: S606 (our own words, and no shell)


@app.command()
def gate() -> None:
    """Run only the gate: the server that the switches ask about calls."""
    with database(log_progress=True):
        from django.conf import settings

        from callmark.gate.spool import SpoolInUse
        from callmark.keys.starting import require_keys
        from callmark.ops import event_loop
        from callmark.ops.gate_processes import Given
        from callmark.ops.gate_service import serve_gate
        from callmark.switches.asterisk.access import Access
        from callmark.switches.freeswitch.service import FreeSwitchSettings

        require_keys()
        try:
            access = Access.of(settings.AGI_ALLOW, settings.AGI_SECRET)
        except ValueError as problem:
            fail(f"CALLMARK_AGI_ALLOW or CALLMARK_AGI_SECRET: {problem}.")
        try:
            freeswitch = FreeSwitchSettings.of(
                settings.FREESWITCH_SWITCH,
                settings.FREESWITCH_PORT,
                settings.FREESWITCH_EVENT_SOCKET,
                settings.FREESWITCH_PASSWORD,
            )
        except ValueError as problem:
            fail(f"CALLMARK_FREESWITCH_EVENT_SOCKET or CALLMARK_FREESWITCH_PASSWORD: {problem}.")
        try:
            if not (given := Given.by(os.environ)) and settings.GATE_PROCESSES > 1:
                _supervise_gates()
                return
            event_loop.run(
                serve_gate(
                    settings.AGI_HOST,
                    settings.AGI_PORT,
                    access,
                    settings.SPOOL_DIR,
                    settings.CDR_FIELD,
                    freeswitch,
                    given,
                )
            )
        except SpoolInUse as problem:
            fail(f"{problem}")
        except OSError as problem:
            fail(
                f"the gate cannot listen on {settings.AGI_HOST} port {settings.AGI_PORT}: "
                f"{problem.strerror}. Is another one running? CALLMARK_AGI_PORT sets the port"
                f"{', CALLMARK_FREESWITCH_PORT that for FreeSWITCH' if freeswitch else ''}."
            )


def _gate_processes() -> "GateProcesses":
    from django.conf import settings

    from callmark.ops.gate_processes import GateProcesses
    from callmark.switches.freeswitch.server import HOST

    freeswitch = (HOST, settings.FREESWITCH_PORT) if settings.FREESWITCH_SWITCH else None
    agi = (settings.AGI_HOST, settings.AGI_PORT)
    return GateProcesses(settings.GATE_PROCESSES, agi, freeswitch)


def _supervise_gates() -> None:
    from callmark.ops.heartbeat import tell_systemd
    from callmark.ops.supervisor import supervise

    several = _gate_processes()

    turn_away, close = several.hooks

    def each_round() -> None:
        turn_away()
        tell_systemd(ready=any(child.is_ready for child in several.children))

    supervise(several.children, lambda: None, each_round, close)


@app.command()
def drain() -> None:
    """Run only the drain: it stores the records that the gate on this machine has written down."""
    with database(log_progress=True):
        from django.conf import settings

        from callmark.keys.starting import require_keys
        from callmark.ops.drain_service import serve_drain

        require_keys()
        serve_drain(settings.SPOOL_DIR)


@app.command()
def relay(
    gate: Annotated[
        list[str] | None,
        Option(help="HOST:PORT of a gate; may be repeated, the first that answers counts."),
    ] = None,
) -> None:
    """Run the relay on the switch's machine: a gate that hangs then mutes no conversation."""
    import os

    from callmark.log_format import configure
    from callmark.ops import event_loop
    from callmark.ops.relay_service import serve_relay
    from callmark.switches.asterisk.relay import RELAY_PORT_VARIABLE, gate_addresses, relay_port
    from callmark.switches.asterisk.report_file import SPOOL, SPOOL_VARIABLE

    configure(os.environ)
    try:
        port, gates = relay_port(os.environ), gate_addresses(gate or [], os.environ)
    except ValueError as problem:
        fail(f"{problem}.")
    try:
        spool = Path(os.environ.get(SPOOL_VARIABLE, SPOOL))
        event_loop.run(serve_relay("127.0.0.1", port, gates, spool))
    except OSError as problem:
        fail(
            f"the relay cannot listen on 127.0.0.1 port {port}: {problem.strerror}. Is another one "
            f"running? {RELAY_PORT_VARIABLE} sets the port."
        )


@app.command(raw=True)
def manage(words: list[str]) -> None:
    """Run a Django management command, such as 'migrate' or 'createcachetable'."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(["callmark manage", *words])


@app.command()
def openapi() -> None:
    """Print the API's OpenAPI 3.1 document, as /api/v1/openapi.json serves it: for generators."""
    with database():
        import json

        from callmark.api.urls import api

        echo(json.dumps(api.get_openapi_schema(), indent=2))
