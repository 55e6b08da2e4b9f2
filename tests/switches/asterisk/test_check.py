"""``callmark asterisk check`` on configurations as operators have them."""

from pathlib import Path

import pytest

from callmark.policy.prompts import PromptLanguage
from callmark.switches.alone.account import AccountDialplan
from callmark.switches.alone.findings import Finding
from callmark.switches.asterisk.access import SECRET_FILE, write_secret
from callmark.switches.asterisk.check import check_configuration
from callmark.switches.asterisk.dialplan import write_configuration
from callmark.switches.asterisk.freepbx import GENERATED
from callmark.switches.asterisk.sounds import install_prompts, missing_prompts
from callmark.switches.asterisk.written import out_of_date

from .harness.world import REPOSITORY

GOOD = {
    "extensions.conf": '#include "callmark/extensions_callmark.conf"\n[from-acme]\n'
    "exten => _X.,1,Gosub(callmark-acme,s,1(${EXTEN}))\n"
    " same => n,Dial(PJSIP/${CALLMARK_NUMBER}@out,,${CALLMARK_DIAL_OPTIONS})\n"
    "exten => _NXXXXXX,1,Dial(PJSIP/${EXTEN}@out,30,tT)\n",
    "features.conf": '[general]\n#include "callmark/features_callmark.conf"\n',
    "modules.conf": "[modules]\nautoload=yes\nnoload => chan_iax2.so\n",
    "logger.conf": "[logfiles]\nconsole => notice,warning,error\nfull.log => notice,verbose(3)\n",
    "cdr.conf": "[general]\nunanswered=yes\n[csv]\n"
    "loguniqueid=yes\nloguserfield=yes\nnewcdrcolumns=yes\nusegmtime=yes\n",
    "cel.conf": "[general]\nenable=no\nevents=ALL\n",
    "manager.conf": "[general]\nenabled=yes\nbindaddr=127.0.0.1\n[ui]\nread=call,cdr\n",
    "pjsip.conf": "[phone](!)\ntype=endpoint\n[acme-101](phone)\nauth=acme-101\n"
    "[acme-101]\ntype=auth\n[trunk]\ntype=endpoint\n[trunk]\ntype=identify\nendpoint=trunk\n",
}


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    for name, text in GOOD.items():
        (tmp_path / name).write_text(text)
    write_configuration(tmp_path / "callmark", [AccountDialplan("acme", "US")])
    write_secret(tmp_path / "callmark", "a-secret-of-the-tests")
    return tmp_path


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, findings
    return findings[0]


def test_a_good_configuration_has_no_findings(etc: Path) -> None:
    assert check_configuration(etc) == []


def test_another_separator_between_number_and_code_makes_the_dialplan_old(etc: Path) -> None:
    assert not list(out_of_date(etc, lambda _switch: [AccountDialplan("acme", "US")]))
    now = AccountDialplan("acme", "US", separator="**")
    assert (
        "other accounts, extensions or settings"
        in only(list(out_of_date(etc, lambda _switch: [now]))).what
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("logger.conf", "[logfiles]\nfull.log => notice,dtmf\n"),
        ("logger.conf", "[logfiles]\nfull.log => [json]*\n"),
        ("logger.conf", "[logfiles]\nfull.log => verbose(3),debug(1)\n"),
        ("cli.conf", "[startup_commands]\nagi set debug on = yes\n"),
        ("asterisk.conf", "[options]\ndebug = 3\n"),
        ("cel.conf", "[general]\nenable=yes\nevents=CHAN_START,DTMF\n"),
        ("cel.conf", "[general]\nenable=yes\nevents=ALL\n"),
        ("manager.conf", "[general]\nenabled=yes\nbindaddr=127.0.0.1\n[ui]\nread=call,dtmf\n"),
        ("manager.conf", "[general]\nenabled=yes\nbindaddr=127.0.0.1\n[ui]\nread = all\n"),
    ],
)
def test_what_writes_digits_is_reported_as_a_leak(etc: Path, name: str, text: str) -> None:
    (etc / name).write_text(text)
    finding = only(check_configuration(etc))
    assert finding.leak
    assert name in finding.where
    assert str(finding).startswith("LEAK: ")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("extensions.conf", GOOD["extensions.conf"].split("\n", 1)[1], "not included"),
        ("extensions.conf", GOOD["extensions.conf"].split("\n", 1)[0], "nothing calls"),
        ("extensions.conf", ";" + GOOD["extensions.conf"], "not included"),
        ("features.conf", "", "star code"),
        ("cdr.conf", "[general]\nunanswered=yes\n[csv]\nusegmtime=yes\n", "added to the history"),
        ("cdr.conf", GOOD["cdr.conf"].replace("unanswered=yes", ""), "leave no trace"),
        ("modules.conf", "[modules]\nautoload=yes\nnoload = res_agi.so\n", "asks the gate"),
        ("manager.conf", "[general]\nenabled=yes\nbindaddr=0.0.0.0\n", "from the network"),
        ("manager.conf", "[general]\nenabled=yes\n", "from the network"),
        ("pjsip.conf", "[acme-101]\ntype=endpoint\n", "calls as its user"),
    ],
)
def test_what_does_not_work_or_is_not_safe_is_reported(
    etc: Path, name: str, text: str, says: str
) -> None:
    (etc / name).write_text(text)
    finding = only(check_configuration(etc))
    assert says in finding.what
    assert finding.do
    assert not finding.leak


