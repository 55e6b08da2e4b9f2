"""``callmark-client``: made from our document, installed as a package, used over real HTTP."""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from callmark.accounts.models import Account
from callmark.calls.models import Call
from callmark.codes.models import AccountCode, AccountCodeSettings
from tests.api.programs import document, program_of
from tests.cast import LawFirm, make_law_firm
from tests.installations import once_for_all_workers
from tests.rows import every

ROOT = Path(__file__).parents[2]
VENV = ROOT / ".venv"
STORY = Path(__file__).with_name("story.py")
DOCUMENTED = ROOT / "docs" / "api.md"

# One database is enough: what is behind the API has its own tests on both.
pytestmark = pytest.mark.sqlite


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    return subprocess.run(
        [str(part) for part in command],
        env=os.environ | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@dataclass(frozen=True, slots=True)
class Installed:
    """The client, as somebody has it who made and installed it."""

    folder: Path

    @property
    def said(self) -> str:
        """What was said while it was made."""
        return (self.folder.parent / "said").read_text()

    @property
    def package(self) -> Path:
        """The Python package."""
        return self.folder / "callmark_client"

    def python(self, program: Path, **environment: str) -> str:
        """What a program that uses it prints."""
        done = run(VENV / "client/bin/python", program, PYTHONPATH=str(self.folder), **environment)
        assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]
        return done.stdout


@pytest.fixture(scope="module")
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Made by the same script as ``make client``, built as a wheel and installed from it."""

    def make(folder: Path) -> None:
        made = run(ROOT / "scripts/make-client", folder / "source")
        assert made.returncode == 0, made.stdout + made.stderr
        (folder / "said").write_text(made.stdout + made.stderr)
        target = ("--python", VENV / "client/bin/python", "--target", folder / "installed")
        # The build backend is in the generator's environment: nothing is downloaded.
        options = ("--quiet", "--offline", "--no-deps", "--no-build-isolation")
        done = run(VENV / "bin/uv", "pip", "install", *options, *target, folder / "source")
        assert done.returncode == 0, done.stderr

    return Installed(once_for_all_workers(request, tmp_path_factory, "client", make) / "installed")


def operations() -> set[str]:
    """The operation ids of the document."""
    return {
        about["operationId"] for path in document()["paths"].values() for about in path.values()
    }


def test_nothing_is_left_out(client: Installed) -> None:
    assert "arning" not in client.said
    assert "kipping" not in client.said
    made = [path.stem for path in client.package.glob("api/*/*.py") if path.stem != "__init__"]
    assert sorted(made) == sorted(operations())


def test_every_schema_is_a_class(client: Installed) -> None:
    names = set(document()["components"]["schemas"])
    models = (client.package / "models/__init__.py").read_text()
    assert names <= set(re.findall(r'"(\w+)"', models))


def test_every_operation_knows_problems(client: Installed) -> None:
    for path in client.package.glob("api/*/*.py"):
        if path.stem != "__init__":
            assert "Problem.from_dict(response.json())" in path.read_text(), path


@pytest.fixture
def snippet(tmp_path: Path) -> Path:
    """The program in the documentation."""
    (text,) = re.findall(r"^```python\n(.*?)^```", DOCUMENTED.read_text(), re.DOTALL | re.MULTILINE)
    program = tmp_path / "snippet.py"
    program.write_text(text)
    return program


def test_programs_that_use_it_are_checked_for_types(
    client: Installed, snippet: Path, tmp_path: Path
) -> None:
    def check(*programs: Path) -> subprocess.CompletedProcess[str]:
        return run(
            VENV / "bin/mypy",
            *("--strict", "--follow-imports=silent", "--config-file="),
            *("--python-executable", VENV / "client/bin/python"),
            *("--cache-dir", tmp_path / "cache"),
            *programs,
            MYPYPATH=str(client.folder),
        )

    checked = check(STORY, snippet)
    assert checked.returncode == 0, checked.stdout
    wrong = tmp_path / "wrong.py"
    wrong.write_text(snippet.read_text().replace("max_retries=4", 'max_retries="4"'))
    assert 'incompatible type "str"' in check(wrong).stdout


@pytest.mark.django_db(transaction=True)
def test_the_main_story(client: Installed, live_server: LiveServer) -> None:
    firm = LawFirm()
    token, ben = program_of(firm.olivia).secret, firm.ben
    printed = client.python(STORY, CALLMARK_URL=live_server.url, CALLMARK_TOKEN=token)
    told: dict[str, Any] = json.loads(printed)
    assert told == {
        "me": ["Olivia", "administrator"],
        "users": [[ben.name, ["101"]], ["Olivia", []]],
        "allowed_at_first": False,
        "same_code_twice": True,
        "imported": 1,
        "problems_of_the_same_again": [[2, "code", "This code is already in use on the account."]],
        "exported": [
            "name,code,active",
            "Estate of Whitlock,0417,inactive",
            "Harper v. Castellan,1234,active",
            "Nordby Shipping,5521,active",
        ],
        "max_retries": 4,
        "allowed": True,
        "late": [412, "stale_version"],
        "actions": ["collect", "collect", "connect"],
        "prompts": ["enter_code", "invalid_entry"],
        "seconds": 250,
        "tagged": ["5521", "Nordby Shipping"],
        "attempts": ["unknown_code", "accepted"],
        "listed": [True],
        "bad": [422, "refused", "code", "Enter exactly 4 digits (0-9)."],
        "foreign": 404,
        "stranger": 401,
    }
    assert every(Call).get(account=firm.account).account_code_name == "Nordby Shipping"
    assert every(AccountCode).filter(account=firm.account).count() == 3
    assert every(AccountCodeSettings).get(account=firm.account).max_retries == 4


@pytest.mark.django_db(transaction=True)
def test_the_program_in_the_documentation(
    client: Installed, live_server: LiveServer, snippet: Path
) -> None:
    firm = make_law_firm()
    token = program_of(firm.olivia).secret
    for times, code in enumerate(("added", "already in use")):
        printed = client.python(snippet, CALLMARK_URL=live_server.url, CALLMARK_TOKEN=token)
        assert "Ben: 101" in printed, times
        assert code in printed
    settings = every(AccountCodeSettings).get(account=Account.objects.get())
    assert settings.max_retries == 4
    assert settings.rules.premium
