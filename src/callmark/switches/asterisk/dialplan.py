"""Writes the dialplan and features of an installation, for an Asterisk to include.

An operator calls ``Gosub(callmark-<account>,s,1(${EXTEN}))`` before ``Dial``. It returns when the
call may go on, and hangs up otherwise. Everything that must work while the gate does not, is here:
emergency numbers return before anything else happens, and the fail policy needs no gate.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

from callmark.policy.numbering import (
    CallType,
    NumberingPlan,
    OwnNumbers,
    classify,
    emergency_numbers,
)
from callmark.policy.numbering.special_numbers import HABITUAL_LINE_DIGITS
from callmark.policy.prompts import Prompt
from callmark.policy.settings import STAR_CODE_DEFAULT
from callmark.switches.asterisk.allow_list import allow_list
from callmark.switches.asterisk.port import CONNECT, END, RESULT_VARIABLE
from callmark.switches.asterisk.sounds import sound_of, stand_ins

EXTENSIONS_FILE = "extensions_callmark.conf"
FEATURES_FILE = "features_callmark.conf"
README_FILE = "README.txt"

USER_FIELD = "callmark"
CONNECTED_WHILE_DOWN = "connected_while_down"
REFUSED_WHILE_DOWN = "refused_while_down"
"""Left in Asterisk's CDR by the fail policy, for the records to be completed from."""

ANSWER_SECONDS = 8
"""How long a call waits for the gate's first sign of life; after that the gate renews the limit."""

CAUSE_REJECTED = 21
_NO_MATTER = 4  # the prompt a refused call hears is the same for every code length


@dataclass(frozen=True, slots=True)
class AccountDialplan:
    """What the dialplan must know of an account. Values that cannot be written raise ValueError."""

    slug: str
    country: str
    home_countries: frozenset[str] = frozenset()
    outside_prefix: str = ""
    international_regions: frozenset[str] = frozenset()
    extensions: tuple[str, ...] = ()
    phone_numbers: tuple[str, ...] = ()
    own_numbers: tuple[str, ...] = ()
    star_code: str = STAR_CODE_DEFAULT
    allowed: bool = True
    """*Allow account codes*: while off, every call connects when the gate is down."""

    def __post_init__(self) -> None:
        # The forms check these too. Here they become lines that Asterisk carries out.
        _require(r"[a-zA-Z0-9_-]{1,40}", "account slug", self.slug)
        _require(r"[0-9]{0,4}", "outside-line prefix", self.outside_prefix)
        _require(r"\*[0-9]{2,4}", "star code", self.star_code)
        for extension in self.extensions:
            _require(r"[0-9]{1,10}", "extension", extension)
        for number in self.phone_numbers:
            _require(r"\+[1-9][0-9]{5,14}", "phone number", number)

    @property
    def context(self) -> str:
        """The context an operator calls; those behind it have a dot, which no slug has."""
        return f"callmark-{self.slug}"

    def plan(self, country: str) -> NumberingPlan:
        """How the account's users of one home country dial."""
        return NumberingPlan(
            country=country,
            outside_prefix=self.outside_prefix,
            international_regions=self.international_regions,
            extensions=frozenset(self.extensions),
            internal_numbers=frozenset(self.phone_numbers),
            own_numbers=OwnNumbers.of(self.own_numbers),
        )


def write_configuration(
    directory: Path,
    accounts: Sequence[AccountDialplan],
    agi_url: str = "agi://127.0.0.1:4573",
    switch: str = "main",
) -> list[Path]:
    """Write the files for ``accounts`` into ``directory``; returns their paths."""
    _check_url(agi_url)
    _require(r"[a-zA-Z0-9_-]{1,40}", "switch name", switch)
    texts = {
        EXTENSIONS_FILE: extensions_text(accounts, agi_url, switch),
        FEATURES_FILE: features_text(accounts),
        README_FILE: _readme_text(accounts),
    }
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in texts.items():
        path = directory / name
        unfinished = directory / f".{name}.new"
        unfinished.write_text(text)
        unfinished.replace(path)
        paths.append(path)
    return paths


def extensions_text(accounts: Sequence[AccountDialplan], agi_url: str, switch: str) -> str:
    """The dialplan: some contexts for each account."""
    agi = _Agi(agi_url, switch)
    blocks = [_HEAD]
    blocks += [_account_contexts(account, agi) for account in accounts]
    if len(accounts) == 1:
        blocks.append(f"[callmark]\nexten => s,1,Goto({accounts[0].context},s,1)\n")
    return "\n".join(blocks)


def features_text(accounts: Sequence[AccountDialplan]) -> str:
    """The star code of each account. Only the phone that dials it can use it."""
    lines = [
        f"{account.context} => {account.star_code},self/both,Gosub({account.context}.tag,s,1)"
        for account in accounts
    ]
    return "\n".join([_HEAD, "[applicationmap]", *lines, ""])


