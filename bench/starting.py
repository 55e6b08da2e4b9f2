"""How long a command takes from its start to its end, against the metadata library's own start."""

import os
import socket
import subprocess
import sys
import tempfile
import time

from bench.timing import compare

PEER = "import phonenumbers; phonenumbers.parse('+12125551212')"


def _run(*arguments: str, **environment: str) -> None:
    # With compiled modules, as an installed package has them.
    there = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(
        [sys.executable, *arguments],
        env=there | environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _bare() -> None:
    _run("-c", PEER)


def bench_classify() -> None:
    """``callmark classify`` of one number."""
    words = ("classify", "9011442079460000", "--country", "US", "--prefix", "9")
    name = "callmark classify"
    compare(name, lambda: _run("-m", "callmark", *words), "import phonenumbers", _bare, 3)


def bench_simulate() -> None:
    """``callmark simulate`` of a call with a code, in the demo."""
    with tempfile.TemporaryDirectory() as folder:
        there = {"CALLMARK_DATA_DIR": folder, "CALLMARK_DATABASE_URL": ""}
        _run("-m", "callmark", "manage", "migrate", **there)
        _run("-m", "callmark", "demo", **there)
        words = ("--account", "demo", "--user", "101", "--dial", "9011442079460000")

        def ours() -> None:
            _run("-m", "callmark", "simulate", *words, "--digits", "1234", **there)

        compare("callmark simulate", ours, "import phonenumbers", _bare, 3)


def bench_relay() -> None:
    """``callmark relay`` until it takes connections."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def ours() -> None:
        environment = os.environ | {"CALLMARK_RELAY_PORT": str(port)}
        command = [sys.executable, "-m", "callmark", "relay"]
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as relay:
            while not _takes_connections(port):
                time.sleep(0.002)
            relay.kill()

    compare("callmark relay is ready", ours, "import phonenumbers", _bare, 3)


def _takes_connections(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main() -> None:
    """Run all three."""
    bench_classify()
    bench_simulate()
    bench_relay()


if __name__ == "__main__":
    main()
