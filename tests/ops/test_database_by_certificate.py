"""Callmark signs in to a real PostgreSQL with a certificate, and with nothing else."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

BIN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
KEY = ec.EllipticCurvePrivateKey
ASK = (
    "import django; django.setup(); from django.db import connection; c = connection.cursor(); "
    "c.execute('SELECT current_user, ssl, version FROM pg_stat_ssl "
    "WHERE pid = pg_backend_pid()'); print(c.fetchone())"
)


class Authority:
    """Signs certificates."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._name, self._key = (
            _name("Callmark test authority"),
            ec.generate_private_key(ec.SECP256R1()),
        )
        self.write("ca", self._key, self._name, is_authority=True)

    def sign(self, name: str) -> None:
        """A key and a certificate, as NAME.key and NAME.crt."""
        self.write(name, ec.generate_private_key(ec.SECP256R1()), _name(name))

    def write(self, file: str, key: KEY, subject: x509.Name, *, is_authority: bool = False) -> None:
        """Write both files."""
        here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder(self._name, subject, key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(here, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        (self.folder / f"{file}.crt").write_bytes(made.public_bytes(pem))
        path = self.folder / f"{file}.key"
        path.touch(mode=0o600)
        path.write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


class Server:
    """A PostgreSQL on loopback that takes certificates only."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "data"
        self._as = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        self.certificates = folder
        authority = Authority(folder)
        for name in ("server", "callmark", "somebody"):
            authority.sign(name)
        if self._as:
            folder.chmod(0o755)
            for path in (folder, folder / "server.key"):
                subprocess.run(["chown", "postgres", str(path)], check=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def start(self) -> None:
        """Make the cluster and start it."""
        self._run("initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "--no-sync")
        (self._data / "pg_hba.conf").write_text(
            "local all postgres trust\nhostssl all all 127.0.0.1/32 cert\n"
        )
        given = (
            f"-k {self.certificates} -p {self.port} -c listen_addresses=127.0.0.1 -c ssl=on "
            f"-c ssl_cert_file={self.certificates}/server.crt "
            f"-c ssl_key_file={self.certificates}/server.key "
            f"-c ssl_ca_file={self.certificates}/ca.crt"
        )
        self._run("pg_ctl", "-D", self._data, "-l", self._data / "log", "-w", "-o", given, "start")
        to = ("-h", self.certificates, "-p", str(self.port), "-U", "postgres")
        self._run("createuser", *to, "callmark")
        self._run("createdb", *to, "-O", "callmark", "callmark")

    def stop(self) -> None:
        """Stop it."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def _run(self, program: str, *arguments: object) -> None:
        command = [*self._as, str(BIN / program), *map(str, arguments)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")

    def asked_by(self, data: Path, *, certificate: str = "", user: str = "callmark") -> str:
        """What Callmark's own settings get to know from this server, or its error."""
        url = f"postgresql://{user}@127.0.0.1:{self.port}/callmark"
        url += f"?sslmode=verify-full&sslrootcert={self.certificates}/ca.crt"
        if certificate:
            url += f"&sslcert={self.certificates}/{certificate}.crt"
            url += f"&sslkey={self.certificates}/{certificate}.key"
        environment = os.environ | {
            "CALLMARK_DATABASE_URL": url,
            "CALLMARK_DATA_DIR": str(data),
            "DJANGO_SETTINGS_MODULE": "callmark.settings",
        }
        done = subprocess.run(
            [sys.executable, "-c", ASK],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    import shutil
    import tempfile

    # Not below pytest's folder, which another user of the machine may not enter.
    folder = Path(tempfile.mkdtemp(prefix="callmark-certificates-"))
    running = Server(folder)
    running.start()
    yield running
    running.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_with_its_certificate_callmark_is_in(server: Server, tmp_path: Path) -> None:
    said = server.asked_by(tmp_path, certificate="callmark")
    assert "('callmark', True, 'TLSv1.3')" in said


def test_without_one_it_is_not(server: Server, tmp_path: Path) -> None:
    assert "valid client certificate" in server.asked_by(tmp_path)


def test_somebody_elses_certificate_does_not_help(server: Server, tmp_path: Path) -> None:
    said = server.asked_by(tmp_path, certificate="somebody")
    assert "certificate authentication failed" in said