def emergency_strings(account: AccountDialplan) -> list[str]:
    """Everything a phone of this account may send to reach an emergency service."""
    countries = {account.country, *account.home_countries}
    numbers = set(chain.from_iterable(emergency_numbers(country) for country in countries))
    starts = {"", account.outside_prefix, *HABITUAL_LINE_DIGITS}
    plans = [account.plan(country) for country in countries]
    return sorted(
        dialed
        for dialed in {start + number for start in starts for number in numbers}
        if any(classify(dialed, plan).call_type is CallType.EMERGENCY for plan in plans)
    )


@dataclass(frozen=True, slots=True)
class _Agi:
    url: str
    switch: str

    def call(self, script: str, *arguments: str) -> str:
        """The application that asks the gate."""
        return f"AGI({','.join((f'{self.url}/{script}?switch={self.switch}', *arguments))})"


def _account_contexts(account: AccountDialplan, agi: _Agi) -> str:
    down = _down_lines(account) if account.allowed else ["exten => _d!,1,Goto(keep,1)"]
    name = account.context
    return "\n".join(
        (
            f"; --- {account.slug} {'-' * 60}",
            f"[{name}]",
            # Numbers get a letter in front: one that is empty is then an extension like others.
            f"exten => s,1,Goto({name}.emergency,d${{ARG1}},1)",
            *_gate_lines(account, agi),
            "",
            f"[{name}.emergency]",
            "; First of all, and without the gate.",
            *(f"exten => d{number},1,Return()" for number in emergency_strings(account)),
            f"exten => _d!,1,Goto({name},gate,1)",
            "",
            f"[{name}.down]",
            "; The fail policy. What is not known to be harmless is refused.",
            *down,
            *_outcome_lines(account),
            "",
            f"[{name}.tag]",
            "; The star code during a call, on the channel of the phone that dialled it.",
            "exten => s,1,Set(LOCAL(AGIEXITONHANGUP)=yes)",
            f" same => n,{agi.call('tag', '${CALLMARK_CALL}', _LINKED_ID, '${CALLMARK_ENDPOINT}')}",
            " same => n,Return()",
            "",
            f"[{name}.called]",
            "; For the phone that is called, by Dial's option b: its user may tag it as well.",
            f"exten => s,1,{_set_feature(name)}",
            ' same => n,GotoIf($["${CALLMARK_CALL}" != ""]?known)',
            "; The call came from outside: its record is this phone's.",
            " same => n,Set(CALLMARK_CALL=${UNIQUEID})",
            f" same => n,Set(CHANNEL(hangup_handler_push)={name}.called-end,s,1)",
            " same => n(known),Return()",
            "",
            f"[{name}.called-end]",
            f"exten => s,1,{agi.call('end', *_CALLED_END_VALUES)}",
            " same => n,Return()",
            "",
            f"[{name}.end]",
            "; Hangup handler: tells the gate how the call went. Does nothing when it is down.",
            f"exten => s,1,{agi.call('end', *_END_VALUES)}",
            " same => n,Return()",
            "",
        )
    )


def _set_feature(name: str) -> str:
    # Without underscores, so that it is not inherited: the other party must not have it.
    others = "${IF($[${ISNULL(${DYNAMIC_FEATURES})}]?:#${DYNAMIC_FEATURES})}"
    return f"Set(DYNAMIC_FEATURES={name}{others})"


def _gate_lines(account: AccountDialplan, agi: _Agi) -> Iterable[str]:
    name = account.context
    return (
        # Encoded, a number can neither end an argument nor start a new one.
        "exten => gate,1,Set(LOCAL(number)=${URIENCODE(${ARG1})})",
        ' same => n,GotoIf($["${number}" = ""]?down)',
        " same => n,Set(__CALLMARK_CALL=${UNIQUEID})",
        f" same => n,{_set_feature(name)}",
        f" same => n,Set(CHANNEL(hangup_handler_push)={name}.end,s,1)",
        f" same => n,Set({RESULT_VARIABLE}=)",
        " same => n,Set(LOCAL(AGIEXITONHANGUP)=yes)",
        " same => n,Set(LOCAL(limit)=${TIMEOUT(absolute)})",
        f" same => n,Set(TIMEOUT(absolute)={ANSWER_SECONDS})",
        f" same => n,{agi.call('gate', '${number}', _LINKED_ID, '${CALLMARK_ENDPOINT}')}",
        " same => n,Set(TIMEOUT(absolute)=${IF($[0${limit} > 0]?${limit}:0)})",
        f' same => n,GotoIf($["${{{RESULT_VARIABLE}}}" = "{CONNECT}"]?connect)',
        f' same => n,GotoIf($["${{{RESULT_VARIABLE}}}" = "{END}"]?end)',
        f" same => n(down),Goto({name}.down,d${{number}},1)",
        " same => n(connect),Return()",
        f" same => n(end),Hangup({CAUSE_REJECTED})",
        "; The gate said nothing in time: it hangs, or the network is cut.",
        "exten => T,1,Set(TIMEOUT(absolute)=${IF($[0${limit} > 0]?${limit}:0)})",
        f" same => n,Goto({name}.down,d${{number}},1)",
    )


