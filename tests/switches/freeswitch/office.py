"""A FreeSWITCH with one account on it, as an operator would have set it up: files and routes."""

from collections.abc import Mapping
from functools import cache
from xml.etree.ElementTree import Element

from callmark.switches.alone.account import AccountDialplan
from callmark.switches.freeswitch.dialplan import (
    CONTEXTS_FILE,
    INBOUND_FILE,
    Settings,
    hook_file,
    written_files,
)
from callmark.switches.freeswitch.variables import CONNECT, END, NUMBER, RESULT

from .dialplan_run import Gate, Run, load

DOMAIN = "acme.test"
ACME = AccountDialplan(
    "acme",
    "US",
    outside_prefix="9",
    extensions=("101", "102", "107", "121"),
    phone_numbers=("+12125550100",),
    own_numbers=("600", "_7XX"),
    domain=DOMAIN,
)
USUAL = Settings()
TRUNK = "sofia/gateway/carrier"

# The operator's own routes: an extension of theirs, and everything else to the carrier. The last
# one takes anything that is dialed, and bridges to the number that was judged.
ROUTES = f"""
<context name="{DOMAIN}">
<X-PRE-PROCESS cmd="include" data="HOOK"/>
  <extension name="help">
    <condition field="destination_number" expression="^([0-9]{{2,6}})$"/>
    <condition field="${{callmark_marks}}" expression="emergency;[^,]*,$">
      <action application="bridge" data="{TRUNK}/${{destination_number}}"/>
    </condition>
  </extension>
  <extension name="colleague">
    <condition field="destination_number" expression="^(1[0-9][0-9]|600|7[0-9][0-9])$">
      <action application="bridge" data="user/$1@{DOMAIN}"/>
    </condition>
  </extension>
  <extension name="outside">
    <condition field="destination_number" expression="^PREFIX(.+)$">
      <action application="bridge" data="{TRUNK}/${{callmark_number}}"/>
    </condition>
  </extension>
  <extension name="anything else">
    <condition field="destination_number" expression="^(.*)$">
      <action application="bridge" data="{TRUNK}/${{callmark_number}}"/>
    </condition>
  </extension>
</context>
"""
PUBLIC = f"""
<context name="public">
<X-PRE-PROCESS cmd="include" data="callmark/{INBOUND_FILE}"/>
  <extension name="reception">
    <condition field="destination_number" expression="^[+]?1?2125550100$">
      <action application="transfer" data="101 XML {DOMAIN}"/>
    </condition>
  </extension>
</context>
"""
PHONE = {"sip_authorized": "true", "sip_auth_username": "101", "sip_auth_realm": DOMAIN}


@cache
def files_of(account: AccountDialplan = ACME, settings: Settings = USUAL) -> dict[str, str]:
    """The switch's configuration folder, as far as dialplans go."""
    written = written_files([account], settings)
    files = {f"callmark/{name}": text for name, text in written.items()}
    files["dialplan/callmark.xml"] = files[f"callmark/{CONTEXTS_FILE}"]
    hook = ROUTES.replace("HOOK", f"callmark/{hook_file(account)}")
    files["dialplan/acme.xml"] = hook.replace("PREFIX", account.outside_prefix)
    files["dialplan/public.xml"] = PUBLIC
    return files


_loaded: dict[tuple[AccountDialplan, Settings], dict[str, Element]] = {}


def dial(
    number: str,
    gate: Gate,
    *,
    account: AccountDialplan = ACME,
    settings: Settings = USUAL,
    files: dict[str, str] | None = None,
    context: str = DOMAIN,
    channel: Mapping[str, str] = PHONE,
) -> Run:
    """What becomes of a call, by default of an authenticated phone of the account."""
    if files is not None:
        contexts = load(files)
    else:
        key = (account, settings)
        contexts = _loaded.setdefault(key, load(files_of(account, settings)))
    return Run(contexts, gate, dict(channel)).dial(number, context)


def connects_to(number: str, line: str = "") -> Gate:
    """A gate that lets the call go on to a number."""

    def gate(run: Run) -> None:
        run.variables |= {RESULT: CONNECT, NUMBER: number, "callmark_call": "a-leg/1/a-leg/"}
        if line:
            run.variables["callmark_line"] = line
        run.variables.pop("sensitive_dtmf", None)

    return gate


def ends(run: Run) -> None:
    """A gate that refuses the call."""
    run.variables[RESULT] = END


def must_not_be_asked(run: Run) -> None:
    raise AssertionError(f"the gate was asked about {run.variables.get('callmark_dialed')!r}")
