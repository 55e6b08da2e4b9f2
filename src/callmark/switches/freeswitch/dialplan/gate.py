"""The context of our own: the question, and what follows each answer. No phone is in it."""

from collections.abc import Iterator

from callmark.policy.prompts import Prompt
from callmark.switches.alone.abroad import prefixes_to
from callmark.switches.alone.account import AccountDialplan
from callmark.switches.alone.allow_list import allow_list
from callmark.switches.freeswitch.dialplan.hook import (
    called_may_not_tag,
    called_may_tag,
    caller_may_tag,
    watchdogs_off,
)
from callmark.switches.freeswitch.dialplan.names import (
    ASKED,
    CALL_REJECTED,
    CLEAN,
    CONNECTED_WHILE_DOWN,
    HUNG,
    KEEP_EXTENSION,
    ONWARD_EXTENSION,
    OUTSIDE,
    PASSED,
    REFUSE_EXTENSION,
    REFUSED_WHILE_DOWN,
    leads_to,
    mark,
    own_context,
)
from callmark.switches.freeswitch.dialplan.numbers import (
    NUMBER as A_NUMBER,
)
from callmark.switches.freeswitch.dialplan.numbers import (
    PARTS_JOINED,
    WRITTEN,
    number_before_code,
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
from callmark.switches.freeswitch.sounds import sounds_of
from callmark.switches.freeswitch.variables import (
    ACCOUNT,
    AFTER_EXTENSION,
    ANSWER_FIRST,
    CALL,
    CONNECT,
    CONTEXT,
    DIALED,
    GATE_EXTENSION,
    HUNG_EXTENSION,
    LINE,
    NUMBER,
    OF,
    OF_NOTHING,
    PHONE,
    RESULT,
    RESUME,
    SENSITIVE,
    SOUNDS,
    WATCH,
    WATCH_SECONDS,
    socket_path,
)

_DOWN = AFTER_EXTENSION
"""Behind it stands the result, and nothing where the gate gave none."""


def own_extensions(account: AccountDialplan, settings: Settings) -> Iterator[Extension]:
    """The extensions of the account's own context."""
    yield from _asking(account, settings)
    yield from _connected(account, settings)
    yield extension(
        f"{AFTER_EXTENSION}end",
        reached_as(f"{AFTER_EXTENSION}end"),
        actions=(unset(SENSITIVE), Action("hangup", CALL_REJECTED)),
    )
    yield from _fail_policy(account, settings)
    yield from _onward()


def _asking(account: AccountDialplan, settings: Settings) -> Iterator[Extension]:
    here = reached_as(GATE_EXTENSION)
    yield extension("callmark-clean", here, actions=(set_to(CLEAN, "", inline=True),), goes_on=True)
    yield extension(
        "callmark-written",
        here,
        Condition(f"${{{DIALED}}}", WRITTEN),
        actions=(set_to(CLEAN, PARTS_JOINED, inline=True),),
        goes_on=True,
    )
    if account.separator:
        yield extension(
            "callmark-number-and-code",
            here,
            Condition(f"${{{CLEAN}}}", number_before_code(account.separator)),
            actions=(set_to(CLEAN, "$1", inline=True),),
            goes_on=True,
        )
    if account.answer_first:
        yield extension(
            "callmark-answer-first",
            here,
            is_empty(ANSWER_FIRST),
            actions=(set_to(ANSWER_FIRST, "true"),),
            goes_on=True,
        )
    own = own_context(account)
    yield extension(
        GATE_EXTENSION,
        here,
        actions=(
            *(set_to(name, "") for name in (RESULT, NUMBER, LINE)),
            set_to(ACCOUNT, account.slug),
            *((set_to(SOUNDS, settings.sounds),) if settings.sounds else ()),
            mark(account, ASKED, f"${{{CLEAN}}}"),
            set_to(SENSITIVE, "true"),
            set_to(RESUME, "true"),
            Action("sched_transfer", f"+{WATCH_SECONDS} {HUNG_EXTENSION} XML ${{{CONTEXT}}}"),
            set_to(WATCH, "${last_sched_id}"),
            Action("socket", f"{settings.gate}/{socket_path(settings.switch)} async full"),
            # Directly behind it, or the watchdog ends the conversation.
            *watchdogs_off(),
            unset(RESUME),
            Action("execute_extension", f"{AFTER_EXTENSION}${{{RESULT}}} XML {own}"),
        ),
    )


def _connected(account: AccountDialplan, settings: Settings) -> Iterator[Extension]:
    name = f"{AFTER_EXTENSION}{CONNECT}"
    here = reached_as(name)
    # What is not a number is refused, also where something else wrote it there.
    yield extension(
        f"{name}-nowhere",
        here,
        Condition(f"${{{NUMBER}}}", f"^(?!{A_NUMBER}{END})"),
        actions=(Action("hangup", CALL_REJECTED),),
    )
    yield from _listed_for_loopback(here)
    yield extension(
        f"{name}-caller",
        here,
        Condition(f"${{sip_authorized}}|${{{PHONE}}}", "^(?:true[|]|[^|]*[|].)"),
        actions=caller_may_tag(account, settings),
        goes_on=True,
    )
    own = f"^(?:{one_of(account.extensions)}){END}"
    tags = extension(
        f"{name}-colleague",
        here,
        Condition(f"${{{NUMBER}}}", own),
        actions=called_may_tag(account, settings),
        goes_on=True,
    )
    yield extension(f"{name}-nobody", here, actions=called_may_not_tag(), goes_on=True)
    yield tags
    yield extension(
        name,
        here,
        actions=(
            *leads_to(f"${{{CALL}}}"),
            Action("execute_extension", f"{ONWARD_EXTENSION} XML {own_context(account)}"),
        ),
    )


def _listed_for_loopback(here: Condition) -> Iterator[Extension]:
    """Our line passes a loopback, beside what the operator lets pass."""
    yield extension(
        "callmark-loopback",
        here,
        is_empty("loopback_export"),
        actions=(set_to("loopback_export", OF),),
        goes_on=True,
    )
    yield extension(
        "callmark-loopback-too",
        here,
        Condition("${loopback_export}", f"^(?!.*{OF})."),
        actions=(set_to("loopback_export", f"${{loopback_export}},{OF}"),),
        goes_on=True,
    )


def _fail_policy(account: AccountDialplan, settings: Settings) -> Iterator[Extension]:
    """What is not known to be harmless, or is not a number, is refused."""
    here = reached_as(_DOWN)
    prefix = account.outside_prefix
    yield extension(
        "callmark-down",
        here,
        actions=(
            set_to(OUTSIDE, f"${{{CLEAN}}}", inline=True),
            set_to(LINE, "", inline=True),
            unset(SENSITIVE),
            *leads_to(OF_NOTHING),
            *called_may_not_tag(),
        ),
        goes_on=True,
    )
    no_number = Condition(f"${{{CLEAN}}}", f"^(?!{A_NUMBER}{END})")
    yield _decides("callmark-down-nothing", here, (no_number,), REFUSE_EXTENSION, account)
    if not account.allowed:
        yield _decides("callmark-down-not-used", here, (), KEEP_EXTENSION, account)
    else:
        yield from _judged(account, here, prefix)
    yield from _outcomes(account, settings)


def _judged(account: AccountDialplan, here: Condition, prefix: str) -> Iterator[Extension]:
    extensions = Condition(f"${{{CLEAN}}}", f"^(?:{one_of(account.extensions)}){END}")
    yield _decides("callmark-down-colleague", here, (extensions,), KEEP_EXTENSION, account)
    yield from _own_phone(account, here, CLEAN)
    if prefix:
        yield extension(
            "callmark-down-outside",
            here,
            Condition(f"${{{CLEAN}}}", f"^{prefix}(.+){END}"),
            actions=(
                set_to(OUTSIDE, "$1", inline=True),
                set_to(LINE, prefix, inline=True),
            ),
            goes_on=True,
        )
        yield from _own_phone(account, here, OUTSIDE)
    numbers = allow_list(account.plan(account.country))
    for expressions, target, what in (
        (numbers.refused, REFUSE_EXTENSION, "costly"),
        (numbers.allowed, KEEP_EXTENSION, "harmless"),
    ):
        for count, expression in enumerate(expressions, 1):
            matches = Condition(f"${{{OUTSIDE}}}", f"^(?:{without_groups(expression)}){END}")
            yield _decides(f"callmark-down-{what}-{count}", here, (matches,), target, account)
    yield _decides("callmark-down-unknown", here, (), REFUSE_EXTENSION, account)


def _own_phone(account: AccountDialplan, here: Condition, number: str) -> Iterator[Extension]:
    """The account's own numbers, as one dials them from anywhere."""
    written = set()
    for phone in account.phone_numbers:
        abroad = prefixes_to(phone, account.country)
        written |= {phone, *(prefix + phone[1:] for prefix in abroad)}
    if written:
        own = Condition(f"${{{number}}}", f"^(?:{one_of(written)}){END}")
        yield _decides(f"callmark-down-own-number-{number}", here, (own,), KEEP_EXTENSION, account)


def _decides(
    name: str,
    here: Condition,
    conditions: tuple[Condition, ...],
    target: str,
    account: AccountDialplan,
) -> Extension:
    run = Action("execute_extension", f"{target} XML {own_context(account)}")
    return extension(name, here, *conditions, actions=(run,))


def _outcomes(account: AccountDialplan, settings: Settings) -> Iterator[Extension]:
    dialed = f"${{{CLEAN}}}"
    yield extension(
        KEEP_EXTENSION,
        reached_as(KEEP_EXTENSION),
        actions=(
            set_to(NUMBER, f"${{{OUTSIDE}}}"),
            mark(account, CONNECTED_WHILE_DOWN, dialed),
            Action("execute_extension", f"{ONWARD_EXTENSION} XML {own_context(account)}"),
        ),
    )
    refused = sounds_of(Prompt.CALL_REFUSED, account.wording, settings.sounds)[0]
    yield extension(
        REFUSE_EXTENSION,
        reached_as(REFUSE_EXTENSION),
        actions=(
            set_to(NUMBER, ""),
            mark(account, REFUSED_WHILE_DOWN, dialed),
            Action("playback", refused),
            Action("hangup", CALL_REJECTED),
        ),
    )


def _onward() -> Iterator[Extension]:
    """The call goes on to the operator's routes with the clean number, or back to where it was.

    Their patterns see what was dialed. Where that is written in another way, or the watchdog has
    taken the call from them, they run once more, for the clean number.
    """
    here = reached_as(ONWARD_EXTENSION)
    number = f"${{{LINE}}}${{{NUMBER}}}"
    again = (set_to(PASSED, number), Action("transfer", f"{number} XML ${{{CONTEXT}}}"))
    yield extension(f"{ONWARD_EXTENSION}-hung", here, is_set(HUNG), actions=again)
    yield extension(
        ONWARD_EXTENSION,
        here,
        Condition(f"${{{DIALED}}}|{number}", rf"^(?!([^|]*)[|]\1{END})"),
        actions=again,
    )
    yield extension(f"{ONWARD_EXTENSION}-here", here)
    # A result that nobody knows is none to go on with.
    yield extension(
        "callmark-unknown",
        Condition("destination_number", f"^{AFTER_EXTENSION}"),
        actions=(Action("hangup", CALL_REJECTED),),
    )
