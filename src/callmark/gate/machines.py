"""Which machine speaks under a switch's name: two under one name are noticed and refused.

Their call ids may be equal, and then one's calls would end, tag and overwrite the other's. The
first machine that speaks under a name has it, until the operator forgets it
(``callmark switch forget-machine``). Calls are judged in memory; :meth:`Machines.keep` claims and
counts in the database, in the background.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from callmark.accounts.models import Switch
from callmark.switches.port import SwitchIdentity

log = logging.getLogger("callmark.gate")

SAID_AGAIN_SECONDS = 60.0
HEARD_AGAIN = timedelta(seconds=10)
"""A switch that is heard all the time is written down this often."""
_LONGEST = 100
_MOST_OTHERS = 1000


class OtherMachine(Exception):
    """Another machine has the switch's name. The switch's fail policy decides."""


class Machines:
    """Who has which name. Asked in the event loop; kept in another thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._claimed: dict[str, str] = {}
        self._claims: dict[str, str] = {}
        self._refused: Counter[tuple[str, str]] = Counter()
        self._said: dict[str, float] = {}
        self._heard: dict[str, datetime] = {}
        self._kept: dict[str, datetime] = {}

    def admit(self, switch: SwitchIdentity) -> None:
        """Let the machine speak, or raise :class:`OtherMachine`. One that shows no id may."""
        entity = switch.entity[:_LONGEST]
        if not entity:
            self._hear(switch.name)
            return
        holder = self._claimed.get(switch.name) or self._claims.setdefault(switch.name, entity)
        if holder == entity:
            self._hear(switch.name)
            return
        if len(self._refused) < _MOST_OTHERS:
            self._refused[switch.name, entity] += 1
        self._say(switch.name, entity, holder)
        raise OtherMachine

    def _hear(self, name: str) -> None:
        if name in self._heard or len(self._heard) < _MOST_OTHERS:
            self._heard[name] = timezone.now()

    def _say(self, name: str, entity: str, holder: str) -> None:
        if self._clock() - self._said.get(name, -SAID_AGAIN_SECONDS) < SAID_AGAIN_SECONDS:
            return
        self._said[name] = self._clock()
        log.error(
            "the machine %s calls itself the switch %r, which is %s: its calls follow the fail "
            "policy. Give it a name of its own ('callmark asterisk config --switch NAME'), or, if "
            "it replaces the other, run 'callmark switch forget-machine %s'",
            entity,
            name,
            holder,
            name,
        )

    @property
    def has_heard(self) -> bool:
        """Whether there is anything to claim, to count, or to write down for the first time."""
        return bool(self._claims or self._refused or self._heard.keys() - self._kept.keys())

    def keep(self) -> None:
        """Claim, count and read again; in the background. Raises ``DatabaseError``."""
        claims = dict(self._claims)
        for name, entity in claims.items():
            # Only one that nobody has: another gate may have been faster.
            Switch.objects.filter(name=name, entity="").update(entity=entity)
        for (name, entity), count in list(self._refused.items()):
            Switch.objects.filter(name=name).update(
                refused=F("refused") + count, refused_entity=entity, refused_at=timezone.now()
            )
            self._refused[name, entity] -= count
            if not self._refused[name, entity]:
                del self._refused[name, entity]
        self._keep_heard()
        self._claimed = dict(Switch.objects.exclude(entity="").values_list("name", "entity"))
        known = set(Switch.objects.values_list("name", flat=True))
        for name in claims:
            if name in known:
                self._claims.pop(name, None)

    def _keep_heard(self) -> None:
        """When each switch was heard last: seconds late at most."""
        for name, at in list(self._heard.items()):
            if name in self._kept and at - self._kept[name] < HEARD_AGAIN:
                continue
            Switch.objects.filter(name=name).update(heard_at=at)
            self._kept[name] = at