@pytest.mark.parametrize(
    "line",
    [
        "exten => _X.,1,Dial(PJSIP/${EXTEN}@out)",
        "exten => _9X!,1,Dial(PJSIP/${EXTEN:1}@out,30,tT)",
        "exten => _.,1,NoOp()\n same => n,dial(Local/${EXTEN}@else/n)",
        "exten => _X.,1,ExecIf($[1]?Dial(PJSIP/${EXTEN}@out))",
    ],
)
def test_what_a_phone_sent_must_not_be_dialed_as_it_is(etc: Path, line: str) -> None:
    file = etc / "extensions.conf"
    file.write_text(f"{GOOD['extensions.conf']}[else]\n{line}\n")
    finding = only(check_configuration(etc))
    assert "[else] dials ${EXTEN}" in finding.what
    assert finding.where.startswith(f"{file}:")


@pytest.mark.parametrize(
    "line",
    [
        "exten => _NXXXXXX,1,Dial(PJSIP/${EXTEN}@out)",
        "exten => 101,1,Dial(PJSIP/${EXTEN})",
        "exten => _X.,1,Dial(PJSIP/${FILTER(0-9,${EXTEN})}@out)",
        "exten => _X.,1,NoOp(${EXTEN})\n same => n,Dial(PJSIP/101)",
    ],
)
def test_digits_alone_may_be(etc: Path, line: str) -> None:
    (etc / "extensions.conf").write_text(f"{GOOD['extensions.conf']}[else]\n{line}\n")
    assert check_configuration(etc) == []


@pytest.mark.parametrize(
    ("features", "code"),
    [
        ("[featuremap]\natxfer => *5\n", "*5"),
        ("[featuremap]\ndisconnect = *\n", "*"),
        ("[featuremap]\nautomixmon = *50\n", "*50"),
        ("[applicationmap]\nrecord => *5,self,MixMonitor(x.wav)\n", "*5"),
    ],
)
def test_a_code_that_swallows_ours_is_reported(etc: Path, features: str, code: str) -> None:
    (etc / "features.conf").write_text(GOOD["features.conf"] + features)
    finding = only(check_configuration(etc))
    assert f"the feature code {code} fires first when somebody dials *50" in finding.what


def test_others_beside_it_are_not(etc: Path) -> None:
    others = "[featuremap]\nblindxfer => #1\natxfer => *2\ndisconnect => *0\nparkcall => *52\n"
    (etc / "features.conf").write_text(GOOD["features.conf"] + others)
    assert check_configuration(etc) == []


def test_where_dial_lets_people_hang_up_by_key_that_key_counts(etc: Path) -> None:
    dialplan = GOOD["extensions.conf"] + "exten => 7,1,Dial(PJSIP/7,30,b(x^s^1)tH)\n"
    (etc / "extensions.conf").write_text(dialplan)
    assert "the feature code * fires first" in only(check_configuration(etc)).what
    (etc / "features.conf").write_text(GOOD["features.conf"] + "[featuremap]\ndisconnect = *0\n")
    assert check_configuration(etc) == []


