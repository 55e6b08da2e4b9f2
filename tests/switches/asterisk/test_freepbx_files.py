"""``callmark asterisk config --freepbx`` and ``check`` on a FreePBX's configuration folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from callmark.switches.alone.account import AccountDialplan
from callmark.switches.asterisk.check import check_configuration
from callmark.switches.asterisk.freepbx import GENERATED, read_freepbx, where, write_freepbx
from tests.installations import copied

STOCK = {
    "extensions.conf": "#include extensions_override_freepbx.conf\n"
    "#include extensions_additional.conf\n#include extensions_custom.conf\n"
    "[from-internal]\ninclude => from-internal-xfer\n"
    "[macro-dialout-one-predial-hook]\nexten => s,1,return()\n",
    "extensions_override_freepbx.conf": "",
    "extensions_custom.conf": "[from-internal-custom]\nexten => 555,1,NoOp()\n",
    "extensions_additional.conf": """
[outbound-allroutes]
include => outbound-allroutes-custom
include => outrt-1 ; abroad
exten => foo,1,Noop(bar)
[outrt-1]
include => outrt-1-custom
exten => _9.,1,Gosub(macro-user-callerid,s,1(LIMIT,EXTERNAL,))
exten => _9.,n,Gosub(macro-dialout-trunk,s,1(1,${EXTEN:1},,off))
exten => _*67NXXNXXXXXX,1,Gosub(macro-user-callerid,s,1(LIMIT,EXTERNAL,))
exten => _*67NXXNXXXXXX/201,n,Dial(PJSIP/${EXTEN}@trunk)
[ext-local]
exten => 201,1,Set(__RINGTIMER=15)
[ext-group]
exten => 600,1,Gosub(macro-user-callerid,s,1())
exten => h,1,Gosub(macro-hangupcall,s,1())
[ext-queues]
exten => 400,1,NoOp()
exten => 400*,1,NoOp()
[ext-meetme]
exten => 8000,1,NoOp()
exten => STARTMEETME,1,NoOp()
[parkedcalls]
exten => _7X,1,NoOp()
[app-cf-on]
exten => *72,1,NoOp()
exten => _*72.,1,Dial(PJSIP/${EXTEN}@nowhere)
[app-blackhole]
exten => hangup,1,Hangup
""",
    "features.conf": "[general]\n#include features_general_custom.conf\n[applicationmap]\n"
    "#include features_applicationmap_additional.conf\n"
    "#include features_applicationmap_custom.conf\n"
    "[featuremap]\n#include features_featuremap_additional.conf\n",
    "features_applicationmap_additional.conf": "apprecord=*1,caller,Macro,one-touch-record\n",
    "features_featuremap_additional.conf": "blindxfer=##\natxfer=*2\ndisconnect=**\n",
    "pjsip.conf": "#include pjsip.endpoint.conf\n#include pjsip.endpoint_custom_post.conf\n"
    "#include pjsip.aor.conf\n",
    "pjsip.endpoint.conf": "[201]\ntype=endpoint\nauth=201-auth\n",
    "pjsip.aor.conf": "[201]\ntype=aor\n",
    "cdr.conf": "[general]\n#include cdr_general_custom.conf\n",
    "cdr_general_custom.conf": "unanswered=yes\n",
}


class Installation:
    """A data folder of Callmark with one account, beside a FreePBX's configuration."""

    def __init__(self, folder: Path) -> None:
        self.etc, self.data, self.spool = folder / "etc", folder / "data", folder / "spool"
        self.etc.mkdir()
        for name, text in STOCK.items():
            (self.etc / name).write_text(text)
        self._environment = {
            **os.environ,
            "CALLMARK_DATA_DIR": str(self.data),
            "CALLMARK_DATABASE_URL": "",
            "CALLMARK_ASTERISK_SPOOL": str(self.spool),
            "DJANGO_SETTINGS_MODULE": "callmark.settings",
        }

    def run(self, *arguments: str, expect: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "callmark", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout + done.stderr

    def config(self) -> str:
        return self.run("asterisk", "config", "--freepbx", "--etc", str(self.etc))

    def include(self) -> str:
        """Do what the command says, line by line; returns what it said."""
        said = self.config()
        lines = said.splitlines()
        for position, line in enumerate(lines):
            if "#tryinclude" in line and lines[position - 1].strip().startswith("/"):
                with Path(lines[position - 1].strip().rstrip(":")).open("a") as file:
                    file.write(line.strip() + "\n")
        return said

    def problems(self) -> list[str]:
        return [
            str(one)
            for one in check_configuration(self.etc)
            if "secret" not in one.where or "no such file" not in one.what
        ]


@pytest.fixture(scope="module")
def prepared(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Made once: commands take longer than what is tested here."""
    made = Installation(tmp_path_factory.mktemp("freepbx"))
    copied(migrated, made.data)
    made.run("add", "account", "acme-law", "--name", "Acme Law")
    made.run("add", "person", "Ben", "--account", "acme-law")
    who = ("--account", "acme-law", "--user", "Ben")
    made.run("add", "extension", "201", *who, "--endpoint", "201")
    return made


def test_an_operator_who_follows_it_has_nothing_to_report_and_one_command_undoes_it(
    prepared: Installation,
) -> None:
    """What FreePBX answers itself is on the account's list of own numbers then."""
    before = prepared.problems()
    assert len([one for one in before if "is not included" in one]) == 3
    assert "acme-law:\n  600, 400, 400*, 8000, _7X, *72, _*72.\n" in prepared.include()
    assert prepared.problems() == []

    said = prepared.run("asterisk", "remove", str(prepared.etc / "callmark"))
    assert "dialplan reload" in said
    assert not list((prepared.etc / "callmark").iterdir())
    assert len([one for one in prepared.problems() if "is not included" in one]) == 3

    assert "own numbers" not in prepared.config()
    assert prepared.problems() == []
    (prepared.etc / "callmark" / "extensions_callmark.conf").unlink()
    (problem,) = prepared.problems()
    assert "without being asked" in problem


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a folder in Asterisk's spool")
def test_the_folder_for_the_ends_of_calls_is_made_or_the_command_says_what_is_without_it(
    prepared: Installation, tmp_path: Path
) -> None:
    write = ("asterisk", "config", "--write", str(tmp_path))
    prepared.spool.mkdir()
    assert "made " in prepared.run(*write)
    (folder,) = (prepared.spool / "callmark").iterdir()
    folder.rmdir()
    folder.write_text("somebody's own")
    assert "reports the end of each call by a connection" in prepared.run(*write)


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    for name, text in STOCK.items():
        (tmp_path / name).write_text(text)
    return tmp_path


ACME = AccountDialplan("acme-law", "US", extensions=("201",))


def hooks(etc: Path, *, inside: bool = False) -> str:
    """The dialplan that is written for what is in ``etc``."""
    system = read_freepbx(etc)
    assert system is not None
    write_freepbx(etc / "callmark", etc, ACME, ["201"], system, inside=inside)
    return (etc / "callmark" / "freepbx_extensions.conf").read_text()


def test_routes_that_begin_with_a_star_are_hooked_as_well(etc: Path) -> None:
    (etc / GENERATED).write_text(
        STOCK[GENERATED].replace("[ext-local]", "exten => _.,1,NoOp()\n[ext-local]")
    )
    text = hooks(etc)
    for pattern in ("_[+0-9]!", "_*67NXXNXXXXXX", "_."):
        assert f"exten => {pattern},1,Gosub(" in text
    assert "exten => _9." not in text


def test_routes_that_a_call_reaches_past_the_hook_are_reported(etc: Path) -> None:
    hooks(etc)
    (etc / "extensions_custom.conf").write_text("#tryinclude callmark/freepbx_extensions.conf\n")
    assert not [one for one in check_configuration(etc) if "not asked for a code" in one.what]
    with (etc / GENERATED).open("a") as file:
        file.write("[outrt-2]\nexten => _#9X.,1,NoOp()\n[cust-reception]\ninclude => outrt-2\n")
    newer, past = (one for one in check_configuration(etc) if "not asked for a code" in one.what)
    assert "_#9X." in newer.what
    assert "[cust-reception]" in past.what


def test_calls_between_extensions_are_hooked_only_where_they_ask(etc: Path) -> None:
    assert "[from-internal-custom]" not in hooks(etc)
    assert "[from-internal-custom]" in hooks(etc, inside=True)


def test_a_hook_that_is_in_use_is_left_alone_and_said(etc: Path) -> None:
    (etc / "extensions_custom.conf").write_text(
        "[macro-dialout-one-predial-hook]\nexten => s,1,NoOp(mine)\nexten => s,n,Return()\n"
    )
    assert "[macro-dialout-one" not in hooks(etc)
    system = read_freepbx(etc)
    assert system is not None
    said = "\n".join(where(etc / "callmark", etc, ACME, system))
    assert "[macro-dialout-one-predial-hook] has lines of your own" in said
    line = "GosubIf(${DIALPLAN_EXISTS(callmark-acme-law,s,1)}?callmark-freepbx.rings,s,1)"
    assert line in said

    (etc / "extensions_custom.conf").write_text(
        f"[macro-dialout-one-predial-hook]\nexten => s,1,{line}\nexten => s,n,NoOp(mine)\n"
    )
    assert "[macro-dialout-one" not in hooks(etc)


def test_versions_15_and_16_run_macros(etc: Path) -> None:
    assert "Macro" not in hooks(etc).replace("macro-", "")
    generated = (etc / GENERATED).read_text()
    older = re.sub(
        r"Gosub\(macro-user-callerid,s,1\((.*)\)\)", r"Macro(user-callerid,\1)", generated
    )
    (etc / GENERATED).write_text(older)
    text = hooks(etc)
    assert "?Macro(user-callerid,LIMIT,EXTERNAL,))" in text
    assert text.count(" same => n,MacroExit()") == 4


def test_contexts_that_freepbx_does_not_include_are_reported(etc: Path) -> None:
    assert not [one for one in check_configuration(etc) if "Disable -custom" in one.do]
    text = STOCK[GENERATED].replace("include => outbound-allroutes-custom\n", "")
    (etc / GENERATED).write_text(text)
    assert [one for one in check_configuration(etc) if "Disable -custom" in one.do]


def test_a_folder_without_a_freepbx_is_refused(prepared: Installation, tmp_path: Path) -> None:
    assert read_freepbx(tmp_path) is None
    said = prepared.run("asterisk", "config", "--freepbx", "--etc", str(tmp_path), expect=2)
    assert "copy its /etc/asterisk" in said
