"""Callmark's history against the switch's own record of the same calls."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .line import Line
from .world import World, read_cdr

Row = dict[str, str]
Record = dict[str, Any]


@dataclass(frozen=True)
class OutsideLeg:
    """One channel to or from the carrier, over all the rows it is in."""

    channel: str
    number: str
    """What was dialed: to the carrier, or by it."""
    inbound: bool
    seconds: int | None
    """From its first answer to its end, None: never answered."""


def outside_legs(rows: Iterable[Row], trunks: Sequence[str]) -> list[OutsideLeg]:
    """The legs that cost money, from Asterisk's CDR. A transfer makes several rows of one leg."""
    by_channel: dict[str, list[Row]] = {}
    for row in rows:
        for channel in {row["channel"], row["dstchannel"]}:
            if any(channel.startswith(f"PJSIP/{trunk}-") for trunk in trunks):
                by_channel.setdefault(channel, []).append(row)
    return [_leg(channel, rows_) for channel, rows_ in by_channel.items()]


def _leg(channel: str, rows: list[Row]) -> OutsideLeg:
    rows = sorted(rows, key=lambda row: (row["start"], int(row["sequence"])))
    dialed = next((row for row in rows if row["dstchannel"] == channel), None)
    found = re.match(r"PJSIP/([^@]*)@", dialed["lastdata"]) if dialed else None
    answers = [_time(row["answer"]) for row in rows if row["answer"]]
    seconds = (max(_time(row["end"]) for row in rows) - min(answers)).seconds if answers else None
    return OutsideLeg(channel, found[1] if found else rows[0]["dst"], dialed is None, seconds)


def differences(
    legs: Iterable[OutsideLeg], records: Iterable[Record], *, tolerance: int = 1
) -> list[str]:
    """Where history differs from the switch, in words; empty when they tell the same.

    Numbers tell legs apart, so a scenario dials each once. A fail-over's refused attempts are one
    leg with the attempt that was answered.
    """
    answered = {(leg.inbound, leg.number): leg for leg in legs if leg.seconds is not None}
    outside = [record for record in records if record["direction"] != "internal"]
    wrong = []
    for (inbound, number), leg in answered.items():
        direction = "inbound" if inbound else "outbound"
        same = [one for one in outside if one["direction"] == direction and _is(one, number)]
        if len(same) != 1:
            wrong.append(f"{direction} {number} is in history {len(same)} times")
        elif abs((same[0]["seconds"] or 0) - (leg.seconds or 0)) > tolerance:
            wrong.append(
                f"{number}: {same[0]['seconds']} s in history, {leg.seconds} s at the trunk"
            )
    numbers = {number for _, number in answered}
    wrong += [
        f"{record['dialed']}: answered in history, not at the trunk"
        for record in outside
        if record["answered_at"] and not any(_is(record, number) for number in numbers)
    ]
    doubled = Counter(record["switch_call_id"] + record["dialed"] for record in records)
    return wrong + [f"{key} is in history {n} times" for key, n in doubled.items() if n > 1]


def history_against_cdr(world: World, line: Line, since: datetime, *, legs: int) -> list[Record]:
    """Wait until history holds this many legs of the account, all ended, and compare.

    Returns the records, oldest first. ``since`` is a UTC time; the account's only calls from then
    on must be the scenario's.
    """
    database = world.gates[line.account.gate].database

    def complete() -> list[Record] | None:
        records = database.calls_since(line.account.slug, since)
        done = len(records) >= legs and all(record["ended_at"] for record in records)
        return records if done else None

    try:
        records = world.wait_until(complete, "the records", timeout=15)
    except AssertionError:
        records = database.calls_since(line.account.slug, since)
    rows = world.wait_until(lambda: _ended_rows(world, since), "the switch's records")
    wrong = differences(outside_legs(rows, line.trunks), records)
    shown = "\n".join(
        f"  {one['direction']} {one['dialed']} {one['user_name']} {one['seconds']} s "
        f"{one['outcome']} {one['disposition']} ended {one['ended_at']}"
        for one in records
    )
    assert not wrong, "\n".join([*wrong, "history:", shown])
    assert len(records) == legs, f"{len(records)} legs, not {legs}:\n{shown}"
    assert all(record["ended_at"] for record in records), f"not ended:\n{shown}"
    return records


def _ended_rows(world: World, since: datetime) -> list[Row] | None:
    """All rows since then, once no channel is left whose row is still to come."""
    if "0 active channels" not in world.pbx_ami.command("core show channels count"):
        return None
    start = since.replace(microsecond=0, tzinfo=None)
    return [row for row in read_cdr(world.pbx.cdr_csv) if _time(row["start"]) >= start]


def _is(record: Record, number: str) -> bool:
    """History keeps a number as dialed, with the outside-line prefix."""
    return record["dialed"] in {number, f"9{number}"} or record["e164"].lstrip("+") == number


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007: UTC, by usegmtime
