"""What ``callmark freeswitch check`` finds in a configuration."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings as configured

from callmark.switches.freeswitch.cdr.reading import template
from callmark.switches.freeswitch.check import check_configuration
from callmark.switches.freeswitch.dialplan import Settings, write_configuration
from callmark.switches.freeswitch.prompts import install_prompts

from .office import ACME, PUBLIC, ROUTES

EVENT_SOCKET = (
    '<configuration name="event_socket.conf"><settings><param name="listen-ip" value="127.0.0.1"/>'
    '<param name="password" value="long-and-our-own"/></settings></configuration>'
)
MODULES = '<configuration name="modules.conf"><load module="mod_json_cdr"/></configuration>'
JSON_CDR = (
    '<configuration name="json_cdr.conf"><param name="log-b-leg" value="true"/></configuration>'
)
PROFILE = '<profile name="internal"><param name="auth-calls" value="true"/></profile>'


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    """A switch that is set up well."""
    write_configuration(tmp_path / "callmark", [ACME], Settings())
    install_prompts(configured.PROMPTS_DIR, tmp_path / "callmark/sounds")
    hook = ROUTES.replace("HOOK", f"{tmp_path}/callmark/account_acme.xml").replace("PREFIX", "9")
    public = PUBLIC.replace('data="callmark/', f'data="{tmp_path}/callmark/')
    for name, text in {
        "dialplan/acme.xml": hook,
        "dialplan/public.xml": public,
        "autoload_configs/event_socket.conf.xml": EVENT_SOCKET,
        "autoload_configs/modules.conf.xml": MODULES,
        "autoload_configs/json_cdr.conf.xml": JSON_CDR,
        "sip_profiles/internal.xml": PROFILE,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (tmp_path / "dialplan/callmark.xml").symlink_to(tmp_path / "callmark/contexts.xml")
    return tmp_path


def found(conf: Path) -> str:
    return "\n".join(map(str, check_configuration(conf, [ACME])))


def test_a_switch_that_is_set_up_well_has_nothing_to_report(conf: Path) -> None:
    assert found(conf) == ""


def test_a_dialplan_that_is_older_than_the_accounts_is_found(conf: Path) -> None:
    newer = replace(ACME, extensions=(*ACME.extensions, "130"))
    findings = check_configuration(conf, [newer])
    assert len(findings) == 3
    assert all("may be old" in one.what and "reloadxml" in one.do for one in findings)


@pytest.mark.parametrize(
    ("file", "before", "after", "says"),
    [
        ("autoload_configs/event_socket.conf.xml", "long-and-our-own", "ClueCon", "well-known"),
        ("autoload_configs/event_socket.conf.xml", "127.0.0.1", "::", "listens on ::"),
        ("autoload_configs/json_cdr.conf.xml", "true", "false", "log-b-leg is not on"),
        ("autoload_configs/modules.conf.xml", "mod_json_cdr", "mod_x", "are in no history"),
        ("autoload_configs/modules.conf.xml", "mod_json_cdr", "mod_cdr_csv", "default template"),
        ("sip_profiles/internal.xml", 'value="true"/>',
         'value="false"/><param name="context" value="default"/>', "without a password"),
        ("sip_profiles/internal.xml", 'value="true"/>', 'value="true"/><param '
         'name="apply-inbound-acl" value="lan"/><param name="context" value="default"/>',
         "callers unknown"),
        ("dialplan/acme.xml", "<X-PRE", '<extension name="fax"><condition '
         'field="destination_number" expression="^5"/></extension>\n<X-PRE', "'fax' stands before"),
        ("dialplan/acme.xml", "account_acme", "gone", "no context includes account_acme.xml"),
        ("dialplan/acme.xml", "carrier/${callmark_number}", "carrier/$1", "bridges to $1"),
        ("dialplan/acme.xml", "</context>", '<extension name="rec"><condition><action application='
         '"bind_digit_action" data="local,*5,exec:record,x"/></condition></extension></context>',
         "*5 fires first"),
        ("dialplan/acme.xml", "</context>", '<extension name="pay"><condition><action application='
         '"set" data="sensitive_dtmf=true"/></condition></extension></context>',
         "'pay' sets sensitive_dtmf"),
        ("dialplan/public.xml", "</context>", "</contxt>", "not well-formed"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(conf: Path, file: str, before: str, after: str, says: str) -> None:
    text = (conf / file).read_text()
    assert before in text
    (conf / file).write_text(text.replace(before, after))
    assert says in found(conf)


def test_prompts_and_contexts_that_are_missing_are_found(conf: Path) -> None:
    (conf / "dialplan/callmark.xml").unlink()
    (conf / "callmark/sounds/8000/enter-code.wav").unlink()
    (conf / "callmark/sounds/16000/enter-code.wav").unlink()
    report = found(conf)
    assert "1 prompts are missing (enter-code" in report
    assert "the context 'acme@callmark' is not there" in report


def test_digits_in_the_log_are_a_leak(conf: Path) -> None:
    log = conf / "autoload_configs/logfile.conf.xml"
    log.write_text(
        '<configuration name="logfile.conf"><map name="all" value="console,debug,info"/>'
        "</configuration>"
    )
    assert found(conf).startswith("LEAK: ")


def test_a_csv_with_our_template_is_enough(conf: Path) -> None:
    modules = conf / "autoload_configs/modules.conf.xml"
    modules.write_text(MODULES.replace("mod_json_cdr", "mod_cdr_csv"))
    (conf / "autoload_configs/cdr_csv.conf.xml").write_text(
        '<configuration name="cdr_csv.conf"><param name="default-template" value="callmark"/>'
        '<param name="legs" value="ab"/><param name="master-file-only" value="true"/>'
        f"<templates>{template()}</templates></configuration>"
    )
    assert found(conf) == ""
