"""What totals must be, counted from the calls one by one: nothing of what keeps them is used."""

from collections import Counter
from typing import Any

from callmark.accounts.models import Account
from callmark.calls.models import (
    Adjustment,
    Call,
    Charge,
    CodeTotal,
    CountedCall,
    DayTotal,
    UserTotal,
)
from callmark.calls.models.totals import NOBODY
from tests.rows import every

Sums = dict[tuple[Any, ...], tuple[Any, ...]]
AMOUNTS = ("calls", "seconds", "billed_seconds", "cost")


def state_of(call: Call) -> str:
    """How a call stands with codes."""
    if call.not_billable:
        return "not_billable"
    if call.account_code_lookup:
        return "tagged"
    unanswered = call.ended_at is not None and call.disposition not in {"", "ANSWERED"}
    return "to_assign" if call.code_required and not unanswered else "none"


def expected(account: Account) -> tuple[Sums, Sums, Sums]:
    """Days, codes and users, by a plain loop over calls and adjustments."""
    days: Counter[Any] = Counter()
    codes: Counter[Any] = Counter()
    users: Counter[Any] = Counter()

    def add(sums: "Counter[Any]", key: tuple[Any, ...], *amounts: Any) -> None:  # noqa: ANN401
        for name, amount in zip(AMOUNTS, amounts, strict=True):
            sums[(*key, name)] += amount

    charges = {one.call_id: one for one in every(Charge)}
    for call in every(Call).filter(account=account, simulated=False):
        month, state = call.billing_month, state_of(call)
        charge = charges.get(call.pk)
        billed = (charge.billed_seconds, charge.amount) if charge else (0, 0)
        amounts = (1, call.seconds or 0, *billed)
        name = call.account_code_name if call.account_code_lookup else ""
        add(days, (month, call.day, call.call_type, call.direction, state), *amounts)
        add(codes, (month, call.account_code_lookup, name, state), *amounts)
        add(users, (month, call.user_id or NOBODY, call.user_name, state), *amounts)
    for one in every(Adjustment).filter(account=account):
        for month, sign in ((one.month, 1), (one.of_month, -1)):
            code = (month, one.account_code_lookup, one.account_code_name, one.state)
            amounts = tuple(sign * getattr(one, name) for name in AMOUNTS)
            add(codes, code, *amounts)
            user = (month, one.who, one.user_name, one.state)
            add(users, user, *amounts)
    return _by_key(days), _by_key(codes), _by_key(users)


def expected_one_by_one(account: Account) -> list[dict[str, Any]]:
    """What each call counts as, by itself."""
    charges = {one.call_id: one for one in every(Charge)}
    found = []
    for call in every(Call).filter(account=account, simulated=False).order_by("pk"):
        charge = charges.get(call.pk)
        party = call.caller if call.direction == "inbound" else call.e164
        party = party or (call.number or call.dialed if call.direction != "inbound" else "")
        same = ("billing_month", "day", "started_at", "call_type", "direction", "user_name")
        found.append(
            {name: getattr(call, name) for name in (*same, "account_code_lookup", "seconds")}
            | {
                "call_id": call.pk,
                "account_id": call.account_id,
                # Of a code that is deleted it may stay.
                "code_id": call.code_id,
                "state": state_of(call),
                "who": call.user_id or NOBODY,
                "party": party,
                "other_numbers": others_of(call, party),
                "billed_seconds": charge.billed_seconds if charge else 0,
                "cost": charge.amount if charge else 0,
            }
        )
    return found


def others_of(call: Call, party: str) -> str:
    """The call's other numbers, a line each, those in full last."""
    told = [call.dialed, call.number]
    if call.direction == "inbound":
        told.append(call.e164)
    plain: list[str] = []
    in_full: list[str] = []
    for one in told:
        if one not in party:
            lines = in_full if one.startswith("+") else plain
            if one not in lines:
                lines.append(one)
    return "".join("\n" + one for one in plain + in_full)


def stored_one_by_one(account: Account) -> list[dict[str, Any]]:
    """What is kept of each call."""
    rows: Any = every(CountedCall).filter(account=account).order_by("pk").values()
    return list(rows)


def stored(account: Account) -> tuple[Sums, Sums, Sums]:
    """The totals that are kept."""

    def of(model: Any, *columns: str) -> Sums:  # noqa: ANN401
        rows = every(model).filter(account=account).values_list(*columns, *AMOUNTS)
        return {row[: len(columns)]: row[-4:] for row in rows if any(row[-4:])}

    return (
        of(DayTotal, "month", "day", "call_type", "direction", "state"),
        of(CodeTotal, "month", "account_code_lookup", "account_code_name", "state"),
        of(UserTotal, "month", "who", "user_name", "state"),
    )


def _by_key(sums: "Counter[Any]") -> Sums:
    keys = {key[:-1] for key in sums}
    found = {key: tuple(sums[(*key, name)] for name in AMOUNTS) for key in keys}
    return {key: amounts for key, amounts in found.items() if any(amounts)}
