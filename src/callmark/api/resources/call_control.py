"""Call control: any other switch asks what to do with a call, a request for each step."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from ninja import Router
from pydantic import Field, StrictInt

from callmark.accounts.models import User
from callmark.api import examples
from callmark.api.callers import Here
from callmark.api.description import Operation
from callmark.api.operations import operation
from callmark.api.resources.calls import Moment
from callmark.api.resources.simulator import Dialed
from callmark.api.schemas import NO_CONTROL_CHARACTERS, Request, Shown
from callmark.calls.models import CallOutcome, Direction
from callmark.policy.numbering import CallType, emergency_numbers
from callmark.policy.prompts import Prompt
from callmark.sign_in.api_tokens import Scope
from callmark.switches.http import calls as http_calls
from callmark.switches.http.calls import StartOfCall
from callmark.switches.http.ending import EndOfCall, close_forgotten, end_call, talk_seconds
from callmark.switches.http.models import HttpCall
from callmark.switches.http.question import latest_answer
from callmark.web.access import Needs
from callmark.web.problems import Problem, not_found

router = Router(tags=["Call control"])

PATH = "/accounts/{account_id}/call-control/calls"
ONE = f"{PATH}/{{call_id}}"

MAX_SECONDS = 60 * 60 * 24 * 30
Identifier = Annotated[str, Field(max_length=150, pattern=NO_CONTROL_CHARACTERS)]


Linked = Annotated[Identifier, Field(description="Id of the whole call, all its legs.")]


class ActionToTake(StrEnum):
    """What the switch is to do after the prompts."""

    COLLECT = "collect"
    CONNECT = "connect"
    END = "end"
    NONE = "none"


class PromptToPlay(Shown):
    """A prompt, in early media. `wait` false: go on at once and let it sound meanwhile."""

    prompt: Prompt
    text: str
    file: str
    wait: bool
    interruptible: Annotated[bool, Field(description="Digits interrupt it and begin the entry.")]


class DigitsToCollect(Shown):
    """An entry to collect: it ends at `max_digits`, at the terminator or after silence."""

    sequence: Annotated[int, Field(description="The number to send with the entry.")]
    max_digits: int
    first_digit_seconds: float
    between_digits_seconds: float
    terminator: str


class CodeOnCall(Shown):
    """The code that tagged the call; without id and name it is not one of the account's."""

    id: UUID | None
    name: str


class NextAction(Shown):
    """What to do now: play the prompts in order, then the action."""

    id: UUID
    call_id: str
    action: ActionToTake
    prompts: list[PromptToPlay]
    collect: DigitsToCollect | None
    outcome: CallOutcome | None
    call_type: Annotated[CallType | None, Field(description="Of outbound calls.")]
    e164: str | None
    number: Annotated[
        str | None, Field(description="What to dial, cleaned, once the call is to go on.")
    ] = None
    account_code: CodeOnCall | None
    why: list[str]


