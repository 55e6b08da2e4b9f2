"""Every dependency is pinned with hashes, and audited: loudly when the audit cannot be made."""

import importlib.machinery
import importlib.util
import json
import re
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.sqlite

PROJECT = Path(__file__).resolve().parents[2]
LOCKS = ["requirements.lock", "requirements-dev.lock", "clients/python/requirements.lock"]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """scripts/audit-dependencies, without a network."""
    path = str(PROJECT / "scripts" / "audit-dependencies")
    loader = importlib.machinery.SourceFileLoader("audit_dependencies", path)
    spec = importlib.util.spec_from_loader("audit_dependencies", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    monkeypatch.setattr(module, "STAMP", tmp_path / "stamp")
    monkeypatch.delenv("CALLMARK_AUDIT_REQUIRED", raising=False)
    return module


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash_and_no_address(lock: str, script: ModuleType) -> None:
    text = (PROJECT / lock).read_text()
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text)[1:]
    assert len(blocks) == len(script.pins(PROJECT / lock)) > 10
    for block in blocks:
        assert "==" in block.splitlines()[0]
        assert "--hash=sha256:" in block
    assert "://" not in "".join(line for line in text.splitlines() if not line.startswith("#"))


def test_the_front_end_is_pinned_with_hashes() -> None:
    packages = json.loads((PROJECT / "frontend" / "package-lock.json").read_text())["packages"]
    for name, one in packages.items():
        if name:
            assert one["integrity"].startswith("sha512-"), name


def answering(script: ModuleType, monkeypatch: pytest.MonkeyPatch, uv: str, npm: str) -> None:
    """Let the two tools answer so."""

    def run(command: list[str], _: object) -> subprocess.CompletedProcess[str]:
        text = npm if command[0] == "npm" else uv
        if "lock" in command:
            text = ""
        return subprocess.CompletedProcess(command, 0, text, "error: no such host")

    monkeypatch.setattr(script, "_run", run)


NOTHING_UV = '{"vulnerabilities": []}'
NOTHING_NPM = '{"vulnerabilities": {}}'
FOUND_UV = json.dumps(
    {
        "vulnerabilities": [
            {"dependency": {"name": "django", "version": "1"}, "id": "X-1", "fix_versions": ["2"]}
        ]
    }
)
VIA = {"range": "<2", "url": "https://advisories.example/GHSA-1", "title": "Bad"}
FOUND_NPM = json.dumps({"vulnerabilities": {"htmx.org": {"via": [VIA, "another"]}}})


def test_nothing_known_is_well_and_not_asked_again_that_day(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(script, monkeypatch, NOTHING_UV, NOTHING_NPM)
    assert script.main() == 0
    answering(script, monkeypatch, FOUND_UV, NOTHING_NPM)
    assert script.main() == 0
    monkeypatch.setenv("CALLMARK_AUDIT_REQUIRED", "1")
    assert script.main() == 1


@pytest.mark.parametrize(("uv", "npm"), [(FOUND_UV, NOTHING_NPM), (NOTHING_UV, FOUND_NPM)])
def test_a_known_vulnerability_fails(
    script: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    uv: str,
    npm: str,
) -> None:
    answering(script, monkeypatch, uv, npm)
    assert script.main() == 1
    assert "VULNERABLE" in capsys.readouterr().out


def test_an_exception_with_a_reason_does_not(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ignored = tmp_path / "ignored"
    ignored.write_text("GHSA-1  # only in a part we do not use\n")
    monkeypatch.setattr(script, "IGNORED", ignored)
    answering(script, monkeypatch, NOTHING_UV, FOUND_NPM)
    assert script.main() == 0


def test_an_audit_that_cannot_be_made_is_said_and_fails_only_on_demand(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(script, monkeypatch, "", NOTHING_NPM)
    assert script.main() == 0
    assert "NOT AUDITED" in capsys.readouterr().err
    assert not script.STAMP.exists()
    monkeypatch.setenv("CALLMARK_AUDIT_REQUIRED", "1")
    assert script.main() == 1


def test_reasons_are_given_for_every_exception(script: ModuleType) -> None:
    for line in script.IGNORED.read_text().splitlines():
        assert not line or "#" in line
