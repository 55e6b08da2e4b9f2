"""What would become of a call: classify numbers, or place a call without a switch."""

from typing import Annotated, Any
from uuid import UUID

from ninja import Router
from pydantic import Field, StrictBool

from callmark.api import examples
from callmark.api.callers import Here
from callmark.api.description import Operation
from callmark.api.operations import operation
from callmark.api.resources.accounts import Country, Prefix
from callmark.api.schemas import Request, Shown
from callmark.calls.models import CallOutcome
from callmark.gate.policy_cache import load_for
from callmark.policy.numbering import CallType, NumberingPlan, classify
from callmark.sign_in.api_tokens import Scope
from callmark.switches.simulator import simulate
from callmark.web.access import Caller, Needs
from callmark.web.problems import Problem

router = Router(tags=["Simulator"])

Dialed = Annotated[
    str,
    Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$", description="As dialed."),
]
Entry = Annotated[
    str, Field(pattern="^[0-9*#]{0,32}$", description="Keys pressed once; empty is silence.")
]


class Classification(Shown):
    """What a dialed number is. A call needs a code when any of its types does."""

    dialed: str
    call_type: CallType
    types: list[CallType]
    e164: str | None
    why: list[str]


class Classifications(Shown):
    """One answer for each number, in the same order."""

    items: list[Classification]


class ToClassify(Request):
    """Numbers as dialed, and where the caller is at home."""

    dialed: Annotated[list[Dialed], Field(min_length=1, max_length=1000)]
    country: Country
    outside_prefix: Prefix = ""


class ToClassifyForUser(Request):
    """Numbers as dialed by a user of the account."""

    dialed: Annotated[list[Dialed], Field(min_length=1, max_length=1000)]
    user_id: UUID


class ToSimulate(Request):
    """A call to place without a switch."""

    user_id: UUID
    dialed: Dialed
    entries: Annotated[
        list[Entry],
        Field(
            default_factory=list,
            max_length=10,
            description="One for each time a code is asked for.",
        ),
    ]
    hang_up: Annotated[
        StrictBool,
        Field(description="When the entries run out: hang up, or wait (then no record)."),
    ] = True
    record: Annotated[StrictBool, Field(description="Keep the call in the history, marked.")] = True


class SimulationStep(Shown):
    """One step, and why. Which fields are set depends on `step`."""

    step: str
    why: list[str]
    number: str | None = None
    call_type: CallType | None = None
    prompt: str | None = None
    text: str | None = None
    file: str | None = None
    count: Annotated[int | None, Field(description="Digits entered.")] = None
    account_code_name: str | None = None


class Simulation(Shown):
    """How the call went. `outcome` is null while it waits for digits."""

    outcome: CallOutcome | None
    waiting_for_digits: bool
    call_type: CallType
    e164: str | None
    account_code: str
    account_code_name: str
    why: list[str]
    steps: list[SimulationStep]


def _classified(dialed: list[str], plan: NumberingPlan) -> Classifications:
    found = [classify(one, plan) for one in dialed]
    return Classifications(
        items=[
            Classification(
                dialed=one.dialed,
                call_type=one.call_type,
                types=sorted(one.types),
                e164=one.e164,
                why=list(one.why),
            )
            for one in found
        ]
    )


_CLASSIFIED = {
    "items": [
        {
            "dialed": "011442079460000",
            "call_type": "international",
            "types": ["international"],
            "e164": "+442079460000",
            "why": ["international: +44 differs from +1"],
        }
    ]
}


@operation(
    router,
    Operation(
        "POST",
        "/classify",
        needs=Needs.SIGN_IN,
        scope=Scope.READ,
        safe=True,
        example=_CLASSIFIED,
        body_example={"dialed": ["011442079460000"], "country": "US"},
    ),
)
def classify_numbers(_caller: Caller, body: ToClassify) -> Classifications:
    """Say what dialed numbers are: emergency, domestic, international, premium, ..."""
    try:
        plan = NumberingPlan(country=body.country, outside_prefix=body.outside_prefix)
    except ValueError:
        raise Problem(
            422, "unknown_country", "Use a country such as US or GB.", field="country"
        ) from None
    return _classified(body.dialed, plan)


@operation(
    router,
    Operation(
        "POST",
        "/accounts/{account_id}/classify",
        needs=Needs.ADMINISTRATION,
        scope=Scope.READ,
        safe=True,
        example=_CLASSIFIED,
        body_example={"dialed": ["9011442079460000"], "user_id": examples.USER_ID},
    ),
)
def classify_numbers_for_user(here: Here, body: ToClassifyForUser) -> Classifications:
    """Say what numbers are when a user dials them: with their country, prefix and colleagues."""
    user = here.active_user(body.user_id)
    return _classified(body.dialed, load_for(user, ()).users[str(user.pk)].plan)


@operation(
    router,
    Operation(
        "POST",
        "/accounts/{account_id}/simulate",
        needs=Needs.ADMINISTRATION,
        scope=Scope.WRITE,
        example={
            "outcome": "connected",
            "waiting_for_digits": False,
            "call_type": "international",
            "e164": "+442079460000",
            "account_code": "1234",
            "account_code_name": "Harper v. Castellan",
            "why": [*examples.WHY, "the entry is one of the account's codes"],
            "steps": [
                {
                    "step": "prompt",
                    "why": examples.WHY,
                    "number": None,
                    "call_type": None,
                    "prompt": "enter_code",
                    "text": "Please enter a valid account code.",
                    "file": "enter-code",
                    "count": None,
                    "account_code_name": None,
                }
            ],
        },
        body_example={
            "user_id": examples.USER_ID,
            "dialed": "9011442079460000",
            "entries": ["1234"],
        },
    ),
)
def simulate_call(here: Here, body: ToSimulate) -> Simulation:
    """Place a call without a switch, and tell each step and why."""
    user = here.active_user(body.user_id)
    done = simulate(user, body.dialed, body.entries, hang_up=body.hang_up, record=body.record)
    return Simulation(
        outcome=CallOutcome(done.outcome) if done.outcome else None,
        waiting_for_digits=done.waiting_for is not None,
        call_type=CallType(done.call_type),
        e164=done.e164,
        account_code=done.account_code,
        account_code_name=done.account_code_name,
        why=done.why,
        steps=[_step(one) for one in done.steps],
    )


def _step(step: dict[str, Any]) -> SimulationStep:
    return SimulationStep.model_validate(step)
