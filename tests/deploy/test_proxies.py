"""The examples for nginx and Caddy, run by them: what reaches the portal, and what never does."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.ops.test_running_an_installation import until
from tests.ports import free_port

FOLDER = Path(__file__).parents[2] / "deploy/proxy"
HOST = "codes.example.com"


class Portal(BaseHTTPRequestHandler):
    """Stands where the portal listens, and says what it was sent."""

    def do_GET(self) -> None:
        text = "".join(
            f"{name.lower()}: {value}\n" for name, value in self.headers.items()
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Nothing."""


class Proxy:
    """One of the two, with ports of ours in the place of 80, 443 and 8000."""

    def __init__(self, kind: str, folder: Path) -> None:
        if shutil.which(kind) is None:
            pytest.skip(f"{kind} is not installed: scripts/install-test-tools installs it")
        self.kind, self.folder = kind, folder
        self.http, self.https = free_port(), free_port()
        self.portal = ThreadingHTTPServer(("127.0.0.1", 0), Portal)
        self._certificate()
        text = (FOLDER / {"nginx": "nginx.conf", "caddy": "Caddyfile"}[kind]).read_text()
        self.command = getattr(self, f"_{kind}")(text)

    def _certificate(self) -> None:
        made = f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN={HOST}"
        named = ["-addext", f"subjectAltName=DNS:{HOST}"]
        places = ["-keyout", str(self.folder / "key"), "-out", str(self.folder / "pem")]
        command = ["openssl", *made.split(), *named, *places]
        subprocess.run(command, check=True, capture_output=True)

    def _nginx(self, text: str) -> list[str]:
        for name, ours in {
            "listen 80;": f"listen 127.0.0.1:{self.http};",
            "listen 443 ": f"listen 127.0.0.1:{self.https} ",
            "127.0.0.1:8000": f"127.0.0.1:{self.portal.server_port}",
            f"/etc/ssl/private/{HOST}.pem": str(self.folder / "pem"),
            f"/etc/ssl/private/{HOST}.key": str(self.folder / "key"),
        }.items():
            assert name in text
            text = text.replace(name, ours)
        places = "".join(
            f"{name}_temp_path {self.folder}/{name};"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        conf = self.folder / "nginx.conf"
        conf.write_text(
            f"daemon off;\nuser root;\npid {self.folder}/pid;\nerror_log stderr;\nevents {{}}\n"
            f"http {{\naccess_log off;\n{places}\n{text}}}\n"
        )
        command = ["nginx", "-c", str(conf), "-e", "stderr"]
        subprocess.run([*command, "-t"], check=True, capture_output=True)
        return command

    def _caddy(self, text: str) -> list[str]:
        text = text.replace("127.0.0.1:8000", f"127.0.0.1:{self.portal.server_port}")
        text = text.replace(
            f"\n{HOST} {{", f"\n{HOST} {{\n\ttls {self.folder}/pem {self.folder}/key"
        )
        ports = f"http_port {self.http}\nhttps_port {self.https}"
        options = f"{ports}\nadmin off\nauto_https disable_redirects"
        conf = self.folder / "Caddyfile"
        conf.write_text(f"{{\n{options}\n}}\n{text}")
        adapted = ["caddy", "validate", "--config", str(conf), "--adapter", "caddyfile"]
        subprocess.run(adapted, check=True, capture_output=True)
        return ["caddy", "run", "--config", str(conf), "--adapter", "caddyfile"]

    @contextmanager
    def running(self) -> Iterator[None]:
        threading.Thread(target=self.portal.serve_forever, daemon=True).start()
        environment = {"HOME": str(self.folder), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        with (self.folder / "log").open("w") as log:
            process = subprocess.Popen(self.command, stdout=log, stderr=log, env=environment)
        try:
            until(self._answers, 60)
            yield
        finally:
            process.terminate()
            process.wait(20)
            self.portal.shutdown()
            self.portal.server_close()

    def _answers(self) -> bool:
        try:
            return self.ask("/", tls=True).status == 200
        except OSError:
            return False

    def ask(self, path: str, *, tls: bool, **headers: str) -> HTTPResponse:
        """The answer to somebody at that host, whose text is read already."""
        sent = {"Host": HOST} | {name.replace("_", "-"): value for name, value in headers.items()}
        connection: HTTPConnection
        if tls:
            trusting = ssl.create_default_context(cafile=str(self.folder / "pem"))
            connection = HTTPSConnection("127.0.0.1", self.https, timeout=20, context=trusting)
            plain = socket.create_connection(("127.0.0.1", self.https), timeout=20)
            connection.sock = trusting.wrap_socket(plain, server_hostname=HOST)
        else:
            connection = HTTPConnection("127.0.0.1", self.http, timeout=20)
        connection.request("GET", path, headers=sent)
        return connection.getresponse()


@pytest.mark.parametrize("kind", ["nginx", "caddy"])
def test_the_example_works_as_it_stands(kind: str, tmp_path: Path) -> None:
    proxy = Proxy(kind, tmp_path)
    with proxy.running():
        claimed = {"X_Forwarded_For": "203.0.113.9", "X_Forwarded_Proto": "http"}
        got = proxy.ask("/", tls=True, **claimed, Forwarded="for=203.0.113.9").read().decode()
        lines = dict(line.split(": ", 1) for line in got.splitlines())
        assert lines["host"] == HOST
        assert lines["x-forwarded-proto"] == "https"
        assert lines["x-forwarded-for"].rpartition(",")[2].strip() == "127.0.0.1"
        assert "forwarded" not in lines
        for path in ("/metrics", "/readyz", "/healthz", "/metrics/", "/metrics?x"):
            assert proxy.ask(path, tls=True).status == 404, path
        assert proxy.ask("/api/v1/accounts", tls=False).status == 403
        moved = proxy.ask("/a/firm/?q=1", tls=False)
        assert moved.status in {301, 308}
        assert moved.getheader("Location") == f"https://{HOST}/a/firm/?q=1"
