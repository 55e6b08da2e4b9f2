"""What totals must be, counted from the calls one by one: nothing of what keeps them is used."""

from collections import Counter
from typing import Any

from callmark.accounts.models import Account
from callmark.calls.models import Adjustment, Call, CodeTotal, DayTotal, UserTotal
from callmark.calls.models.totals import NOBODY
from tests.rows import every

Sums = dict[tuple[Any, ...], tuple[int, int]]


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

    def add(sums: "Counter[Any]", key: tuple[Any, ...], calls: int, seconds: int) -> None:
        sums[(*key, "calls")] += calls
        sums[(*key, "seconds")] += seconds

    for call in every(Call).filter(account=account, simulated=False):
        month, state, talk = call.billing_month, state_of(call), call.seconds or 0
        name = call.account_code_name if call.account_code_lookup else ""
        add(days, (month, call.day, call.call_type, call.direction, state), 1, talk)
        add(codes, (month, call.account_code_lookup, name, state), 1, talk)
        add(users, (month, call.user_id or NOBODY, call.user_name, state), 1, talk)
    for one in every(Adjustment).filter(account=account):
        for month, sign in ((one.month, 1), (one.of_month, -1)):
            code = (month, one.account_code_lookup, one.account_code_name, one.state)
            add(codes, code, sign * one.calls, sign * one.seconds)
            user = (month, one.who, one.user_name, one.state)
            add(users, user, sign * one.calls, sign * one.seconds)
    return _pairs(days), _pairs(codes), _pairs(users)


def stored(account: Account) -> tuple[Sums, Sums, Sums]:
    """The totals that are kept."""

    def of(model: Any, *columns: str) -> Sums:  # noqa: ANN401
        rows = every(model).filter(account=account).values_list(*columns, "calls", "seconds")
        return {tuple(key): (calls, talk) for *key, calls, talk in rows if calls or talk}

    return (
        of(DayTotal, "month", "day", "call_type", "direction", "state"),
        of(CodeTotal, "month", "account_code_lookup", "account_code_name", "state"),
        of(UserTotal, "month", "who", "user_name", "state"),
    )


def _pairs(sums: "Counter[Any]") -> Sums:
    keys = {key[:-1] for key in sums}
    pairs = {key: (sums[(*key, "calls")], sums[(*key, "seconds")]) for key in keys}
    return {key: pair for key, pair in pairs.items() if any(pair)}
