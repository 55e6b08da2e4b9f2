"""What stands first in the context that an account's phones are in.

Emergency calls before everything else; then who is to be asked is, and the call goes on to the
operator's own routes behind.
"""

from collections.abc import Iterator

from callmark.policy.numbering import OwnNumbers
from callmark.switches.alone.account import AccountDialplan
from callmark.switches.freeswitch.dialplan.names import (
    CALL_REJECTED,
    EMERGENCY,
    HUNG,
    PASSED,
    WAY,
    count_question,
    leads_to,
    mark,
    own_context,
)
from callmark.switches.freeswitch.dialplan.numbers import (
    emergency_address,
    emergency_expressions,
    without_groups,
)
from callmark.switches.freeswitch.dialplan.settings import Settings
from callmark.switches.freeswitch.dialplan.xml import (
    END,
    Action,
    Condition,
    Extension,
    extension,
    is_empty,
    is_set,
    one_of,
    reached_as,
    set_to,
    unset,
)
from callmark.switches.freeswitch.variables import (
    AFTER_EXTENSION,
    CONTEXT,
    DIALED,
    GATE_EXTENSION,
    HUNG_EXTENSION,
    NUMBER,
    OF_NOTHING,
    ON_ANSWER_BIND,
    ON_ANSWER_REALM,
    PHONE,
    PREFIX,
    RESULT,
    RESUME,
    WATCH,
    WATCH_GROUP,
    star_binding,
)

_PASSED_HERE = f"${{{PASSED}}}|${{destination_number}}"
_THE_SAME = r"(.+)[|]\1"

_NOT_AUTHENTICATED_AND_NEVER_CONNECTED = Condition(
    f"${{sip_authorized}}|${{{PHONE}}}|${{last_bridge_to}}", f"^(?!true[|])[^|]*[|][|]{END}"
)


def hook(account: AccountDialplan, settings: Settings) -> Iterator[Extension]:
    """The extensions, in their order."""
    yield from _emergency(account, settings)
    yield from _who_is_not_asked(account, settings)
    yield extension(
        "callmark",
        is_empty(WAY),
        actions=(
            set_to(DIALED, "${destination_number}"),
            set_to(CONTEXT, "${context}"),
            set_to(HUNG, ""),
            *count_question(),
            Action("execute_extension", f"{GATE_EXTENSION} XML {own_context(account)}"),
        ),
        goes_on=True,
    )
    yield _hung(account)
    yield extension(
        "callmark-nobody",
        Condition("destination_number", f"^{PREFIX}-"),
        actions=(Action("hangup", "UNALLOCATED_NUMBER"),),
    )


def _emergency(account: AccountDialplan, settings: Settings) -> Iterator[Extension]:
    address, service = emergency_address(account)
    for number, expression in sorted(emergency_expressions(account).items()):
        yield _help(account, settings, number, f"callmark-emergency-{number}", expression)
    yield _help(account, settings, service, "callmark-emergency-service", address)


def _help(
    account: AccountDialplan, settings: Settings, number: str, name: str, expression: str
) -> Extension:
    """No socket, no database, no other extension: the plain number, at once."""
    bridges = [Action("bridge", f"{route}/{number}") for route in settings.emergency]
    if bridges:
        bridges[:0] = [set_to("hangup_after_bridge", "true"), set_to("continue_on_fail", "true")]
    return extension(
        name,
        Condition(_PASSED_HERE, f"^(?!{_THE_SAME}{END})"),
        Condition("destination_number", expression),
        actions=(
            set_to(DIALED, "${destination_number}"),
            set_to(NUMBER, number),
            set_to(RESULT, ""),
            *count_question(),
            mark(account, EMERGENCY, number),
            *leads_to(OF_NOTHING),
            *bridges,
            # Anybody's own route for it, which sees the plain number and then no hook of ours.
            set_to(PASSED, number),
            Action("transfer", f"{number} XML ${{context}}"),
        ),
    )


def _who_is_not_asked(account: AccountDialplan, settings: Settings) -> Iterator[Extension]:
    yield extension(
        "callmark-asks", Condition(actions=(set_to(WAY, "", inline=True),)), goes_on=True
    )
    yield extension(
        "callmark-own",
        Condition("destination_number", f"^{PREFIX}-"),
        actions=(set_to(WAY, "own", inline=True),),
        goes_on=True,
    )
    yield extension(
        "callmark-passed",
        Condition(_PASSED_HERE, f"^{_THE_SAME}{END}"),
        actions=(set_to(WAY, "passed", inline=True),),
        goes_on=True,
    )
    # It counts once: somebody else may transfer the same channel to the same number later.
    yield extension(
        "callmark-passed-once", actions=(set_to(PASSED, "", inline=True),), goes_on=True
    )
    own = own_numbers_expression(account)
    yield extension(
        "callmark-arrives",
        is_empty(WAY),
        _NOT_AUTHENTICATED_AND_NEVER_CONNECTED,
        Condition("destination_number", f"^(?:{own}){END}"),
        actions=(set_to(WAY, "arrives", inline=True), *called_may_tag(account, settings)),
        goes_on=True,
    )


def _hung(account: AccountDialplan) -> Extension:
    """The watchdog's target: it waits only while a question is open, so nobody can dial it."""
    return extension(
        HUNG_EXTENSION,
        reached_as(HUNG_EXTENSION),
        is_set(WATCH),
        actions=(
            *watchdogs_off(),
            unset(RESUME),
            set_to(RESULT, ""),
            set_to(HUNG, "true"),
            Action("execute_extension", f"{AFTER_EXTENSION} XML {own_context(account)}"),
            Action("hangup", CALL_REJECTED),
        ),
    )


def watchdogs_off() -> tuple[Action, ...]:
    """The dialplan's and the gate's: one that is left ends the conversation."""
    return (
        Action("sched_cancel", f"${{{WATCH}}}"),
        Action("sched_cancel", f"{WATCH_GROUP}${{uuid}}"),
        unset(WATCH),
    )


def own_numbers_expression(account: AccountDialplan) -> str:
    """The account's extensions, and the switch's own numbers as far as the account lists them."""
    listed = OwnNumbers.of(account.own_numbers).expression
    extensions = one_of(account.extensions)
    return f"{extensions}|{without_groups(listed)}" if listed else extensions


def called_may_tag(account: AccountDialplan, settings: Settings) -> tuple[Action, ...]:
    """What gives the phone that is called the star code when it answers."""
    binding = star_binding(account.star_code, settings.realm)
    return (
        Action("export", f"nolocal:{ON_ANSWER_BIND}=bind_digit_action {binding}"),
        Action("export", f"nolocal:{ON_ANSWER_REALM}=digit_action_set_realm {settings.realm}"),
    )


def called_may_not_tag() -> tuple[Action, ...]:
    """The same taken back, for a channel that calls somebody else after a colleague."""
    return (unset(f"nolocal:{ON_ANSWER_BIND}"), unset(f"nolocal:{ON_ANSWER_REALM}"))


def caller_may_tag(account: AccountDialplan, settings: Settings) -> tuple[Action, ...]:
    """What gives this channel the star code."""
    return (
        Action("bind_digit_action", star_binding(account.star_code, settings.realm)),
        Action("digit_action_set_realm", settings.realm),
    )
