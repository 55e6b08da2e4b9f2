"""Tagging by star code over call control: a request for each step, as for calls."""

from enum import StrEnum
from uuid import UUID

from django.db.models import QuerySet
from pydantic import Field

from callmark.api import examples
from callmark.api.resource import Here, Needs, Resource, Scope
from callmark.api.resources.call_control import (
    SPLASH,
    CodeOnCall,
    DigitsToCollect,
    EntryMade,
    Identifier,
    Phone,
    PromptToPlay,
    Way,
    control,
    user_of,
)
from callmark.api.schemas import NO_CONTROL_CHARACTERS, Shown, eg, example_of
from callmark.calls.models import Direction
from callmark.switches.http import taggings as http_taggings
from callmark.switches.http.ending import close_forgotten
from callmark.switches.http.models import HttpTagging
from callmark.switches.http.question import latest_answer
from callmark.switches.http.steps import enter_digits, hang_up
from callmark.switches.http.taggings import StartOfTagging


def _taggings_of(here: Here) -> QuerySet[HttpTagging]:
    return HttpTagging.objects.of(here.account).select_related("account", "user")


taggings = Resource(
    f"{control.path}/taggings",
    "Call control",
    needs=Needs.ADMINISTRATION,
    reads=Scope.CALL_CONTROL,
    writes=Scope.CALL_CONTROL,
)
tagging = taggings.one("/{tagging_id}", _taggings_of)


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


class TaggingToStart(
    Phone,
    example={
        "call_id": "b2b-4712",
        "tagging_id": "press-1",
        "user_id": examples.USER_ID,
        "direction": "inbound",
        "number": "+442079460000",
    },
):
    """A user dialed the star code during an answered call. Who: by `user_id` or `extension`."""

    call_id: Identifier = Field(
        min_length=1, description="Your own id of the call, or of this leg."
    )
    tagging_id: Identifier = Field(
        min_length=1, description="Your own id of this press: unique in the call."
    )
    direction: Way | None = Field(None, description="Needed for a call that was not started here.")
    number: str = Field(
        "",
        max_length=80,
        pattern=NO_CONTROL_CHARACTERS,
        description="The other party's; needed for a call that was not started here.",
    )


@taggings.post(status=201)
def start_tagging(here: Here, body: TaggingToStart) -> NextTaggingAction:
    """Start a tagging: a user has dialed the star code during an answered call.

    Any user of the account who is on the call may tag it, whichever way it goes. A call that was
    not started over call control is recorded now. The same `call_id` and `tagging_id` again get the
    same answer.
    """
    start = StartOfTagging(
        call_id=body.call_id,
        tagging_id=body.tagging_id,
        user=user_of(here, body),
        linked_id=body.linked_id,
        direction=Direction(body.direction.value) if body.direction else None,
        number=body.number,
    )
    close_forgotten(here.account)
    return NextTaggingAction.model_validate(http_taggings.start_tagging(here.account, start))


@tagging.get()
def get_next_tagging_action(_here: Here, tagging: HttpTagging) -> NextTaggingAction:
    """Read again what is to be done now, for example after a restart of yours."""
    return NextTaggingAction.model_validate(latest_answer(tagging))


@tagging.post("/entries", example=TAGGED)
def send_tagging_digits(_here: Here, tagging: HttpTagging, body: EntryMade) -> NextTaggingAction:
    """Send what the user entered. A sequence number that was sent gets the same answer."""
    step = enter_digits(tagging, body.sequence, body.digits)
    return NextTaggingAction.model_validate(step)


@tagging.post("/hang-up", example=LEFT)
def report_tagging_hang_up(_here: Here, tagging: HttpTagging) -> NextTaggingAction:
    """Report that the user hung up before the tagging was done. Later, it changes nothing."""
    return NextTaggingAction.model_validate(hang_up(tagging))
