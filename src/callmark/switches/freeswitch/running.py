"""A running FreeSWITCH: does its event socket answer, and does the gate's port take its calls?"""

import asyncio
from collections.abc import Callable, Iterator

from callmark.switches.alone.findings import Finding
from callmark.switches.freeswitch.connection import Connection, Gone, Refused
from callmark.switches.freeswitch.server import HOST
from callmark.switches.freeswitch.service import FreeSwitchSettings

_SECONDS = 5.0


def sockets(settings: FreeSwitchSettings, listens: Callable[[str, int], bool]) -> Iterator[Finding]:
    """The two connections between switch and gate, which are on one machine."""
    if not listens(HOST, settings.port):
        yield Finding(
            f"{HOST} port {settings.port}",
            "nobody takes the calls that FreeSWITCH hands over there: they follow the fail policy",
            "Start the gate; CALLMARK_FREESWITCH_PORT and 'callmark freeswitch config --gate' must "
            "name the same port",
        )
    address = settings.event_socket
    if address is None:
        yield Finding(
            "CALLMARK_FREESWITCH_PASSWORD",
            "it is not set, so star codes rest and transfers may have an unknown payer",
            "Set it to the password in event_socket.conf.xml",
        )
        return
    problem, do = asyncio.run(_asked(address.host, address.port, address.password))
    if problem:
        yield Finding(f"{address.host} port {address.port}", problem, do)


async def _asked(host: str, port: int, password: str) -> tuple[str, str]:
    """What is wrong with the event socket, and what to do; '' and '' where it answers."""
    connection = None
    try:
        async with asyncio.timeout(_SECONDS):
            connection = Connection(*await asyncio.open_connection(host, port))
            await connection.password_wanted()
            await connection.run("auth", password)
    except Refused:
        return (
            "the event socket refuses our password",
            "Set CALLMARK_FREESWITCH_PASSWORD to that in event_socket.conf.xml",
        )
    except (Gone, TimeoutError, OSError) as problem:
        return (
            f"the event socket does not answer ({type(problem).__name__})",
            "Load mod_event_socket, and set CALLMARK_FREESWITCH_EVENT_SOCKET to where it listens",
        )
    finally:
        if connection is not None:
            connection.abort()
    return "", ""
