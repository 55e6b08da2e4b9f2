"""What a gate and a drain count of their own work: plain numbers in memory, for who watches them.

One :data:`counters` a process. Each number is written by one thread; any may read it.
Counts only grow, from 0 at the process's start; what is said to be *now* goes up and down.
"""

import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Counters:
    """Names stay: metrics, health checks and alerts are made of them. Seconds are floats.

    =====================  =================================================================
    ``started_at``         when the process began (epoch seconds)
    ``legs``               legs decided, by (outcome, call type)
    ``calls_now``          connections that are served now, prompts among them
    ``shed``               calls given back to the fail policy at once, by why: ``calls``
                           (too many at once), ``lag`` (the event loop was late) or ``full``
                           (by the switch itself, as it was told to; reported afterwards)
    ``unknown``            calls of which nobody knows the account: the fail policy's
    ``failed``             calls that could not be decided or recorded: the fail policy's
    ``doubtful_entries``   entries that may have lost digits on our side: nobody's guesses
    ``loop_lag_seconds``   how late the event loop was when it was looked at last, now
    ``loop_lag_most``      the most it ever was
    ``snapshot_at``        when the policy in memory was last known to be the database's
    ``snapshot_accounts``  accounts in memory, now
    ``drained``            records stored, those that were stored before among them
    ``drain_batches``      transactions of them
    ``drain_seconds``      time spent on them
    ``drained_at``         when the drain last found the spool empty or stored something
    ``set_aside``          records set aside by this process
    ``passed_on``          calls passed on to the gate process that has their account
    ``taken_back``         of those, calls that it did not take: they were answered here
    =====================  =================================================================
    """

    started_at: float = field(default_factory=time.time)
    legs: Counter[tuple[str, str]] = field(default_factory=Counter)
    calls_now: int = 0
    shed: Counter[str] = field(default_factory=Counter)
    unknown: int = 0
    failed: int = 0
    doubtful_entries: int = 0
    loop_lag_seconds: float = 0.0
    loop_lag_most: float = 0.0
    snapshot_at: float = 0.0
    snapshot_accounts: int = 0
    drained: int = 0
    drain_batches: int = 0
    drain_seconds: float = 0.0
    drained_at: float = 0.0
    set_aside: int = 0
    passed_on: int = 0
    taken_back: int = 0

    def loop_was_late(self, seconds: float) -> None:
        """The event loop was looked at."""
        self.loop_lag_seconds = seconds
        self.loop_lag_most = max(self.loop_lag_most, seconds)

    def batch_was_stored(self, records: int, seconds: float) -> None:
        """A transaction of the drain is over."""
        self.drained += records
        self.drain_batches += 1
        self.drain_seconds += seconds
        self.drained_at = time.time()


counters = Counters()
"""This process's own."""
