"""``callmark classify`` and ``callmark simulate``: what a call would be and how it would go."""

import sys
from typing import Annotated, Any

from callmark.cli import app
from callmark.cli.commands import Argument, Option
from callmark.cli.shared import database, echo, fail, find_account, find_user

AsJson = Annotated[bool, Option("--json", help="Print JSON, one object a line.")]


@app.command()
def classify(
    numbers: Annotated[
        list[str], Argument(help="Dialed numbers; '-' reads them from standard input.")
    ],
    country: Annotated[str, Option(help="The caller's home country, such as US.")],
    prefix: Annotated[str, Option(help="The account's outside-line prefix.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say what dialed numbers are, and what the switch dials for them or that it refuses."""
    from callmark.policy.numbering import NumberingPlan
    from callmark.policy.numbering import classify as classify_number

    try:
        plan = NumberingPlan(country=country.upper(), outside_prefix=prefix)
    except ValueError as problem:
        fail(f"{problem}.")
    dialed = [line.rstrip("\r\n") for line in sys.stdin] if numbers == ["-"] else numbers
    for number in dialed:
        found = classify_number(number, plan)
        if as_json:
            import json

            line = {
                "dialed": number,
                "number": found.number,
                "refused": found.refused,
                "call_type": found.call_type.value,
                "types": sorted(one.value for one in found.types),
                "e164": found.e164,
                "why": list(found.why),
            }
            echo(json.dumps(line, ensure_ascii=False))
        else:
            dials = "refused" if found.refused else f"dials: {found.number}"
            why = "; ".join(found.why)
            echo(f"{number}: {found.call_type.value}, {dials} ({why})")


@app.command()
def simulate(
    account: Annotated[str, Option(help="The account's short name.")],
    user: Annotated[str, Option(help="The user's extension, e-mail address or name.")],
    dial: Annotated[str, Option(help="The number as dialed.")],
    digits: Annotated[
        list[str] | None,
        Option(help="Keys pressed when asked, once for each entry; '' is silence."),
    ] = None,
    record: Annotated[bool, Option(help="Keep the call in the history, marked.")] = True,
    as_json: AsJson = False,
) -> None:
    """Place a call without a switch and show each step and why. Out of digits: hangs up."""
    with database(pages=False):
        import json

        from callmark.switches.simulator import simulate as simulate_call

        caller = find_user(find_account(account), user)
        result = simulate_call(caller, dial, digits or [], record=record)
        for step in [*result.steps, result.final_step()]:
            echo(json.dumps(step, ensure_ascii=False) if as_json else _sentence(step))


def _sentence(step: dict[str, Any]) -> str:
    why = f"   ({'; '.join(step['why'])})" if step.get("why") else ""
    match step["step"]:
        case "dialed":
            return f"dialed {step['number']}: {step['call_type']}{why}"
        case "prompt":
            return f"heard: {step['text']}{why}"
        case "digits" if step["keys"]:
            return f"pressed {step['keys']}{why}"
        case "digits":
            return f"entered {step['count']} digits{why}"
        case "connect":
            return f"the call goes on{why}"
        case "end":
            return f"the call ends{why}"
        case "hung_up":
            return f"the caller hangs up{why}"
        case _:
            return _outcome_sentence(step)


def _outcome_sentence(step: dict[str, Any]) -> str:
    tag = f", account code: {step['account_code_name'] or step['account_code']}"
    return f"outcome: {step['outcome']}{tag if step['account_code'] else ''}"