def _down_lines(account: AccountDialplan) -> Iterable[str]:
    yield from (f"exten => d{extension},1,Goto(keep,1)" for extension in account.extensions)
    yield from (
        f"exten => d{start}{number.removeprefix('+')},1,Goto(keep,1)"
        for number in account.phone_numbers
        for start in _international_starts(account)
    )
    numbers = allow_list(account.plan(account.country))
    if numbers.prefix:
        behind = 1 + len(numbers.prefix)
        yield f"exten => _d{numbers.prefix}!,1,Set(LOCAL(outside)=${{EXTEN:{behind}}})"
        yield " same => n,Goto(judge,1)"
    yield "exten => _d!,1,Set(LOCAL(outside)=${EXTEN:1})"
    yield " same => n,Goto(judge,1)"
    yield "exten => judge,1,NoOp()"
    for expressions, target in ((numbers.refused, "refuse"), (numbers.allowed, "keep")):
        for expression in expressions:
            yield f' same => n,GotoIf(${{REGEX("^({expression})$" ${{outside}})}}?{target},1)'
    yield " same => n,Goto(refuse,1)"


def _international_starts(account: AccountDialplan) -> tuple[str, ...]:
    """How the whole of an own number may begin; forms inside the country are on the allow-list."""
    prefix = "011" if "+1" in {number[:2] for number in account.phone_numbers} else "00"
    return (
        ("%2B", prefix, account.outside_prefix + prefix)
        if account.outside_prefix
        else (
            "%2B",
            prefix,
        )
    )


def _outcome_lines(account: AccountDialplan) -> Iterable[str]:
    (stand_in,) = stand_ins(Prompt.CALL_REFUSED, _NO_MATTER)
    return (
        "exten => keep,1,Set(CHANNEL(hangup_handler_pop)=)",
        f" same => n,{_user_field(account, CONNECTED_WHILE_DOWN)}",
        " same => n,Return()",
        "exten => refuse,1,Set(CHANNEL(hangup_handler_pop)=)",
        f" same => n,{_user_field(account, REFUSED_WHILE_DOWN)}",
        " same => n,Progress()",
        f" same => n,Playback({sound_of(Prompt.CALL_REFUSED, _NO_MATTER)},noanswer)",
        ' same => n,GotoIf($["${PLAYBACKSTATUS}" = "SUCCESS"]?done)',
        f" same => n,Playback({stand_in},noanswer)",
        f" same => n(done),Hangup({CAUSE_REJECTED})",
    )


def _user_field(account: AccountDialplan, outcome: str) -> str:
    values = (USER_FIELD, outcome, account.slug, "${number}", "${CALLMARK_ENDPOINT}")
    return f"Set(CDR(userfield)={':'.join(values)})"


def _readme_text(accounts: Sequence[AccountDialplan]) -> str:
    context = accounts[0].context if accounts else "callmark-ACCOUNT"
    return _README.format(
        extensions=EXTENSIONS_FILE,
        features=FEATURES_FILE,
        gosub=f"Gosub({context},s,1(${{EXTEN}}))",
        contexts="\n".join(f"    {account.context}" for account in accounts),
    )


def _require(pattern: str, what: str, value: str) -> None:
    if not re.fullmatch(pattern, value):
        raise ValueError(f"the {what} {value!r} cannot be written into a dialplan")


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    host = rf"{parts.scheme}://[a-zA-Z0-9_.:\[\]-]+"
    if parts.scheme not in {"agi", "hagi"} or not re.fullmatch(host, url):
        raise ValueError(f"{url!r} is not agi://host:port (nothing may follow the port)")


_END_VALUES = ("${DIALSTATUS}", "${ANSWEREDTIME}", "${CDR(answer,u)}")
# A called channel has no DIALSTATUS of its own, and its CDR counts no seconds.
_CALLED_END_VALUES = ("${IF($[0${CDR(answer,u)} > 0]?ANSWER:)}", "", "${CDR(answer,u)}")
_LINKED_ID = "${CHANNEL(linkedid)}"

_HEAD = """\
; Written by 'callmark asterisk config'. Changes here are lost when it is run again.
"""

_README = """\
Written by 'callmark asterisk config'. Run it again when accounts, extensions, star codes or
outside-line prefixes change, then 'asterisk -rx "dialplan reload"' and 'module reload features'.

extensions.conf (FreePBX: extensions_custom.conf), outside any context:

    #include "callmark/{extensions}"

features.conf, at its end:

    #include "callmark/{features}"

Before every Dial to an outside number or a colleague:

    same => n,{gosub}

It returns when the call may go on and hangs up otherwise. Contexts, one for each account:

{contexts}

docs/asterisk.md of Callmark says the rest: who is calling, what happens when Callmark is down,
prompts, and what must not be logged.
"""
