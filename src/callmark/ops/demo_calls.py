"""The demo's calls: decided by the real gate, at made-up times. The same seed makes the same calls.

Never in a real account: :func:`refuse_a_real_account`.
"""

import random
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from callmark.accounts.models import Account
from callmark.accounts.refused import Refused
from callmark.calls.models import Call
from callmark.calls.queries import lockout_rule
from callmark.calls.records import CallCameIn, LegDecided, LegTagged, Record
from callmark.calls.store import store
from callmark.gate.call import run_now
from callmark.gate.gate import Gate
from callmark.gate.lockouts import Lockouts
from callmark.gate.policy_cache import load_account
from callmark.gate.snapshot import Endpoint, Snapshot
from callmark.keys.installed import keyring
from callmark.ops.demo_copies import copy_conversations
from callmark.ops.demo_numbers import (
    BEN,
    FRONT_DESK,
    MATTERS,
    OTHER_CALLERS,
    OTHER_NUMBERS,
    PEOPLE,
    Matter,
)
from callmark.policy.code_entry import Collect
from callmark.policy.outbound import GOES_ON, Outcome
from callmark.policy.payer import AskedBy
from callmark.policy.prompts import Prompt, Wording
from callmark.switches.port import (
    CallerHungUp,
    Entry,
    Going,
    InboundCall,
    LegEnd,
    LegRequest,
    SwitchIdentity,
    TagRequest,
)

Result = TypeVar("Result")
SWITCH = SwitchIdentity("demo", "demo")
ZONE = ZoneInfo("America/New_York")
_STORED_AT_ONCE = 200
DECIDED_AT_MOST = 600
"""Conversations that the gate decides one by one; what is asked for beyond is these again, at other
times."""
_BUSY_HOURS = (8, 9, 9, 10, 10, 10, 11, 11, 11, 12, 13, 14, 14, 15, 15, 15, 16, 16, 17, 18)
_SATURDAYS = 0.06
"""Of the calls of a working day that a Saturday has."""


def refuse_a_real_account(account: Account) -> None:
    """Raise :class:`Refused` where demo calls would stand among an account's own."""
    made_up = account.users.filter(email__endswith=".example", role="administrator")
    if account.slug != "demo" or not made_up.exists():
        raise Refused(
            f"{account.name} is not the demo's account: demo calls are never made in a real one.",
            code="not_the_demo",
        )
    theirs = Call.objects.of(account).filter(simulated=False).exclude(switch=SWITCH.name)
    if theirs.exists():
        raise Refused(
            f"{account.name} has calls of a real switch: demo calls are never put among them.",
            code="has_real_calls",
        )


def place_calls(
    account: Account,
    *,
    count: int,
    since: date,
    until: datetime,
    seed: int,
    decided_at_most: int = DECIDED_AT_MOST,
) -> int:
    """Make and store about ``count`` calls of the working days from ``since`` to ``until``.

    Returns how many legs and inbound calls there are. Raises :class:`Refused` for a real account.
    """
    refuse_a_real_account(account)
    dice = random.Random(seed)  # noqa: S311 - the demo must be the same every time
    system = f"demo{seed}"
    decided = min(count, decided_at_most)
    made = _decide(_Office(account, dice, until, system), _moments(dice, decided, since, until))
    if count > decided:
        others = _moments(dice, count - decided, since, until)
        made += copy_conversations(account, others, of=system, until=until, seed=seed)
    return made


def _decide(office: "_Office", moments: Iterable[datetime]) -> int:
    """Let the gate decide a conversation at each of these moments, and store it; how many legs."""
    waiting: list[Record] = []
    made = 0
    for at in moments:
        records = office.something_happens(at)
        made += sum(isinstance(one, LegDecided | CallCameIn) for one in records)
        waiting += records
        if len(waiting) >= _STORED_AT_ONCE:
            store(waiting)
            waiting = []
    store(waiting)
    return made


def _moments(dice: random.Random, count: int, since: date, until: datetime) -> Iterator[datetime]:
    """When somebody calls: mostly in office hours, rarely on a Saturday, never on a Sunday."""
    last = until.astimezone(ZONE).date()
    days = [since + timedelta(days=number) for number in range((last - since).days + 1)]
    weights = [(1.0, 1.05, 1.0, 1.1, 0.8, _SATURDAYS, 0.0)[day.weekday()] for day in days]
    chosen = sorted(dice.choices(days, weights, k=count)) if any(weights) else []
    moments = sorted(
        datetime.combine(
            day,
            time(dice.choice(_BUSY_HOURS), dice.randrange(60), dice.randrange(60)),
            tzinfo=ZONE,
        ).astimezone(UTC)
        for day in chosen
    )
    return (at for at in moments if at < until)


