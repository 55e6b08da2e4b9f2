"""The generated dialplan, run as FreeSWITCH would run it (``dialplan_run``)."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmark.policy.numbering import CallType, classify
from callmark.policy.prompts import PromptLanguage
from callmark.switches.alone.account import AccountDialplan, version_of
from callmark.switches.alone.allow_list import allow_list
from callmark.switches.freeswitch.dialplan import Settings, written_files
from callmark.switches.freeswitch.dialplan.files import TEMPLATE_FILE
from callmark.switches.freeswitch.dialplan.xml import one_of

from .dialplan_run import Gate, HeldWithoutLimit, Run, dead, hung
from .office import (
    ACME,
    DOMAIN,
    PHONE,
    TRUNK,
    connects_to,
    dial,
    ends,
    files_of,
    must_not_be_asked,
)

# --- Asked, and what follows ------------------------------------------------------------------


def test_a_call_that_may_go_on_reaches_the_operators_own_route() -> None:
    call = dial("912125551234", connects_to("12125551234", "9"))
    assert call.bridged == f"{TRUNK}/12125551234"
    assert call.sockets == ["127.0.0.1:4585/gate?switch=main async full"]
    assert call.exported_to_called_legs()["callmark_of"] == "a-leg/1/a-leg/"


def test_a_number_written_in_another_way_goes_to_the_routes_as_the_clean_one() -> None:
    call = dial("9 (212) 555-1234;npdi=yes", connects_to("2125551234", "9"))
    assert call.bridged == f"{TRUNK}/2125551234"
    assert call.destination == "92125551234"
    assert len(call.sockets) == 1  # asked once


def test_a_call_that_may_not_go_on_ends() -> None:
    call = dial("912125551234", ends)
    assert (call.bridged, call.cause) == ("", "CALL_REJECTED")


@pytest.mark.parametrize("result", ["yes", "connect;", "CONNECT", "down"])
def test_a_result_that_nobody_knows_goes_nowhere(result: str) -> None:
    def odd(run: Run) -> None:
        run.variables["callmark_result"] = result

    assert dial("912125551234", odd).bridged == ""


def test_a_number_that_means_something_to_bridge_goes_nowhere_whoever_wrote_it() -> None:
    assert dial("912125551234", connects_to("1212,user/102@acme.test", "9")).bridged == ""
    assert dial("912125551234", connects_to("", "9")).bridged == ""


def test_whoever_is_called_next_is_asked_about_again() -> None:
    """A transfer to the number that has just been let through is a question of its own."""
    asked = []

    def gate(run: Run) -> None:
        asked.append(run.destination)
        connects_to("12125551234", "9")(run)

    call = dial("9-1-212-555-1234", gate)
    assert call.bridged
    dial_again = Run(call.contexts, gate, call.variables).dial("912125551234", DOMAIN)
    assert dial_again.bridged
    assert len(asked) == 2


@pytest.mark.parametrize(
    "name",
    [
        "callmark-hung",
        "callmark-gate",
        "callmark-after-",
        "callmark-after-connect",
        "callmark-keep",
    ],
)
def test_nobody_can_dial_an_extension_of_ours(name: str) -> None:
    call = dial(name, must_not_be_asked, channel={**PHONE, "callmark_number": "011442079460000"})
    assert (call.bridged, call.cause) == ("", "UNALLOCATED_NUMBER")


# --- The gate is not well -------------------------------------------------------------------

BROKEN = {"dead": dead, "hung": hung}


@pytest.mark.parametrize("gate", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize(
    ("dialed", "reached"),
    [
        ("102", "user/102@acme.test"),
        ("912125551234", f"{TRUNK}/12125551234"),
        ("9 1 (212) 555-1234", f"{TRUNK}/12125551234"),
        ("912125551234;npdi=yes", f"{TRUNK}/12125551234"),
        ("95551234", f"{TRUNK}/5551234"),
        ("918005551234", f"{TRUNK}/18005551234"),
        ("+12125550100", f"{TRUNK}/+12125550100"),
    ],
)
def test_what_is_surely_harmless_goes_on(gate: Gate, dialed: str, reached: str) -> None:
    call = dial(dialed, gate)
    assert call.bridged == reached
    assert "connected_while_down;acme;" in call.variables["callmark_marks"]
    assert call.exported_to_called_legs()["callmark_of"] == "none"


@pytest.mark.parametrize("gate", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize(
    "dialed", ["9011442079460000", "919005551234", "9411", "0", "9", "*", "alice", "912125551212"]
)
def test_what_is_not_is_refused_and_the_caller_hears_why(gate: Gate, dialed: str) -> None:
    call = dial(dialed, gate)
    assert (call.bridged, call.cause) == ("", "CALL_REJECTED")
    assert call.played == ["callmark/call-refused.wav"]
    assert call.variables["callmark_marks"].endswith(",")
    assert "refused_while_down;acme;" in call.variables["callmark_marks"]


def test_the_reason_is_given_in_the_accounts_language() -> None:
    spanish = replace(ACME, language=PromptLanguage.SPANISH)
    call = dial("9011442079460000", dead, account=spanish, settings=Settings(sounds="/etc/x"))
    assert call.played == ["/etc/x/es/call-refused.wav"]


def test_where_codes_are_not_used_every_number_goes_on() -> None:
    call = dial("9011442079460000", dead, account=replace(ACME, allowed=False))
    assert call.bridged
    assert not dial("011,user/102@acme.test", dead, account=replace(ACME, allowed=False)).bridged


def test_digits_reach_the_called_party_again_after_a_fail_policy() -> None:
    assert "sensitive_dtmf" not in dial("95551234", dead).variables


@given(st.text(alphabet="0123456789+*#", min_size=1, max_size=16))
def test_the_dialplan_lets_through_what_the_allow_list_does(dialed: str) -> None:
    plan = ACME.plan("US")
    if classify(dialed, plan).call_type is CallType.EMERGENCY or dialed in ACME.extensions:
        return
    own = dialed.removeprefix("9") in {"+12125550100", "01112125550100"}
    assert bool(dial(dialed, dead).bridged) == (own or allow_list(plan).allows(dialed))


SEPARATED = replace(ACME, separator="*")


@pytest.mark.parametrize("gate", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("dialed", ["95551234*8086", "95551234*80*86#", "95551234*"])
def test_a_code_dialed_with_a_number_goes_nowhere_without_the_gate(gate: Gate, dialed: str) -> None:
    call = dial(dialed, gate, account=SEPARATED)
    assert call.bridged == f"{TRUNK}/5551234"
    assert "86" not in call.variables["callmark_marks"]
    assert not dial("9011442079460000*8086", gate, account=SEPARATED).bridged


def test_the_routes_see_the_number_alone() -> None:
    call = dial("912125551234*8086", connects_to("12125551234", "9"), account=SEPARATED)
    assert (call.bridged, call.destination) == (f"{TRUNK}/12125551234", "912125551234")
    assert "8086" not in call.variables["callmark_marks"]


@pytest.mark.parametrize(
    "dialed", ["911*1234", "9911*1234", "911#1", "*67911*1234", "911**", "112*1"]
)
def test_an_emergency_number_with_a_code_behind_it_is_one(dialed: str) -> None:
    call = dial(dialed, must_not_be_asked, account=SEPARATED)
    assert call.variables["callmark_number"] == ("112" if dialed.startswith("112") else "911")
    assert call.sockets == []


# --- Calls that come in ---------------------------------------------------------------------


def test_a_call_that_comes_in_is_marked_and_stays_in_the_accounts_context() -> None:
    call = dial("12125550100", must_not_be_asked, context="public", channel={"uuid": "t"})
    assert call.bridged == "user/101@acme.test"
    assert call.variables["callmark_inbound"] == "acme"
    assert call.variables["force_transfer_context"] == DOMAIN
    # The phone that answers may tag; the outsider may not.
    assert "bind_digit_action" in call.exported_to_called_legs()["execute_on_answer_83"]
    assert not any(name == "bind_digit_action" for name, _ in call.applications)


def test_a_call_that_came_in_and_is_sent_outside_is_asked_about() -> None:
    """By a forward of a colleague's, which the operator's dialplan carries out."""
    call = dial("9011442079460000", dead, channel={"uuid": "t", "callmark_inbound": "acme"})
    assert call.sockets
    assert call.bridged == ""


def test_and_so_is_one_that_a_colleague_transfers_to_another_after_talking() -> None:
    came_in = {"uuid": "t", "callmark_inbound": "acme", "last_bridge_to": "b-leg"}
    assert dial("102", connects_to("102"), channel=came_in).sockets


# --- Star code ------------------------------------------------------------------------------


def test_the_caller_and_a_colleague_may_tag_and_an_outsider_may_not() -> None:
    colleague = dial("102", connects_to("102"))
    assert ("digit_action_set_realm", "callmark") in colleague.applications
    assert "execute_on_answer_83" in colleague.exported_to_called_legs()
    outside = dial("912125551234", connects_to("12125551234", "9"))
    assert ("digit_action_set_realm", "callmark") in outside.applications
    assert "execute_on_answer_83" not in outside.exported_to_called_legs()


def test_a_forward_to_the_outside_takes_the_star_code_back() -> None:
    call = dial("102", connects_to("102"))
    on = Run(call.contexts, connects_to("12125551234", "9"), call.variables)
    on.dial("912125551234", DOMAIN)
    assert "execute_on_answer_83" not in on.exported_to_called_legs()


def test_the_accounts_own_star_code_is_bound_in_the_operators_realm() -> None:
    account, settings = replace(ACME, star_code="*77"), Settings(realm="local")
    call = dial("102", connects_to("102"), account=account, settings=settings)
    bound = [data for name, data in call.applications if name == "bind_digit_action"]
    assert bound[0].startswith("^^;local;*77;")


# --- The files ------------------------------------------------------------------------------


def test_phones_that_send_digits_only_in_an_answered_call_are_answered_first() -> None:
    call = dial("912125551234", ends, account=replace(ACME, answer_first=True))
    assert call.variables["callmark_answer_first"] == "true"
    own_choice = {**PHONE, "callmark_answer_first": "false"}
    own = dial("912125551234", ends, account=replace(ACME, answer_first=True), channel=own_choice)
    assert own.variables["callmark_answer_first"] == "false"


SAYS_A_VERSION = """
from callmark.switches.alone.account import AccountDialplan, version_of
homes = frozenset({"DE", "ES", "FR", "GB", "IT", "NL", "SE", "US"})
account = AccountDialplan("one", "US", homes, international_regions=homes)
print(repr(homes), version_of([account, AccountDialplan("two", "FR")]), sep="\\n")
"""


def test_a_version_is_the_same_in_every_process() -> None:
    """``config`` writes it, ``check`` and the portal compare it: three processes."""
    said = [
        subprocess.run(
            [sys.executable, "-c", SAYS_A_VERSION],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for seed in ("1", "2")
    ]
    (order, version), (other_order, other_version) = said
    assert order != other_order
    assert version == other_version


def test_a_version_is_of_everything_that_is_written() -> None:
    other = AccountDialplan("two", "FR")
    version = version_of([ACME, other])
    assert version == version_of([other, ACME])
    for changed in (
        replace(ACME, star_code="*77"),
        replace(ACME, allowed=not ACME.allowed),
        replace(ACME, home_countries=ACME.home_countries | {"DE"}),
        replace(ACME, international_regions=ACME.international_regions | {"DE"}),
        replace(ACME, extensions=(*ACME.extensions, "999")),
        replace(ACME, language=PromptLanguage.FRENCH),
    ):
        assert version_of([changed, other]) != version


def test_every_file_is_well_formed_and_its_include_lines_stand_alone() -> None:
    for name, text in written_files([ACME, AccountDialplan("two", "FR")], Settings()).items():
        if name.endswith(".xml") and name != TEMPLATE_FILE:
            ElementTree.fromstring(text)
            assert [line for line in text.splitlines() if "include>" in line] == [
                "<include>",
                "</include>",
            ]


def test_the_documents_example_is_what_is_written() -> None:
    text = files_of()["callmark/contexts.xml"]
    start = text.index('    <extension name="callmark-gate">')
    written = dedent(text[start : text.index("</extension>", start) + len("</extension>")])
    document = (Path(__file__).parents[3] / "docs/freeswitch.md").read_text()
    assert f"```xml\n{written}\n```" in document


@given(st.sets(st.text(alphabet="0123456789*#", min_size=1, max_size=6), max_size=20))
def test_a_list_of_numbers_is_an_expression_for_them_alone(numbers: set[str]) -> None:
    expression = re.compile(f"(?:{one_of(numbers)})")
    for number in numbers:
        assert expression.fullmatch(number)
        for other in (number[:-1], number + "0", "1" + number):
            assert bool(expression.fullmatch(other)) == (other in numbers)


@pytest.mark.parametrize(
    "values",
    [
        {"gate": "127.0.0.1:4585/x"},
        {"gate": "127.0.0.1"},
        {"gate": "a b:1"},
        {"switch": "main async"},
        {"realm": "x;y"},
        {"emergency": ("sofia/gateway/x,user/1",)},
        {"emergency": ("carrier",)},
        {"sounds": "/x y"},
        {"context": "a b"},
    ],
)
def test_nothing_that_freeswitch_would_carry_out_gets_in(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="cannot be written into a dialplan"):
        Settings(**values)  # type: ignore[arg-type]


# --- The tests notice -----------------------------------------------------------------------

BREAKAGES = {
    "no watchdog": (r".*sched_transfer.*\n", ""),
    "watchdog left": (r".*sched_cancel.*\n", ""),
    "resume left on": (r'.*"unset" data="socket_resume".*\n', ""),
    "no emergency": (r'expression="\(\?is\)\^', 'expression="(?is)^x'),
    "nobody asked": (
        r'(?<=field="\$\{callmark_way\}" )expression="\^\\z"(?=>\s*<action application="set")',
        'expression="."',
    ),
    "any number": (r"\[0-9\*#\]\{1,40\}", ".{1,40}"),
    "no fail policy": (r'data="callmark-refuse XML', 'data="callmark-keep XML'),
}  # fmt: skip


@pytest.mark.parametrize(("pattern", "text"), BREAKAGES.values(), ids=BREAKAGES)
def test_a_dialplan_that_is_broken_on_purpose_fails(pattern: str, text: str) -> None:
    files = {name: re.sub(pattern, text, one) for name, one in files_of().items()}
    assert files != files_of()
    stories = (
        ("9911", must_not_be_asked, f"{TRUNK}/911"),
        ("912125551234", connects_to("12125551234", "9"), f"{TRUNK}/12125551234"),
        ("912125551234", connects_to("1212,user/102@acme.test", "9"), ""),
        ("912125551234", hung, f"{TRUNK}/12125551234"),
        ("9011442079460000", hung, ""),
        ("9011442079460000", dead, ""),
    )

    def goes_well(number: str, gate: Gate, bridged: str) -> bool:
        try:
            return dial(number, gate, files=files).bridged == bridged
        except (AssertionError, HeldWithoutLimit):
            return False

    assert not all(goes_well(*story) for story in stories)
