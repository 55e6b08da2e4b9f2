"""Names of the dialplan's own: what only its extensions say to one another, and to the CDR."""

from callmark.switches.alone.account import AccountDialplan
from callmark.switches.freeswitch.dialplan.xml import Action, set_to, unset
from callmark.switches.freeswitch.marks import ALONE, MARKS
from callmark.switches.freeswitch.variables import CALL, OF, OF_NOTHING, PREFIX

CLEAN = f"{PREFIX}_clean"
"""What was dialed, if it is a number: ``[+0-9*#]`` only, with the outside-line prefix."""

OUTSIDE = f"{PREFIX}_outside"
"""The same without the prefix: what the fail policy judges."""

PASSED = f"{PREFIX}_passed"
"""The number that a decided call goes on to: its next run through the dialplan asks nobody."""

WAY = f"{PREFIX}_way"
"""Why this run through the dialplan asks nobody; '' where it does."""

HUNG = f"{PREFIX}_hung"
"""``true`` where the watchdog has taken the call: what stood behind our hook is gone."""

BEFORE = f"{PREFIX}_before"
"""The gate's line about the question before this one: where it is still the same, the gate never
took this one."""

NTH = f"{PREFIX}_nth"
"""How many questions this channel has had, in strokes: the dialplan cannot count."""

KEEP_EXTENSION = "callmark-keep"
REFUSE_EXTENSION = "callmark-refuse"
ONWARD_EXTENSION = "callmark-onward"

CALL_REJECTED = "CALL_REJECTED"

ASKED, EMERGENCY = "asked", "emergency"
CONNECTED_WHILE_DOWN, REFUSED_WHILE_DOWN = "connected_while_down", "refused_while_down"


def own_context(account: AccountDialplan) -> str:
    """The context that no phone is in. FusionPBX leaves contexts with an @ to the files."""
    return f"{account.slug}@callmark"


def mark(account: AccountDialplan, outcome: str, number: str) -> Action:
    """Adds a mark: ``OUTCOME;ACCOUNT;NUMBER;NTH;AT;BEFORE;NOW,``.

    ``NTH`` is in strokes, ``AT`` in microseconds since 1970; the last two are :data:`BEFORE` and
    what it is by now.
    """
    values = (outcome, account.slug, number, f"${{{NTH}}}", "${profile_created_time}", _QUESTION)
    return Action("set", f"{MARKS}=${{{MARKS}}}{';'.join(values)},")


def count_question() -> tuple[Action, ...]:
    """At the beginning of each question: another stroke, and what the gate said last."""
    return (set_to(NTH, f"${{{NTH}}}i"), set_to(BEFORE, f"${{{CALL}}}"))


def leads_to(origin: str) -> tuple[Action, ...]:
    """Tells the called leg which question led to it: the gate's line, or the dialplan's own."""
    if origin == OF_NOTHING:
        alone = Action("export", f"nolocal:{ALONE}=${{uuid}};${{{NTH}}};{_QUESTION}")
    else:
        alone = unset(f"nolocal:{ALONE}")
    return (Action("export", f"nolocal:{OF}={origin}"), alone)


_QUESTION = f"${{{BEFORE}}};${{{CALL}}}"