def test_freepbx_has_the_star_code_in_a_file_of_its_own(etc: Path) -> None:
    ours = (etc / "callmark" / "features_callmark.conf").read_text()
    lines = [line for line in ours.splitlines() if "=>" in line]
    (etc / "features_applicationmap_custom.conf").write_text("\n".join(lines) + "\n")
    (etc / "features.conf").write_text(
        "[general]\n[applicationmap]\n#include features_applicationmap_custom.conf\n"
    )
    assert check_configuration(etc) == []


def test_a_secret_that_asterisk_cannot_read_is_reported(etc: Path) -> None:
    secret = etc / "callmark" / SECRET_FILE
    (etc / "asterisk.conf").write_text("[options]\nrunuser = nobody\nrungroup = nogroup\n")
    secret.chmod(0o640)
    assert "may not read it" in only(check_configuration(etc)).what
    secret.chmod(0o644)
    assert check_configuration(etc) == []
    secret.write_text("")
    assert "finds no secret" in only(check_configuration(etc)).what
    secret.unlink()
    assert "no such file" in only(check_configuration(etc)).what


def test_a_dialplan_that_an_older_version_wrote_works_and_is_to_be_written_anew(etc: Path) -> None:
    path = etc / "callmark" / "extensions_callmark.conf"
    path.write_text(path.read_text().replace("dialplan=4&", ""))
    assert "older Callmark" in only(check_configuration(etc)).what


def test_without_autoload_every_needed_module_must_be_named(etc: Path) -> None:
    (etc / "modules.conf").write_text("[modules]\nautoload=no\nload=pbx_config.so\n")
    findings = check_configuration(etc)
    assert len(findings) > 5
    assert any("res_agi" in finding.what for finding in findings)


def test_missing_prompts_are_reported_and_installing_them_helps(tmp_path: Path, etc: Path) -> None:
    sounds = tmp_path / "sounds"
    findings = check_configuration(etc, sounds)
    assert [Path(one.where).parent.name for one in findings] == ["en", "es", "fr"]
    assert all("prompts are missing" in one.what for one in findings)
    assert "English instead" in findings[1].what
    prompts = REPOSITORY / "prompts"
    written = install_prompts(prompts, sounds)
    assert {path.suffix for path in written} == {".wav", ".wav16"}
    assert not any(missing_prompts(sounds, language) for language in PromptLanguage)
    assert check_configuration(etc, sounds) == []
    assert install_prompts(prompts, sounds) == []
    assert install_prompts(prompts, sounds / "en") == [], "as it was told before"


def test_an_empty_directory_is_no_error(tmp_path: Path) -> None:
    assert check_configuration(tmp_path / "nothing")


@pytest.mark.asterisk
def test_debians_own_configuration_is_read(asterisk_root: Path) -> None:
    findings = check_configuration(asterisk_root / "etc" / "asterisk")
    assert any("extensions_callmark.conf" in finding.what for finding in findings)
    assert not any("modules.conf" in finding.where for finding in findings)


def test_prompts_that_asterisk_may_not_read(etc: Path, tmp_path: Path) -> None:
    sounds = tmp_path / "sounds"
    written = install_prompts(REPOSITORY / "prompts", sounds)
    # Debian's Asterisk runs as a user of its own; this one is nobody's to whom the files belong.
    (etc / "asterisk.conf").write_text("[options]\nrunuser = nobody\nrungroup = nogroup\n")
    secret = etc / "callmark" / SECRET_FILE
    secret.chmod(0o644)
    assert check_configuration(etc, sounds) == []
    written[0].chmod(0o600)
    finding = only(check_configuration(etc, sounds))
    assert "may not read 1 of the prompts" in finding.what
    assert finding.do.startswith("chmod -R a+rX")
    folder = written[0].parent
    folder.chmod(0o700)
    assert only(check_configuration(etc, sounds)).where == str(folder)


def test_a_freepbx_whose_own_port_is_asked(etc: Path) -> None:
    old = "agi://127.0.0.1:4573"
    write_configuration(etc / "callmark", [AccountDialplan("acme", "US")], agi_url=old)
    assert check_configuration(etc) == [], "on an Asterisk without FreePBX nobody else has it"
    (etc / GENERATED).write_text("")
    (finding,) = (one for one in check_configuration(etc) if "a port that" in one.what)
    assert f"asks at {old}" in finding.what
    assert "CALLMARK_AGI_PORT" in finding.do