class Way(StrEnum):
    """Which way a call goes, seen from the account."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"


class CallToStart(Request):
    """A user dialed, or a call came in for one. Say who by `user_id` or by `extension`.

    For a call that came in, `dialed` is the user's number or extension, `caller` who calls.
    """

    call_id: Annotated[
        Identifier, Field(min_length=1, description="Your own id of the call: unique, and kept.")
    ]
    dialed: Dialed
    user_id: UUID | None = None
    extension: Annotated[str | None, Field(pattern="^[0-9]{1,10}$")] = None
    caller: Annotated[
        str, Field(max_length=80, pattern=NO_CONTROL_CHARACTERS, description="For the record.")
    ] = ""
    linked_id: Linked = ""
    direction: Way = Way.OUTBOUND


class EntryMade(Request):
    """What the caller entered. The digits are judged and forgotten."""

    sequence: Annotated[
        StrictInt,
        Field(ge=1, le=100, description="As asked for. Sent again, it is not counted again."),
    ]
    digits: Annotated[
        str, Field(pattern="^[0-9*#]{0,32}$", description="Empty: the caller entered nothing.")
    ]


class CallEnd(Request):
    """How the call went."""

    ended_at: Moment
    answered_at: Moment | None = None
    seconds: Annotated[
        StrictInt | None,
        Field(ge=0, le=MAX_SECONDS, description="Talk time; null: from the times."),
    ] = None
    disposition: Annotated[str, Field(pattern="^[A-Za-z _-]{0,20}$")] = ""


class CallControl(Shown):
    """What a switch must know of the account."""

    star_code: Annotated[str, Field(description="Dialed during a call, it begins a tagging.")]
    outside_prefix: str
    emergency_numbers: Annotated[
        list[str],
        Field(description="Route these before you ask, with and without the outside prefix."),
    ]


def phone_user(here: Here, user_id: UUID | None, extension: str | None) -> User:
    """Who dialed, or is called: by the one or the other."""
    if (user_id is None) == (extension is None):
        raise Problem(
            422, "one_caller", "Give either the user_id or the extension.", field="user_id"
        )
    if user_id is not None:
        return here.active_user(user_id)
    users = User.objects.of(here.account).filter(is_active=True)
    user = users.filter(extensions__number=extension).first()
    if user is None:
        raise Problem(
            422,
            "unknown_extension",
            "No user of the account has this extension: add it to one.",
            field="extension",
        )
    return user


def _call(here: Here, call_id: UUID) -> HttpCall:
    call = http_calls.call_of(here.account, call_id)
    if call is None:
        raise not_found()
    return call


def _shown(step: dict[str, Any]) -> NextAction:
    return NextAction.model_validate(step)


_ASK: dict[str, Any] = {
    "id": examples.CALL_ID,
    "call_id": "b2b-4711",
    "action": "collect",
    "prompts": [
        {
            "prompt": "enter_code",
            "text": "Please enter a valid account code.",
            "file": "enter-code",
            "wait": False,
            "interruptible": True,
        }
    ],
    "collect": {
        "sequence": 1,
        "max_digits": 4,
        "first_digit_seconds": 10.0,
        "between_digits_seconds": 5.0,
        "terminator": "#",
    },
    "outcome": None,
    "call_type": "international",
    "e164": "+442079460000",
    "number": None,
    "account_code": None,
    "why": examples.WHY,
}
_CONNECT = _ASK | {
    "action": "connect",
    "number": "011442079460000",
    "prompts": [
        {
            "prompt": "splash",
            "text": "(a short tone)",
            "file": "splash",
            "wait": False,
            "interruptible": False,
        }
    ],
    "collect": None,
    "outcome": "connected",
    "account_code": {"id": examples.CODE_ID, "name": "Harper v. Castellan"},
    "why": [*examples.WHY, "the entry is one of the account's codes"],
}
_ABANDONED = _ASK | {"action": "end", "prompts": [], "collect": None, "outcome": "abandoned"}
_OVER = _CONNECT | {"action": "none", "prompts": []}


@operation(
    router,
    Operation(
        "GET",
        "/accounts/{account_id}/call-control",
        needs=Needs.ADMINISTRATION,
        scope=Scope.CALL_CONTROL,
        example={
            "star_code": "*50",
            "outside_prefix": "9",
            "emergency_numbers": ["112", "911", "933", "988"],
        },
    ),
)
def get_call_control(here: Here) -> CallControl:
    """Read what your switch must know: the star code, and which numbers never to ask about."""
    account = here.account
    people = User.objects.of(account).filter(is_active=True)
    homes = set(people.exclude(home_country="").values_list("home_country", flat=True))
    numbers = {one for country in homes | {account.country} for one in emergency_numbers(country)}
    return CallControl(
        star_code=account.star_code,
        outside_prefix=account.outside_prefix,
        emergency_numbers=sorted(numbers),
    )


@operation(
    router,
    Operation(
        "POST",
        PATH,
        needs=Needs.ADMINISTRATION,
        scope=Scope.CALL_CONTROL,
        status=201,
        example=_ASK,
        body_example={
            "call_id": "b2b-4711",
            "user_id": examples.USER_ID,
            "dialed": "9011442079460000",
        },
    ),
)
def start_call(here: Here, body: CallToStart) -> NextAction:
    """Start a call: a user has dialed, or a call came in for one.

    Route emergency numbers before you ask. A call that came in connects at once, and is recorded.
    The same `call_id` again gets the same answer.
    """
    start = StartOfCall(
        call_id=body.call_id,
        user=phone_user(here, body.user_id, body.extension),
        dialed=body.dialed,
        caller=body.caller or (body.extension or "" if body.direction == Way.OUTBOUND else ""),
        linked_id=body.linked_id,
        direction=Direction(body.direction.value),
    )
    close_forgotten(here.account)
    return _shown(http_calls.start_call(here.account, start))


@operation(
    router,
    Operation(
        "GET",
        ONE,
        needs=Needs.ADMINISTRATION,
        scope=Scope.CALL_CONTROL,
        example=_ASK,
    ),
)
def get_next_action(here: Here, call_id: UUID) -> NextAction:
    """Read again what is to be done now, for example after a restart of yours."""
    return _shown(latest_answer(_call(here, call_id)))


@operation(
    router,
    Operation(
        "POST",
        f"{ONE}/entries",
        needs=Needs.ADMINISTRATION,
        scope=Scope.CALL_CONTROL,
        example=_CONNECT,
        body_example={"sequence": 1, "digits": "1234"},
    ),
)
def send_digits(here: Here, call_id: UUID, body: EntryMade) -> NextAction:
    """Send what the caller entered. A sequence number that was sent gets the same answer."""
    call = _call(here, call_id)
    return _shown(http_calls.enter_digits(call, body.sequence, body.digits))


@operation(
    router,
    Operation(
        "POST",
        f"{ONE}/hang-up",
        needs=Needs.ADMINISTRATION,
        scope=Scope.CALL_CONTROL,
        example=_ABANDONED,
    ),
)
def report_hang_up(here: Here, call_id: UUID) -> NextAction:
    """Report that the caller hung up at the prompt. Later, it changes nothing."""
    return _shown(http_calls.hang_up(_call(here, call_id)))


@operation(
    router,
    Operation(
        "POST",
        f"{ONE}/end",
        needs=Needs.ADMINISTRATION,
        scope=Scope.CALL_CONTROL,
        example=_OVER,
        body_example={
            "answered_at": examples.MOMENT,
            "ended_at": examples.LATER,
            "disposition": "ANSWERED",
        },
    ),
)
def report_end(here: Here, call_id: UUID, body: CallEnd) -> NextAction:
    """Report that the call is over, and how it went. The first report counts."""
    seconds = body.seconds
    if seconds is None:
        seconds = talk_seconds(body.answered_at, body.ended_at)
    report = EndOfCall(body.ended_at, body.answered_at, min(seconds, MAX_SECONDS), body.disposition)
    return _shown(end_call(_call(here, call_id), report))
