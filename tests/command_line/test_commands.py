"""The command line as its users type it, in a process of its own with its own data folder."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from callmark.cli import MODULES, every_command
from callmark.cli.commands import Command, Group
from tests.installations import copied


class CommandLine:
    """Runs ``callmark`` commands against one data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.environment = os.environ | {
            "CALLMARK_DATA_DIR": str(data),
            "DJANGO_SETTINGS_MODULE": "callmark.settings",
            "CALLMARK_DATABASE_URL": "",
        }

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "callmark", *arguments],
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def json(self, *arguments: str, stdin: str = "") -> list[dict[str, Any]]:
        """Run a command that prints an object a line."""
        done = self.run(*arguments, "--json", stdin=stdin)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def demo(with_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A new installation with the demo accounts."""
    return CommandLine(copied(with_demo, tmp_path_factory.mktemp("data")))


def test_many_numbers_are_classified_an_object_a_line(demo: CommandLine) -> None:
    found = demo.json("classify", "9911", "9011442079460000", "--country", "US", "--prefix", "9")
    assert [one["call_type"] for one in found] == ["emergency", "international"]
    assert found[1]["e164"] == "+442079460000"
    assert found[1]["why"]


def test_numbers_can_come_from_standard_input(demo: CommandLine) -> None:
    found = demo.json("classify", "-", "--country", "GB", stdin="999\n118500\n*67\n")
    assert [one["dialed"] for one in found] == ["999", "118500", "*67"]


def test_a_switchs_check_is_kept_for_the_operators_page(demo: CommandLine) -> None:
    finding = {"kind": "leak", "where": "logger.conf", "what": "digits are logged", "do": "Stop it"}
    line = json.dumps({"looked_at": "Asterisk", "well": False, "findings": [finding]})
    done = demo.run("switch", "report", "main", stdin=f"{line}\n")
    assert done.stdout.strip() == "1 finding of main kept", done.stderr
    assert "send what" in demo.run("switch", "report", "main", stdin="ok: all well\n").stderr


def test_a_country_that_is_none_is_refused_with_what_to_do(demo: CommandLine) -> None:
    done = demo.run("classify", "911", "--country", "XX")
    assert done.returncode == 2
    assert "two-letter" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_simulated_call_prints_its_steps_and_a_last_line_with_the_outcome(
    demo: CommandLine,
) -> None:
    call = ["simulate", "--account", "demo", "--user", "101", "--dial", "9011442079460000"]
    steps = demo.json(*call, "--digits", "9999", "--digits", "1234")
    assert [step["prompt"] for step in steps if step["step"] == "prompt"] == [
        "enter_code",
        "invalid_entry",
        "splash",
    ]
    assert steps[-1]["outcome"] == "connected"
    assert steps[-1]["call_type"] == "international"
    assert steps[-1]["account_code"] == "1234"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--account", "nobody", "--user", "101"], "Accounts: demo, school"),
        (["--account", "demo", "--user", "999"], "give an extension"),
    ],
)
def test_unknown_names_are_answered_with_what_there_is(
    demo: CommandLine, arguments: list[str], message: str
) -> None:
    done = demo.run("simulate", *arguments, "--dial", "911")
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demo_is_made_once_only(demo: CommandLine) -> None:
    done = demo.run("demo")
    assert done.returncode == 2
    assert "not empty" in done.stderr


def test_more_calls_for_the_demo(demo: CommandLine) -> None:
    done = demo.run("demo", "--calls", "20")
    assert done.returncode == 0, done.stderr
    assert re.search(r"added (1|2)\d calls to the demo", done.stdout)


def test_an_operator_adds_an_account_a_person_and_an_extension(demo: CommandLine) -> None:
    assert demo.run("add", "account", "acme", "--name", "Acme", "--country", "DE").returncode == 0
    assert demo.run("add", "person", "Anna", "--account", "acme").returncode == 0
    extension = ["add", "extension", "11", "--account", "acme", "--user", "Anna"]
    assert demo.run(*extension, "--endpoint", "acme-11").returncode == 0
    again = demo.run(*extension, "--endpoint", "acme-12")
    assert again.returncode == 2
    assert "already in use" in again.stderr


def test_an_operator_deletes_who_leaves(demo: CommandLine) -> None:
    demo.run("add", "account", "leaving", "--name", "Leaving")
    demo.run("add", "person", "Lea", "--account", "leaving")
    lea = ["delete", "person", "lea", "--account", "leaving"]
    assert demo.run(*lea, stdin="n\n").returncode == 1
    asked = demo.run(*lea, stdin="y\n")
    assert asked.returncode == 0
    assert "Delete Lea (of leaving) for good?" in asked.stdout
    again = demo.run(*lea, "--yes")
    assert again.returncode == 2
    assert "there is no user 'lea'" in again.stderr
    assert "no operator 'lea'" in demo.run("delete", "person", "lea", "--yes").stderr
    demo.run("add", "person", "Oda", "--role", "operator")
    assert demo.run("delete", "person", "Oda", "--yes").stdout == "deleted Oda\n"


def test_without_a_database_the_message_says_what_to_do(tmp_path: Path) -> None:
    done = CommandLine(tmp_path).run("simulate", "--account", "a", "--user", "b", "--dial", "911")
    assert done.returncode == 2
    assert "migrate" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_sip_trunk_is_added_by_its_endpoint(demo: CommandLine) -> None:
    add = ("add", "trunk", "Old PBX", "--account", "demo", "--endpoint")
    done = demo.run(*add, "demo-pbx")
    assert (done.returncode, done.stdout) == (0, "added trunk Old PBX\n")
    again = demo.run(*add, "demo-101")
    assert again.returncode == 2
    assert "already belongs to a user" in again.stderr
    simulated = ("simulate", "--account", "demo", "--user")
    assert demo.run(*simulated, "Old PBX", "--dial", "2125550100").returncode == 0
    assert "there is no user ''" in demo.run(*simulated, "", "--dial", "2125550100").stderr


def test_the_switchs_own_numbers_are_set_all_at_once(demo: CommandLine) -> None:
    done = demo.run("set", "own-numbers", "demo", "600", "*97", "_7XX")
    assert (done.returncode, done.stdout) == (0, "own numbers of demo: 600, *97, _7XX\n")
    refused = demo.run("set", "own-numbers", "demo", "600", "_X.")
    assert refused.returncode == 2
    assert "own_numbers: '_X.' is too wide" in refused.stderr
    assert demo.run("set", "own-numbers", "demo").stdout.endswith("none\n")


def test_records_that_were_set_aside_are_told_and_tried_again(demo: CommandLine) -> None:
    assert demo.run("records").stdout == "0 wait for the database\n0 set aside\n"
    spool = demo.data / "spool"
    spool.mkdir(exist_ok=True)
    (spool / "rejected.jsonl").write_text("no record\n")
    told = demo.run("records").stdout
    assert "1 set aside" in told
    assert "callmark records --replay" in told
    assert demo.run("records", "--replay").stdout == "0 stored, 1 still set aside\n"
    assert " UTC\n" in demo.run("records").stdout
    (spool / "rejected.jsonl").unlink()


def test_a_machine_is_forgotten_and_a_wrong_name_told(demo: CommandLine) -> None:
    assert demo.run("switch", "list").stdout == "main: no machine yet\n"
    done = demo.run("switch", "forget-machine", "main")
    assert done.stdout == "the next machine that calls itself main has the name\n"
    wrong = demo.run("switch", "forget-machine", "mian")
    assert (wrong.returncode, "Switches: main" in wrong.stderr) == (2, True)


def modules_loaded_by(*arguments: str, environment: Mapping[str, str] = os.environ) -> set[str]:
    """What a command has imported when it ends."""
    code = (
        "import atexit, sys; from callmark.cli import main;"
        "atexit.register(lambda: print(*sorted(sys.modules), file=sys.stderr)); main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    return set(done.stderr.split())


def test_a_number_is_classified_without_loading_the_rest() -> None:
    loaded = modules_loaded_by("classify", "9911", "--country", "US", "--prefix", "9")
    assert "phonenumbers" in loaded
    assert loaded & {"django", "asyncio", "pydantic", "cryptography", "sqlite3"} == set()


def test_the_relay_is_ready_without_loading_the_rest() -> None:
    loaded = modules_loaded_by("relay", "--help")
    assert loaded & {"django", "pydantic", "cryptography", "phonenumbers"} == set()


def test_what_needs_the_database_does_without_the_schemas_of_the_api() -> None:
    loaded = modules_loaded_by("manage", "version")
    assert "django" in loaded
    assert loaded & {"ninja", "pydantic"} == set()


def test_a_call_is_simulated_without_loading_what_serves_pages(demo: CommandLine) -> None:
    call = ("simulate", "--account", "demo", "--user", "101", "--dial", "2125550100")
    loaded = modules_loaded_by(*call, environment=demo.environment)
    assert "django.db.models" in loaded
    kept_out = {"pydantic", "allauth", "django.forms.fields", "django.template.base", "django.http"}
    assert loaded & kept_out == set()
    assert loaded & {"asyncio.events", "fractions", "selectors"} == set()


def test_what_is_loaded_later_is_loaded_when_it_is_asked() -> None:
    code = (
        "from callmark.cli.later import load_later; load_later('asyncio', 'phonenumbers',"
        "'statistics'); from statistics import pstdev; from asyncio import get_running_loop, run\n"
        "from phonenumbers import PhoneMetadata, format_number, parse\n"
        "try: get_running_loop()\nexcept RuntimeError: print('none', end=' ')\n"
        "async def one(): return get_running_loop().is_running()\n"
        "assert PhoneMetadata.short_metadata_for_region('GB')\n"
        "print(pstdev([1, 3]), run(one()), format_number(parse('+442079460000'), 0))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["none", "1.0", "True", "+442079460000"]


def module_of(entry: Command | Group) -> str:
    """Where a command, or the first of a group, is defined."""
    while isinstance(entry, Group):
        entry = next(iter(entry.commands.values()))
    return entry.function.__module__.rpartition(".")[2]


def test_every_command_is_found_in_the_module_that_is_loaded_for_it() -> None:
    entries = every_command().commands
    listed = {word: module for module, words in MODULES.items() for word in words}
    assert {word: module_of(entry) for word, entry in entries.items()} == listed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["clasify", "911"], "there is no command 'clasify': 'callmark --help' lists them"),
        (["add", "nobody"], "there is no command 'nobody': 'callmark add --help' lists them"),
        (["classify", "911"], "required: --country"),
        (["classify", "911", "--countr", "US"], "required: --country"),
        (["demo", "--calls", "-1"], "'-1' is not a number from 0"),
    ],
)
def test_what_is_mistyped_is_said(demo: CommandLine, arguments: list[str], message: str) -> None:
    done = demo.run(*arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_options_may_stand_anywhere(demo: CommandLine) -> None:
    found = demo.json("classify", "--country", "US", "9911", "--prefix", "9", "0")
    assert [one["dialed"] for one in found] == ["9911", "0"]


def test_who_has_seen_enough_need_not_read_on(demo: CommandLine) -> None:
    many = "911\n" * 20_000
    shell = f"{sys.executable} -m callmark classify - --country US | head -n 1"
    done = subprocess.run(
        ["bash", "-c", shell], input=many, capture_output=True, text=True, timeout=240, check=True
    )
    assert done.stdout.startswith("911: emergency")
    assert "Traceback" not in done.stderr
