"""What would become of a call: classify numbers, or place a call without a switch."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StrictBool

from callmark.api import examples
from callmark.api.resource import Asker, Here, Needs, Resource
from callmark.api.resources.accounts import Country, Prefix
from callmark.api.schemas import Request, Shown, eg
from callmark.calls.models import CallOutcome
from callmark.gate.policy_cache import load_for
from callmark.policy.numbering import CallType, NumberingPlan, classify
from callmark.switches.simulator import simulate
from callmark.web.problems import Problem

classifier = Resource("/classify", "Simulator", needs=Needs.SIGN_IN)
simulator = Resource("/accounts/{account_id}", "Simulator", needs=Needs.ADMINISTRATION)

Dialed = Annotated[
    str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$", description="As dialed.")
]
Numbers = Annotated[list[Dialed], Field(min_length=1, max_length=1000)]
Entry = Annotated[
    str, Field(pattern="^[0-9*#]{0,32}$", description="Keys pressed once; empty is silence.")
]
LONDON = "9011442079460000"


class Classification(Shown):
    """What a dialed number is. A call needs a code when any of its types does."""

    dialed: str = eg("011442079460000")
    call_type: CallType = eg("international")
    types: list[CallType] = eg(["international"], row=lambda found: sorted(found.types))
    e164: str | None = eg("+442079460000")
    why: list[str] = eg(["international: +44 differs from +1"])


class Classifications(Shown):
    """One answer for each number, in the same order."""

    items: list[Classification]


class ToClassify(Request):
    """Numbers as dialed, and where the caller is at home."""

    dialed: Numbers = eg(["011442079460000"])
    country: Country = eg("US")
    outside_prefix: Prefix = ""


class ToClassifyForUser(Request):
    """Numbers as dialed by a user of the account."""

    dialed: Numbers = eg([LONDON])
    user_id: UUID = eg(examples.USER_ID)


class ToSimulate(Request):
    """A call to place without a switch."""

    user_id: UUID = eg(examples.USER_ID)
    dialed: Dialed = eg(LONDON)
    entries: list[Entry] = eg(
        ["1234"], "One for each time a code is asked for.", default_factory=list, max_length=10
    )
    hang_up: StrictBool = eg(
        description="When the entries run out: hang up, or wait (then no record).", default=True
    )
    record: StrictBool = eg(description="Keep the call in the history, marked.", default=True)


class SimulationStep(Shown):
    """One step, and why. Which fields are set depends on `step`."""

    step: str = eg("prompt")
    why: list[str] = eg(examples.WHY)
    number: str | None = None
    call_type: CallType | None = None
    prompt: str | None = eg("enter_code", default=None)
    text: str | None = eg("Please enter a valid account code.", default=None)
    file: str | None = eg("enter-code", default=None)
    language: str | None = eg("en", "Of the text and the file.", default=None)
    count: int | None = eg(description="Digits entered.", default=None)
    keys: str | None = eg(description="A star or pound key that was pressed alone.", default=None)
    account_code_name: str | None = None


class Simulation(Shown):
    """How the call went. `outcome` is null while it waits for digits."""

    outcome: CallOutcome | None = eg("connected", row=lambda done: done.outcome or None)
    waiting_for_digits: bool = eg(row=lambda done: done.waiting_for is not None)
    call_type: CallType = eg("international")
    e164: str | None = eg("+442079460000")
    account_code: str = eg("1234")
    account_code_name: str = eg("Harper v. Castellan")
    why: list[str] = eg([*examples.WHY, "the entry is one of the account's codes"])
    steps: list[SimulationStep]


def _classified(dialed: list[str], plan: NumberingPlan) -> Classifications:
    return Classifications(items=[Classification.of(classify(one, plan)) for one in dialed])


@classifier.post(safe=True)
def classify_numbers(_asker: Asker, body: ToClassify) -> Classifications:
    """Say what dialed numbers are: emergency, domestic, international, premium, ..."""
    try:
        plan = NumberingPlan(country=body.country, outside_prefix=body.outside_prefix)
    except ValueError:
        raise Problem(
            422, "unknown_country", "Use a country such as US or GB.", field="country"
        ) from None
    return _classified(body.dialed, plan)


@simulator.post("/classify", safe=True)
def classify_numbers_for_user(here: Here, body: ToClassifyForUser) -> Classifications:
    """Say what numbers are when a user dials them: with their country, prefix and colleagues."""
    user = here.active_user(body.user_id)
    return _classified(body.dialed, load_for(user, ()).users[str(user.pk)].plan)


@simulator.post("/simulate")
def simulate_call(here: Here, body: ToSimulate) -> Simulation:
    """Place a call without a switch, and tell each step and why."""
    user = here.active_user(body.user_id)
    done = simulate(user, body.dialed, body.entries, hang_up=body.hang_up, record=body.record)
    return Simulation.of(done)
