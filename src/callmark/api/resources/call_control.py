"""Call control: any other switch asks what to do with a call, a request for each step.

Tagging by star code goes the same way.
"""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StrictInt

from callmark.accounts.models import User
from callmark.api import examples
from callmark.api.resource import Here, Needs, Resource, Scope
from callmark.api.resources.simulator import Dialed
from callmark.api.schemas import NO_CONTROL_CHARACTERS, Moment, Request, Shown, eg, example_of
from callmark.calls.models import CallOutcome, Direction
from callmark.policy.numbering import CallType, emergency_numbers
from callmark.policy.prompts import Prompt, PromptLanguage
from callmark.switches.http import calls, ending, steps, taggings
from callmark.switches.http.models import HttpCall, HttpTagging
from callmark.switches.http.port import Step
from callmark.switches.http.question import Row
from callmark.web.problems import Problem

control = Resource(
    "/accounts/{account_id}/call-control",
    "Call control",
    needs=Needs.ADMINISTRATION,
    reads=Scope.CALL_CONTROL,
    writes=Scope.CALL_CONTROL,
)
call = control.one("/calls/{call_id}", lambda here: HttpCall.objects.of(here.account))
tagging = control.one("/taggings/{tagging_id}", lambda here: HttpTagging.objects.of(here.account))

Identifier = Annotated[str, Field(max_length=150, pattern=NO_CONTROL_CHARACTERS)]
Said = Annotated[str, Field(max_length=80, pattern=NO_CONTROL_CHARACTERS)]
Linked = Annotated[Identifier, Field(description="Id of the whole call, all its legs.")]


class ActionToTake(StrEnum):
    """What the switch is to do after the prompts."""

    COLLECT = "collect"
    CONNECT = "connect"
    END = "end"
    NONE = "none"


class PromptToPlay(Shown):
    """A prompt, in early media. `wait` false: go on at once and let it sound meanwhile."""

    prompt: Prompt = eg("enter_code")
    text: str = eg("Please enter a valid account code.")
    file: str = eg("enter-code")
    language: PromptLanguage = eg(
        "en", "The caller's: `text` is in it, and each has a file.", default=PromptLanguage.ENGLISH
    )
    wait: bool
    interruptible: bool = eg(True, "Digits interrupt it and begin the entry.")


SPLASH = {
    "prompt": "splash",
    "text": "(a short tone)",
    "file": "splash",
    "language": "en",
    "wait": False,
    "interruptible": False,
}


class DigitsToCollect(Shown):
    """An entry to collect: it ends at `max_digits`, at the terminator or after silence."""

    sequence: int = eg(1, "The number to send with the entry.")
    max_digits: int = eg(4)
    first_digit_seconds: float = eg(10.0)
    between_digits_seconds: float = eg(5.0)
    terminator: str = eg("#", "Ends the entry. Send it, too: alone, it may mean no code.")
    alone: str = eg(
        "", "A key that is an entry of its own where it is pressed first; empty: none.", default=""
    )


class CodeOnCall(Shown):
    """The code that tagged the call; without id and name it is not one of the account's."""

    id: UUID | None = eg(examples.CODE_ID)
    name: str = eg("Harper v. Castellan")


class NextAction(Shown):
    """What to do now: play the prompts in order, then the action."""

    id: UUID = eg(examples.CALL_ID)
    call_id: str = eg("b2b-4711")
    action: ActionToTake = eg("collect")
    prompts: list[PromptToPlay]
    collect: DigitsToCollect | None = eg(DigitsToCollect)
    outcome: CallOutcome | None
    call_type: CallType | None = eg("international", "Of outbound calls.")
    e164: str | None = eg("+442079460000")
    number: str | None = eg(None, "What to dial, cleaned, once the call is to go on.", default=None)
    account_code: CodeOnCall | None
    why: list[str] = eg(examples.WHY)


