"""Callmark's history against the switch's own record of the same calls."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
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
    """What was dialed to the carrier; empty for a call that came in."""
    linked_ids: frozenset[str]
    seconds: int | None
    """From its first answer to its end, None: never answered."""
    dialing: int = 0
    """So many of them may be of dialing, where the CDR took that for the answer."""

    def is_told_by(self, record: Record) -> bool:
        """History keeps a number as dialed, with the outside-line prefix."""
        if not self.number:
            return record["direction"] == "inbound" and record["linked_id"] in self.linked_ids
        return record["direction"] == "outbound" and (
            record["dialed"] in {self.number, f"9{self.number}"}
            or record["number"] == self.number
            or record["e164"].lstrip("+") == self.number
        )

    def __str__(self) -> str:
        return self.number or f"the call from {self.channel}"


def outside_legs(rows: Iterable[Row], trunks: Sequence[str]) -> list[OutsideLeg]:
    """The legs that cost money, from Asterisk's CDR. A transfer makes several rows of one leg.

    Attempts on several trunks are one: the one that was answered, or else the last.
    """
    by_channel: dict[str, list[Row]] = {}
    for row in rows:
        for channel in {row["channel"], row["dstchannel"]}:
            if any(channel.startswith(f"PJSIP/{trunk}-") for trunk in trunks):
                by_channel.setdefault(channel, []).append(row)
    legs: dict[tuple[str, str], OutsideLeg] = {}
    for leg in (_leg(channel, of_channel) for channel, of_channel in by_channel.items()):
        key = (leg.number, "" if leg.number else leg.channel)
        if key not in legs or legs[key].seconds is None:
            legs[key] = leg
    return list(legs.values())


def _leg(channel: str, rows: list[Row]) -> OutsideLeg:
    dialed = next((row for row in rows if row["dstchannel"] == channel), None)
    found = re.match(r"PJSIP/([^@]*)@", dialed["lastdata"]) if dialed else None
    answers = [_time(row["answer"]) for row in rows if row["answer"]]
    end = max(_time(row["end"]) for row in rows)
    # The CDR of a channel that is up already, as after a transfer, begins with an answer. On a busy
    # machine the other end answers a second or two later.
    at_once = dialed is not None and dialed["answer"] == dialed["start"]
    return OutsideLeg(
        channel,
        found[1] if found else "",
        frozenset(row["linkedid"] for row in rows),
        (end - min(answers)).seconds if answers else None,
        dialing=2 if at_once else 0,
    )


def differences(
    legs: Sequence[OutsideLeg], records: Sequence[Record], *, tolerance: int = 1
) -> list[str]:
    """Where history differs from the switch, in words; empty when they tell the same.

    Numbers tell outbound legs apart, so a scenario dials each once.
    """
    wrong = []
    for leg in legs:
        same = [record for record in records if leg.is_told_by(record)]
        if len(same) != 1:
            wrong.append(f"{leg} is in history {len(same)} times")
        elif (
            not -tolerance
            <= (same[0]["seconds"] or 0) - (leg.seconds or 0) + leg.dialing
            <= (tolerance + leg.dialing)
        ):
            wrong.append(f"{leg}: {same[0]['seconds']} s in history, {leg.seconds} s at the trunk")
    wrong += [
        f"{record['dialed']}: answered in history, not at the trunk"
        for record in records
        if record["answered_at"]
        and record["direction"] != "internal"
        and not any(leg.is_told_by(record) and leg.seconds is not None for leg in legs)
    ]
    ids = Counter((record["switch_call_id"], record["dialed"]) for record in records)
    return wrong + [f"{key} is in history {n} times" for key, n in ids.items() if n > 1]


@dataclass(frozen=True)
class Beginning:
    """When a scenario began, and the number of the last channel that the switch had had by then.

    Not how many rows: the switch writes a call's rows when the call is long over.
    """

    at: datetime
    channel: int

    def rows(self, path: Path) -> list[Row]:
        """What the switch has written by now of calls that began later."""
        return [row for row in read_cdr(path) if _channel(row["linkedid"]) > self.channel]


def begin(world: World) -> Beginning:
    """Call before the scenario's first call; waits until the switch has none of another."""
    world.wait_until(lambda: _is_idle(world) or None, "the switch to be idle")
    told = (event.get("Uniqueid", "") for event in world.pbx_ami.find(lambda _: True))
    written = (row["uniqueid"] for row in read_cdr(world.pbx.cdr_csv))
    return Beginning(datetime.now(UTC), max(map(_channel, (*told, *written)), default=-1))


def history_against_cdr(world: World, line: Line, since: Beginning, *, legs: int) -> list[Record]:
    """Wait until history holds this many legs of the account, all ended, and compare.

    Returns the records, oldest first. The only calls meanwhile must be the scenario's.
    """
    database = world.gates[line.account.gate].database
    world.wait_until(lambda: _is_idle(world) or None, "the switch to be idle")
    records: list[Record] = []

    def faults() -> list[str]:
        rows = since.rows(world.pbx.cdr_csv)
        records[:] = database.calls_since(line.account.slug, since.at)
        wrong = differences(outside_legs(rows, line.trunks), records)
        if len(records) != legs:
            wrong.append(f"{len(records)} legs, not {legs}")
        if not all(one["ended_at"] for one in records):
            wrong.append("a leg has no end")
        return wrong

    with suppress(AssertionError):  # ends are on their way; what is lacking is told below
        world.wait_until(lambda: not faults() or None, "the records", timeout=10)
    wrong = faults()
    shown = "\n".join(
        f"  {one['direction']} {one['dialed']} {one['user_name']} {one['seconds']} s "
        f"{one['outcome']} {one['disposition']} ended {one['ended_at']}"
        for one in records
    )
    assert not wrong, "\n".join([*wrong, "history:", shown])
    return records


def _is_idle(world: World) -> bool:
    return "0 active channels" in world.pbx_ami.command("core show channels count")


def _channel(unique_id: str) -> int:
    """The number that Asterisk counts its channels by: "switch-1764129600.42" is 42."""
    number = unique_id.rpartition(".")[2]
    return int(number) if number.isdecimal() else -1


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007: UTC, by usegmtime