class _Phone:
    """A port whose user enters what the script says, then hangs up."""

    def __init__(self, entries: Sequence[str] = ()) -> None:
        self._entries = iter(entries)

    async def play(self, prompt: Prompt, wording: Wording, *, wait: bool) -> None:
        """Nobody hears it."""

    async def collect(self, request: Collect, wording: Wording) -> Entry:  # noqa: ARG002
        """The next entry."""
        entry = next(self._entries, None)
        if entry is None:
            raise CallerHungUp
        return Entry(entry)

    async def connect(self, going: Going) -> None:
        """The call goes on."""

    async def end(self) -> None:
        """The call is ended."""

    async def resume(self) -> None:
        """Back to the talk."""


@dataclass(slots=True)
class _Office:
    """The firm's phones. What happens on them is left to the dice; what becomes of it is not."""

    account: Account
    dice: random.Random
    now: datetime
    system: str
    counter: int = 0
    records: list[Record] = field(default_factory=list)
    snapshot: Snapshot = field(init=False)

    def __post_init__(self) -> None:
        policy = load_account(self.account)
        rows = self.account.extensions.values_list("endpoint", "user_id", "number")
        endpoints = {
            (SWITCH.name, endpoint): Endpoint(policy.id, str(user_id), number)
            for endpoint, user_id, number in rows
        }
        self.snapshot = Snapshot({policy.id: policy}, endpoints)

    def something_happens(self, at: datetime) -> list[Record]:
        """One conversation, as the gate and the switch would write it down."""
        self.records = []
        kinds = (
            (self._about_a_matter, 44),
            (self._outside, 17),
            (self._comes_in, 22),
            (self._colleague, 9),
            (self._forwarded, 4),
            (self._transferred, 4),
        )
        happens = self.dice.choices([one for one, _ in kinds], [share for _, share in kinds])[0]
        happens(at)
        return self.records

    def _about_a_matter(self, at: datetime) -> None:
        matter = self._matter()
        self._dials(at, self.dice.choice(matter.people), self.dice.choice(matter.dialed), matter)

    def _outside(self, at: datetime) -> None:
        self._dials(at, self.dice.choice(PEOPLE), self.dice.choice(OTHER_NUMBERS), self._matter())

    def _colleague(self, at: datetime) -> None:
        who, other = self.dice.sample(PEOPLE, 2)
        self._dials(at, who, other, self._matter())

    def _forwarded(self, at: datetime) -> None:
        """After hours the front desk's calls go to a mobile phone; nobody there can be asked."""
        call_id = self._call_id(at)
        asked_by = AskedBy(forwarded=self._endpoint(FRONT_DESK))
        number = self.dice.choice(("99175550133", "96465550167", "92125550147"))
        outcome = self._ask(LegRequest(SWITCH, call_id, number, asked_by, caller="103"), at)
        self._ends(call_id, 1, outcome, at)

    def _transferred(self, at: datetime) -> None:
        """Ben talks to London, and passes the call on to somebody outside."""
        matter = MATTERS[0]
        call_id = self._dials(at, BEN, matter.dialed[0], matter, seconds=240)
        later = at + timedelta(seconds=180)
        asked_by = AskedBy(transferred_blind=self._endpoint(BEN))
        number = self.dice.choice(matter.dialed[1:])
        request = LegRequest(SWITCH, call_id, number, asked_by, leg=2, conversation=call_id)
        self._ends(call_id, 2, self._ask(request, later), later)

    def _comes_in(self, at: datetime) -> None:
        """From a client or anybody; about a matter it is tagged by star code, mostly."""
        matter = self._matter() if self.dice.random() < 0.5 else None
        callers = matter.callers if matter and matter.callers else OTHER_CALLERS
        who = self.dice.choice(matter.people if matter else PEOPLE)
        call_id, ring = self._call_id(at), timedelta(seconds=self.dice.randint(3, 25))
        answered = at + ring if self.dice.random() < 0.85 else None
        end = min(self.now, at + ring + timedelta(seconds=self._talk() if answered else 0))
        call = InboundCall(
            SWITCH,
            call_id,
            self.account.slug,
            caller=self.dice.choice(callers),
            dialed=f"+12125550{who}",
            endpoint=self._endpoint(who),
            started_at=at,
            answered_at=answered,
            ended_at=end,
            disposition="ANSWERED" if answered else "NO ANSWER",
        )
        run_now(self._gate().handle_inbound(call))
        if matter and callers is matter.callers and answered and self.dice.random() < 0.7:
            self._presses_star_code(call_id, who, matter, answered)

    def _presses_star_code(
        self, call_id: str, who: str, matter: Matter, answered: datetime
    ) -> None:
        came_in = self.records[-1]
        assert isinstance(came_in, CallCameIn)
        asked_by = AskedBy(line=self._endpoint(who))
        request = TagRequest(SWITCH, call_id, asked_by, conversation=call_id)
        self._run(self._gate().handle_tagging(request, _Phone([matter.code])), answered)

    def _dials(
        self, at: datetime, who: str, number: str, matter: Matter, seconds: int | None = None
    ) -> str:
        call_id = self._call_id(at)
        request = LegRequest(SWITCH, call_id, number, AskedBy(line=self._endpoint(who)))
        outcome = self._ask(request, at, self._entries(matter))
        self._ends(call_id, 1, outcome, at, seconds)
        return call_id

    def _entries(self, matter: Matter) -> list[str]:
        """Mostly right at once; sometimes a slip, another matter's code, nothing, or a guess."""
        chance = self.dice.random()
        if chance < 0.05:
            return ["", matter.code]
        if chance < 0.10:
            return [matter.code[::-1], matter.code]
        if chance < 0.14:
            return ["1234"]
        if chance < 0.16:
            return []
        return ["9999", "8888", "7777"] if chance < 0.17 else [matter.code]

    def _ask(self, request: LegRequest, at: datetime, entries: Sequence[str] = ()) -> Outcome:
        return self._run(self._gate().handle_leg(request, _Phone(entries)), at)

    def _run(self, running: Coroutine[Any, Any, Result], at: datetime) -> Result:
        """Let the gate work, then date what it wrote: it knows no time but now."""
        before = len(self.records)
        result = run_now(running)
        self.records[before:] = [_dated(one, at) for one in self.records[before:]]
        return result

    def _ends(
        self, call_id: str, leg: int, outcome: Outcome, at: datetime, seconds: int | None = None
    ) -> None:
        if outcome not in GOES_ON:
            end = LegEnd(SWITCH, call_id, at + timedelta(seconds=11), None, 0, "NO ANSWER", leg)
        elif self.dice.random() < 0.12 and seconds is None:
            rang = at + timedelta(seconds=self.dice.randint(8, 40))
            word = self.dice.choice(("NO ANSWER", "NO ANSWER", "BUSY"))
            end = LegEnd(SWITCH, call_id, rang, None, 0, word, leg, by="outside")
        else:
            answered = at + timedelta(seconds=self.dice.randint(4, 22))
            talk = seconds or self._talk()
            # What is still going on now has no end.
            if answered + timedelta(seconds=talk) > self.now:
                return
            over = answered + timedelta(seconds=talk)
            end = LegEnd(SWITCH, call_id, over, answered, talk, "ANSWERED", leg, by="outside")
        run_now(self._gate().handle_end(end))

    def _gate(self) -> Gate:
        """A new one each time: lockouts count what is typed now, not what was weeks ago."""
        lockouts = Lockouts(lockout_rule())
        return Gate(lambda: self.snapshot, lockouts, self._keep, keyring().encrypt)

    async def _keep(self, record: Record) -> None:
        self.records.append(record)

    def _matter(self) -> Matter:
        return self.dice.choices(MATTERS, [one.share for one in MATTERS])[0]

    def _talk(self) -> int:
        """Seconds: most talks are short, a few are very long."""
        return min(int(self.dice.lognormvariate(5.2, 1.0)) + 6, 5400)

    def _call_id(self, at: datetime) -> str:
        self.counter += 1
        return f"{self.system}-{at.timestamp():.0f}.{self.counter}"

    def _endpoint(self, extension: str) -> str:
        return f"{self.account.slug}-{extension}"


def _dated(record: Record, at: datetime) -> Record:
    """The record as if it had been written at that time, the entries a few seconds apart."""
    if not isinstance(record, LegDecided | LegTagged):
        return record
    attempts = tuple(
        replace(one, at=at + timedelta(seconds=6 * number))
        for number, one in enumerate(record.attempts, start=1)
    )
    if isinstance(record, LegDecided):
        return replace(record, started_at=at, attempts=attempts)
    return replace(record, tagged_at=at, attempts=attempts)
