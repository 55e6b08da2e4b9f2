"""How long a caller waits: from the last digit of a right code to the INVITE that leaves.

Two real Asterisks and a real gate over loopback, as in the tests; needs root. Both moments are
taken from the wire: the first RTP packet that says the last digit is over, and the SIP packet.

    .venv/bin/python bench/code_to_invite.py [calls]
"""

import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.switches.asterisk.harness.gate import Database, GateProcess
from tests.switches.asterisk.harness.instance import Instance
from tests.switches.asterisk.harness.world import REPOSITORY, World

TELEPHONE_EVENT = 101
END_BIT = 0x80
CODE = "1234"


class Sniffer:
    """Notes the two moments that matter, among the UDP packets on loopback."""

    def __init__(self, phones_port: int, rtp_ports: range) -> None:
        self.last_digit = 0.0
        self.invite = 0.0
        self._phones_port = phones_port
        self._rtp_ports = rtp_ports
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
        self._socket.bind(("lo", 0x0800))
        threading.Thread(target=self._listen, daemon=True).start()

    def reset(self) -> None:
        self.last_digit = self.invite = 0.0

    def _listen(self) -> None:
        while True:
            packet, address = self._socket.recvfrom(65_535)
            now = time.perf_counter()
            if address[2] != socket.PACKET_HOST or packet[9] != socket.IPPROTO_UDP:
                continue
            header = (packet[0] & 15) * 4
            port = int.from_bytes(packet[header + 2 : header + 4], "big")
            self._note(packet[header + 8 :], port, now)

    def _note(self, payload: bytes, port: int, now: float) -> None:
        if port == self._phones_port and payload.startswith(b"INVITE"):
            self.invite = self.invite or now
        elif (
            port in self._rtp_ports and len(payload) == 16 and payload[1] & 0x7F == TELEPHONE_EVENT
        ):
            digit, flags = payload[12], payload[13]
            if flags & END_BIT and digit == int(CODE[-1]):
                self.last_digit = self.last_digit or now


def measure(world: World, rtp_ports: range, calls: int) -> list[float]:
    """Milliseconds of each call, one call at a time."""
    sniffer = Sniffer(world.phones.sip_port, rtp_ports)
    found = []
    for number in range(calls):
        sniffer.reset()
        call = world.call(f"acme-law-{101 + number % 10}", "011442079460101", digits=CODE)
        call.wait_answered()
        call.hang_up()
        call.wait_over()
        found.append((sniffer.invite - sniffer.last_digit) * 1000)
    return found


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    cache = REPOSITORY / "scripts" / "asterisk-root"
    root = Path(subprocess.run([cache], check=True, capture_output=True, text=True).stdout.strip())
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "data")
        database.create()
        gates = {
            name: GateProcess(database, Path(folder) / f"{name}.log")
            for name in ("live", "stopped", "own")
        }
        rtp = random.randrange(20_000, 50_000, 1000)
        world = World(Instance(root, "switch", rtp), Instance(root, "phones", rtp + 500), gates)
        try:
            gates["live"].start()
            world.start()
            times = sorted(measure(world, range(rtp, rtp + 500), calls))
        finally:
            gates["live"].kill()
            world.stop()
    print(f"last digit to outgoing INVITE, one call at a time, {calls} calls (bar: 50 ms)")
    print(
        f"  median {statistics.median(times):.1f} ms, 95% {times[int(calls * 0.95)]:.1f} ms, "
        f"least {times[0]:.1f} ms, most {times[-1]:.1f} ms"
    )


if __name__ == "__main__":
    main()
