"""Tagging by star code over call control: a request for each step, as for calls."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from ninja import Router
from pydantic import Field

from callmark.api import examples
from callmark.api.callers import Here
from callmark.api.description import Operation
from callmark.api.operations import operation
from callmark.api.resources.call_control import (
    CodeOnCall,
    DigitsToCollect,
    EntryMade,
    Identifier,
    Linked,
    PromptToPlay,
    Way,
    phone_user,
)
from callmark.api.schemas import NO_CONTROL_CHARACTERS, Request, Shown
from callmark.calls.models import Direction
from callmark.sign_in.api_tokens import Scope
from callmark.switches.http import taggings
from callmark.switches.http.ending import close_forgotten
from callmark.switches.http.models import HttpTagging
from callmark.switches.http.question import latest_answer
from callmark.switches.http.taggings import StartOfTagging
from callmark.web.access import Needs
from callmark.web.problems import not_found

router = Router(tags=["Call control"])

PATH = "/accounts/{account_id}/call-control/taggings"
ONE = f"{PATH}/{{tagging_id}}"


class TaggingAction(StrEnum):
    """What the switch is to do after the prompts; the call itself is never ended."""

    COLLECT = "collect"
    RESUME = "resume"


class NextTaggingAction(Shown):
    """What to do now, for the user who dialed alone: play the prompts in order, then the action.

    `resume` gives the user back to the conversation; with a code, the call was tagged with it.
    """

    id: UUID
    tagging_id: str
    record_id: Annotated[
        UUID, Field(description="The call's record; report the end of the call with it.")
    ]
    action: TaggingAction
    prompts: list[PromptToPlay]
    collect: DigitsToCollect | None
    account_code: CodeOnCall | None


class TaggingToStart(Request):
    """A user dialed the star code during an answered call. Who: by `user_id` or `extension`."""

    call_id: Annotated[
        Identifier, Field(min_length=1, description="Your own id of the call, or of this leg.")
    ]
    tagging_id: Annotated[
        Identifier,
        Field(min_length=1, description="Your own id of this press: unique in the call."),
    ]
    user_id: UUID | None = None
    extension: Annotated[str | None, Field(pattern="^[0-9]{1,10}$")] = None
    linked_id: Linked = ""
    direction: Annotated[
        Way | None, Field(description="Needed for a call that was not started here.")
    ] = None
    number: Annotated[
        str,
        Field(
            max_length=80,
            pattern=NO_CONTROL_CHARACTERS,
            description="The other party's; needed for a call that was not started here.",
        ),
    ] = ""


def _tagging(here: Here, tagging_id: UUID) -> HttpTagging:
    tagging = taggings.tagging_of(here.account, tagging_id)
    if tagging is None:
        raise not_found()
    return tagging


def _shown(step: dict[str, Any]) -> NextTaggingAction:
    return NextTaggingAction.model_validate(step)


_COLLECT: dict[str, Any] = {
    "id": examples.TAGGING_ID,
    "tagging_id": "press-1",
    "record_id": examples.CALL_ID,
    "action": "collect",
    "prompts": [],
    "collect": {
        "sequence": 1,
        "max_digits": 4,
        "first_digit_seconds": 10.0,
        "between_digits_seconds": 5.0,
        "terminator": "#",
    },
    "account_code": None,
}
_TAGGED = _COLLECT | {
    "action": "resume",
    "prompts": [
        {
            "prompt": "splash",
            "text": "(a short tone)",
            "file": "splash",
            "wait": True,
            "interruptible": False,
        }
    ],
    "collect": None,
    "account_code": {"id": examples.CODE_ID, "name": "Harper v. Castellan"},
}
_LEFT = _COLLECT | {"action": "resume", "collect": None}


@operation(
    router,
    Operation(
        "POST",
        PATH,
        needs=Needs.ADMINISTRATION,
        scope=Scope.CALL_CONTROL,
        status=201,
        example=_COLLECT,
        body_example={
            "call_id": "b2b-4712",
            "tagging_id": "press-1",
            "user_id": examples.USER_ID,
            "direction": "inbound",
            "number": "+442079460000",
        },
    ),
)
def start_tagging(here: Here, body: TaggingToStart) -> NextTaggingAction:
    """Start a tagging: a user has dialed the star code during an answered call.

    Any user of the account who is on the call may tag it, whichever way it goes. A call that was
    not started over call control is recorded now. The same `call_id` and `tagging_id` again get the
    same answer.
    """
    start = StartOfTagging(
        call_id=body.call_id,
        tagging_id=body.tagging_id,
        user=phone_user(here, body.user_id, body.extension),
        linked_id=body.linked_id,
        direction=Direction(body.direction.value) if body.direction else None,
        number=body.number,
    )
    close_forgotten(here.account)
    return _shown(taggings.start_tagging(here.account, start))


@operation(
    router,
    Operation(
        "GET",
        ONE,
        needs=Needs.ADMINISTRATION,
        scope=Scope.CALL_CONTROL,
        example=_COLLECT,
    ),
)
def get_next_tagging_action(here: Here, tagging_id: UUID) -> NextTaggingAction:
    """Read again what is to be done now, for example after a restart of yours."""
    return _shown(latest_answer(_tagging(here, tagging_id)))


@operation(
    router,
    Operation(
        "POST",
        f"{ONE}/entries",
        needs=Needs.ADMINISTRATION,
        scope=Scope.CALL_CONTROL,
        example=_TAGGED,
        body_example={"sequence": 1, "digits": "1234"},
    ),
)
def send_tagging_digits(here: Here, tagging_id: UUID, body: EntryMade) -> NextTaggingAction:
    """Send what the user entered. A sequence number that was sent gets the same answer."""
    tagging = _tagging(here, tagging_id)
    return _shown(taggings.enter_digits(tagging, body.sequence, body.digits))


@operation(
    router,
    Operation(
        "POST",
        f"{ONE}/hang-up",
        needs=Needs.ADMINISTRATION,
        scope=Scope.CALL_CONTROL,
        example=_LEFT,
    ),
)
def report_tagging_hang_up(here: Here, tagging_id: UUID) -> NextTaggingAction:
    """Report that the user hung up before the tagging was done. Later, it changes nothing."""
    return _shown(taggings.hang_up(_tagging(here, tagging_id)))