CONNECT: dict[str, Any] = {
    "action": "connect",
    "number": "011442079460000",
    "prompts": [SPLASH],
    "collect": None,
    "outcome": "connected",
    "account_code": example_of(CodeOnCall),
    "why": [*examples.WHY, "the entry is one of the account's codes"],
}
ABANDONED: dict[str, Any] = {
    "action": "end",
    "prompts": [],
    "collect": None,
    "outcome": "abandoned",
}


class Way(StrEnum):
    """Which way a call goes, seen from the account."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"


class Phone(Request):
    """Who dialed, or is called: by the one or the other."""

    user_id: UUID | None = eg(examples.USER_ID, default=None)
    extension: Annotated[str | None, Field(pattern="^[0-9]{1,10}$")] = None
    linked_id: Linked = ""


class CallToStart(Phone):
    """A user dialed, or a call came in for one. Say who by `user_id` or by `extension`.

    For a call that came in, `dialed` is the user's number or extension, `caller` who calls.
    """

    call_id: Identifier = eg("b2b-4711", "Your own id of the call: unique, and kept.", min_length=1)
    dialed: Dialed = eg("9011442079460000")
    caller: Said = Field("", description="For the record.")
    direction: Way = Way.OUTBOUND


class EntryMade(Request):
    """What the caller entered. The digits are judged and forgotten."""

    sequence: StrictInt = eg(1, "As asked for. Sent again, it is not counted again.", ge=1, le=100)
    digits: str = eg("1234", "Empty: the caller entered nothing.", pattern="^[0-9*#]{0,32}$")


class CallEnd(Request):
    """How the call went."""

    ended_at: Moment = eg(examples.LATER)
    answered_at: Moment | None = eg(examples.MOMENT, default=None)
    seconds: StrictInt | None = Field(
        None, ge=0, le=ending.MAX_SECONDS, description="Talk time; null: from the times."
    )
    disposition: str = eg("ANSWERED", pattern="^[A-Za-z _-]{0,20}$", default="")


class TaggingAction(StrEnum):
    """What the switch is to do after the prompts; the call itself is never ended."""

    COLLECT = "collect"
    RESUME = "resume"


class NextTaggingAction(Shown):
    """What to do now, for the user who dialed alone: play the prompts in order, then the action.

    `resume` gives the user back to the conversation; with a code, the call was tagged with it.
    """

    id: UUID = eg(examples.TAGGING_ID)
    tagging_id: str = eg("press-1")
    record_id: UUID = eg(examples.CALL_ID, "The call's record; report the end of the call with it.")
    action: TaggingAction = eg("collect")
    prompts: list[PromptToPlay] = eg([])
    collect: DigitsToCollect | None = eg(DigitsToCollect)
    account_code: CodeOnCall | None


LEFT = {"action": "resume", "collect": None}
TAGGED = LEFT | {"prompts": [SPLASH | {"wait": True}], "account_code": example_of(CodeOnCall)}


class TaggingToStart(Phone):
    """A user dialed the star code during an answered call. Who: by `user_id` or `extension`."""

    call_id: Identifier = eg("b2b-4712", "Your own id of the call, or of this leg.", min_length=1)
    tagging_id: Identifier = eg(
        "press-1", "Your own id of this press: unique in the call.", min_length=1
    )
    direction: Way | None = eg(
        "inbound", "Needed for a call that was not started here.", default=None
    )
    number: Said = eg(
        "+442079460000",
        "The other party's; needed for a call that was not started here.",
        default="",
    )


class CallControl(Shown):
    """What a switch must know of the account."""

    star_code: str = eg("*50", "Dialed during a call, it begins a tagging.")
    outside_prefix: str = eg("9")
    emergency_numbers: list[str] = eg(
        ["112", "911", "933", "988"],
        "Route these before you ask, with and without the outside prefix.",
    )


def user_of(here: Here, phone: Phone) -> User:
    """The user whose phone it is."""
    if (phone.user_id is None) == (phone.extension is None):
        raise Problem(
            422, "one_caller", "Give either the user_id or the extension.", field="user_id"
        )
    if phone.user_id is not None:
        return here.active_user(phone.user_id)
    users = User.objects.of(here.account).filter(is_active=True)
    user = users.filter(extensions__number=phone.extension).first()
    if user is None:
        raise Problem(
            422,
            "unknown_extension",
            "No user of the account has this extension: add it to one.",
            field="extension",
        )
    return user


@control.get()
def get_call_control(here: Here) -> CallControl:
    """Read what your switch must know: the star code, and which numbers never to ask about."""
    people = User.objects.of(here.account).filter(is_active=True)
    homes = set(people.exclude(home_country="").values_list("home_country", flat=True))
    countries = homes | {here.account.country}
    numbers = {one for country in countries for one in emergency_numbers(country)}
    return CallControl.of(here.account, emergency_numbers=sorted(numbers))


Next = NextAction | NextTaggingAction


def _next(step: Step) -> Next:
    return (NextTaggingAction if "tagging_id" in step else NextAction).model_validate(step)


@control.post("/calls", status=201, answer=NextAction)
def start_call(here: Here, body: CallToStart) -> Next:
    """Start a call: a user has dialed, or a call came in for one.

    Route emergency numbers before you ask. A call that came in connects at once, and is recorded.
    The same `call_id` again gets the same answer.
    """
    start = calls.StartOfCall(
        call_id=body.call_id,
        user=user_of(here, body),
        dialed=body.dialed,
        caller=body.caller or (body.extension or "" if body.direction == Way.OUTBOUND else ""),
        linked_id=body.linked_id,
        direction=Direction(body.direction),
    )
    ending.close_forgotten(here.account)
    return _next(calls.start_call(here.account, start))


@control.post("/taggings", status=201, answer=NextTaggingAction)
def start_tagging(here: Here, body: TaggingToStart) -> Next:
    """Start a tagging: a user has dialed the star code during an answered call.

    Any user of the account who is on the call may tag it, whichever way it goes. A call that was
    not started over call control is recorded now. The same `call_id` and `tagging_id` again get the
    same answer.
    """
    start = taggings.StartOfTagging(
        call_id=body.call_id,
        tagging_id=body.tagging_id,
        user=user_of(here, body),
        linked_id=body.linked_id,
        direction=Direction(body.direction) if body.direction else None,
        number=body.number,
    )
    ending.close_forgotten(here.account)
    return _next(taggings.start_tagging(here.account, start))


@tagging.get(name="get_next_tagging_action", answer=NextTaggingAction)
@call.get(answer=NextAction)
def get_next_action(_here: Here, asked: Row) -> Next:
    """Read again what is to be done now, for example after a restart of yours."""
    return _next(asked.answer())


@tagging.post(
    "/entries",
    name="send_tagging_digits",
    text="Send what the user entered. A sequence number that was sent gets the same answer.",
    answer=NextTaggingAction,
    example=TAGGED,
)
@call.post("/entries", answer=NextAction, example=CONNECT)
def send_digits(_here: Here, asked: Row, body: EntryMade) -> Next:
    """Send what the caller entered. A sequence number that was sent gets the same answer."""
    return _next(steps.enter_digits(asked, body.sequence, body.digits))


@tagging.post(
    "/hang-up",
    name="report_tagging_hang_up",
    text="Report that the user hung up before the tagging was done. Later, it changes nothing.",
    answer=NextTaggingAction,
    example=LEFT,
)
@call.post("/hang-up", answer=NextAction, example=ABANDONED)
def report_hang_up(_here: Here, asked: Row) -> Next:
    """Report that the caller hung up at the prompt. Later, it changes nothing."""
    return _next(steps.hang_up(asked))


@call.post("/end", answer=NextAction, example=CONNECT | {"action": "none", "prompts": []})
def report_end(_here: Here, call: HttpCall, body: CallEnd) -> Next:
    """Report that the call is over, and how it went. The first report counts."""
    return _next(ending.end_call(call, **body.model_dump()))
